"""A small network with known weights, in PyTorch and as cnnviz evaluates it, and its maps. For the
scripts beside it."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'oracle'))
from random_numbers import Stream  # noqa: E402

HEIGHT, WIDTH, CLASSES = 20, 18, 5
SEED, STEPS, FIDELITY, SENSITIVITY, RADIUS = 5, 6, 40, 4, 0.3
JOBS = ['vanilla_bp', 'grad_times_input', 'grad_cam']
NETWORK = f'''
[network]
name = small
input_size = {HEIGHT} {WIDTH}
mean = 0.5
std = 0.25
weights = small.pth

[layers]
0 = conv2d out=6 kernel=3 padding=1
1 = relu
2 = conv2d out=4 kernel=3 padding=1 stride=2
3 = relu
4 = flatten
5 = linear out={CLASSES}
'''
PLAN = f'''
[run]
output = out
seed = {SEED}
batch = 3
[model]
architecture = small.ini
[evaluation]
annotations = marks.json
measures = all
curve_steps = {STEPS}
fidelity_samples = {FIDELITY}
sensitivity_samples = {SENSITIVITY}
sensitivity_radius = {RADIUS}
[vanilla_bp]
[grad_times_input]
base = vanilla_bp
[grad_cam]
layer = 1
'''


class Picture:
    """An object, which is a picture of its own: number i, explained for class i + 1"""

    def __init__(self, number, x):
        self.number, self.x, self.target = number, x, number + 1

    def stream(self, name):
        return Stream(SEED, name, self.number)


class Evaluation:
    """`cnnviz evaluate` of two pictures, and the network that it is about"""

    def __init__(self, *options):
        torch.manual_seed(3)
        self.network = torch.nn.Sequential(
            torch.nn.Conv2d(3, 6, 3, padding=1), torch.nn.ReLU(),
            torch.nn.Conv2d(6, 4, 3, padding=1, stride=2), torch.nn.ReLU(),
            torch.nn.Flatten(), torch.nn.Linear(4 * HEIGHT * WIDTH // 4, CLASSES)).eval()
        with torch.no_grad():
            for weights in self.network.parameters():
                weights.copy_(weights * 2)
        generator = np.random.default_rng(4)
        self.pictures = [Picture(number, generator.normal(0, 1, (3, HEIGHT, WIDTH))
                                 .astype(np.float32)) for number in range(2)]
        with tempfile.TemporaryDirectory() as folder:
            self.write(folder)
            self.run(folder, *options)
            with open(os.path.join(folder, 'ev', 'evaluation.json'), encoding='utf-8') as file:
                self.report = json.load(file)
        self.double = self.network.double()

    def write(self, folder):
        torch.save(self.network.state_dict(), os.path.join(folder, 'small.pth'))
        for name, text in (('small.ini', NETWORK), ('run.ini', PLAN)):
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
                file.write(text)
        for picture in self.pictures:
            np.save(os.path.join(folder, f'{picture.number}.npy'), picture.x)
        with open(os.path.join(folder, 'marks.json'), 'w', encoding='utf-8') as file:
            json.dump({'pictures': [
                {'path': f'{picture.number}.npy', 'width': WIDTH, 'height': HEIGHT,
                 'objects': [{'class': picture.target, 'box': [2, 2, 9, 9], 'main': True}]}
                for picture in self.pictures]}, file)

    @staticmethod
    def run(folder, *options):
        build = os.path.abspath(os.environ.get('top_builddir', '.'))
        engine = os.path.join(build, 'core', 'engine', 'reference.la')
        done = subprocess.run([os.path.join(build, 'cnnviz'), 'evaluate', '-q', 'run.ini', '-o',
                               'ev', *options], cwd=folder, capture_output=True, text=True,
                              env={**os.environ, 'CNNVIZ_ENGINE': engine})
        if done.returncode:
            sys.exit('FAIL ' + done.stderr)

    def source(self, job):
        return next(source for source in self.report['jobs'] if source['name'] == job)

    def measured(self, job, picture, key):
        """Of the only object of its class"""
        line, = (line for line in self.source(job)['main']['classes']
                 if line['index'] == picture.target)
        found = line['measures'][key]
        assert found['maps'] == 1 and found['interval'] is None, found
        return found['mean']

    def logits(self, x, target):
        """Of pictures (N,3,H,W)"""
        with torch.no_grad():
            return self.double(torch.tensor(np.asarray(x, np.float64)))[:, target].numpy()

    def probability(self, x, target):
        with torch.no_grad():
            logits = self.double(torch.tensor(np.asarray(x, np.float64)))
            return torch.softmax(logits, 1)[:, target].numpy()

    def explain(self, job, x, target):
        """What the job gives for a picture: (3,H,W), or (1,H,W)"""
        x = torch.tensor(np.asarray(x, np.float64))[None].requires_grad_()
        if job == 'grad_cam':
            features = self.double[:2](x)
            logit = self.double[2:](features)[0, target]
            gradient, = torch.autograd.grad(logit, features)
            weights = gradient.mean((2, 3), keepdim=True)
            return torch.relu((weights * features).sum(1)).detach().numpy()
        gradient, = torch.autograd.grad(self.double(x)[0, target], x)
        return (gradient * x if job == 'grad_times_input' else gradient)[0].detach().numpy()


def plane_of(job, given):
    """What is drawn: the magnitude, or what is for the class"""
    return (np.maximum(given.sum(0), 0) if job == 'grad_times_input'
            else np.abs(given).sum(0)).astype(np.float32)


def evidence_of(job, given):
    """The same, with what is against it"""
    return given.sum(0) if job == 'grad_times_input' else plane_of(job, given)


def linear_of(job, given, x):
    """What the map says that each pixel gives"""
    return (given * x).sum(0) if job == 'vanilla_bp' else evidence_of(job, given)


def scale(plane):
    low, high = plane.min(), plane.max()
    return (plane - low) / (high - low)


class Check:
    """Compares numbers, and says which are off"""

    def __init__(self, limit=1e-5):
        self.compared = self.failures = 0
        self.limit = limit

    def near(self, what, ours, theirs, least=1e-2):
        """Relative to theirs, which is a difference of numbers of this size at least"""
        error = abs(ours - theirs) / max(abs(theirs), least)
        self.compared += 1
        if not error <= self.limit:
            self.failures += 1
            print(f'FAIL {what}: {ours:.9g}, and {theirs:.9g} by the oracle')

    def finish(self):
        print(f'{self.compared} numbers compared, {self.failures} off')
        sys.exit(1 if self.failures or not self.compared else 0)
