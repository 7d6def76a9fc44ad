#!/usr/bin/env python3
"""Both sides of a logit, and probabilities by softmax and sigmoid, against PyTorch.

One network with five classes, one with a single logit: `not CLASS` negates gradients, its
probability is 1 minus that of the class, and every command says so."""
import json
import os
import subprocess
import sys

import engine_tool as tool

tool.use_oracle('torch', 'PIL')

import numpy as np
import torch
from PIL import Image
from torch import nn

HEIGHT, WIDTH, TARGET = 24, 16, 3
NETWORK = '''
[network]
name = heads
input_size = 24 16
mean = 0.5
std = 0.25
{keys}

[layers]
features.0 = conv2d out=6 kernel=3 padding=1
features.1 = relu
features.2 = conv2d out=8 kernel=3 padding=1
features.3 = relu
features.4 = flatten
fc = linear out={classes}
'''
ENVIRONMENT = dict(os.environ, CNNVIZ_ENGINE=tool.build_path('core', 'engine',
                                                             'reference.la'))


class Network(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(),
                                      nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(),
                                      nn.Flatten())
        self.fc = nn.Linear(8 * HEIGHT * WIDTH, classes)

    def forward(self, x):
        return self.fc(self.features(x))


def read_input(path):
    """A picture as the networks see it"""
    pixels = np.asarray(Image.open(path).convert('RGB'), np.float64)
    return torch.tensor(((pixels / 255 - 0.5) / 0.25).transpose(2, 0, 1))[None]


def gradient(network, x, index):
    x = x.clone().requires_grad_(True)
    network(x)[0, index].backward()
    return x.grad[0].numpy()


def grad_cam(network, x, index, sign):
    maps = network.features[:4](x).detach().requires_grad_(True)
    (sign * network.fc(maps.flatten(1))[0, index]).backward()
    weights = maps.grad.mean((2, 3), keepdim=True)
    return (weights * maps).sum(1).clamp(min=0).detach().numpy()


def program(*arguments, status=0):
    done = subprocess.run([tool.build_path('cnnviz')] + list(arguments), text=True,
                          capture_output=True, env=ENVIRONMENT)
    if done.returncode != status:
        sys.exit(f'FAIL {arguments}: exit code {done.returncode}\n{done.stderr}')
    return done


def check(fact, holds):
    if not holds:
        sys.exit('FAIL ' + fact)


def load(*path):
    with open(os.path.join(*path)) as file:
        return json.load(file)


def write(name, text):
    with open(name, 'w') as file:
        file.write(text)


def run(output, jobs, images, *more):
    write('run.ini', '[run]\nseed = 2\n[model]\narchitecture = many.ini\n'
          f'weights = many.pth\n[input]\nimages = {images}\n{jobs}')
    return program('run', '-q', 'run.ini', '-o', output, *more)


# ---- Five classes ---------------------------------------------------------------------

JOBS = '''
[vanilla_bp]
[grad_cam]
[saliency]
[integrated_gradients]
base = vanilla_bp
steps = 8
[opposite]
technique = vanilla_bp
target = not eel
'''
IMAGES = 'a.png:3, b.png:not 3, a.png:Not_Eel'


def compare_maps(comparison, network):
    """The pictures are a, b and a again: for class 3, and twice for its negative side"""
    run('maps', JOBS, IMAGES)

    def map_of(job, picture):
        return np.load(os.path.join('maps', job, picture, 'attribution.npy'))

    for name, sign in [('a', 1), ('b', -1), ('a-2', -1)]:
        x = read_input(name[0] + '.png')
        comparison.check(f'vanilla_bp of {name}', map_of('vanilla_bp', name),
                         sign * gradient(network, x, TARGET))
        comparison.check(f'grad_cam of {name}', map_of('grad_cam', name),
                         grad_cam(network, x, TARGET, sign))
        comparison.check(f'opposite of {name}', map_of('opposite', name),
                         -gradient(network, x, TARGET))
    for job in ['vanilla_bp', 'integrated_gradients']:
        check(f'{job} of not 3 is minus that of 3',
              (map_of(job, 'a') == -map_of(job, 'a-2')).all())
    check('saliency has no sign',
          (map_of('saliency', 'a') == map_of('saliency', 'a-2')).all())
    check('Grad-CAM of both sides differ', not (map_of('grad_cam', 'a')
                                               == map_of('grad_cam', 'a-2')).all())


def check_manifest(network, activation):
    manifest = load('maps', 'manifest.json')
    for picture, name in zip(manifest['pictures'], ['a', 'b', 'a-2']):
        z = network(read_input(name[0] + '.png'))[0]
        p = activation(z)[TARGET].item()
        negated = name != 'a'
        target = picture['target']
        check(f'the target of {name}', target['index'] == TARGET
              and target.get('not', False) == negated
              and target['name'] == ('not eel' if negated else 'eel'))
        check(f'the probability of {name}',
              abs(target['probability'] - (1 - p if negated else p)) < 1e-5)
        check(f'the logit of {name}',
              abs(target['logit'] - (-1 if negated else 1) * z[TARGET].item()) < 1e-4)
    names = {a['target']['name'] for a in manifest['artifacts'] if a['job'] == 'opposite'}
    check('artifacts have their own targets', names == {'not eel'})


def compare_pictures(network, activation):
    """Pictures that are made for both sides"""
    run('made', '[class_image]\ntarget = 3, not 3\niterations = 20\n[fooling]\n'
        'target = not eel\nconfidence = 0.9\n', 'a.png', '-s',
        'model.activation=' + ('sigmoid' if activation is torch.sigmoid else 'softmax'))
    scalars = {(a['job'], a['name']): a['value']
               for a in load('made', 'manifest.json')['artifacts'] if 'value' in a}

    def logits(job, name):
        return network(read_input(os.path.join('made', job, name + '.png')))[0]

    for name, sign in [('3-eel', 1), ('3-not_eel', -1)]:
        z = sign * logits('class_image', 'class-' + name)[TARGET].item()
        check(f'the logit of {name}',
              abs(scalars['class_image', 'logit-' + name] - z) < 1e-3 * max(1, abs(z)))
        check(f'the picture of {name} was optimized',
              z > sign * network(read_input('a.png'))[0, TARGET].item())
    p = 1 - activation(logits('fooling', 'fooling-3-not_eel'))[TARGET].item()
    check('the confidence of fooling',
          p >= 0.9 and abs(scalars['fooling', 'confidence-3-not_eel'] - p) < 1e-5)


def compare_curves(network, activation):
    write('annotations.json', json.dumps({'pictures': [{
        'path': 'b.png', 'width': WIDTH, 'height': HEIGHT, 'objects': [{'class': 'eel', 'box': [2, 3, 9, 12],
                                      'main': True}]}]}))
    write('evaluate.ini', '[model]\narchitecture = many.ini\nweights = many.pth\n'
          'activation = sigmoid\n[evaluation]\nannotations = annotations.json\n'
          'curve_steps = 4\n[vanilla_bp]\n')
    program('evaluate', '-q', 'evaluate.ini', '-o', 'evaluation')
    curves = load('evaluation', 'evaluation.json')
    p = activation(network(read_input('b.png')))[0, TARGET].item()
    found = []

    def search(value):
        if isinstance(value, dict):
            if 'deletion' in value and isinstance(value['deletion'], list):
                found.append(value['deletion'][0])
            for inner in value.values():
                search(inner)
        elif isinstance(value, list):
            for inner in value:
                search(inner)

    search(curves)
    check(f'curves begin at the picture\'s probability {p}: {found}',
          len(found) > 0 and all(abs(value - p) < 1e-5 for value in found))


def classes_of(model, picture, *more):
    done = program('classify', '--json', '-m', model + '.ini', '-w', model + '.pth',
                   *more, picture)
    return json.loads(done.stdout)['pictures'][0]['classes']


def compare_many(comparison):
    network = Network(5)
    torch.save(network.state_dict(), 'many.pth')
    network.double()
    write('many.labels', 'snake\ntiger\nspider\neel\nbird\n')
    write('many.ini', NETWORK.format(classes=5, keys='labels = many.labels'))
    write('labels.ini', NETWORK.format(classes=5, keys='activation = sigmoid'))
    os.symlink('many.pth', 'labels.pth')
    z = network(read_input('a.png'))[0].detach()
    for model, arguments, activation in [
            ('many', [], lambda z: z.softmax(-1)), ('labels', [], torch.sigmoid),
            ('labels', ['-s', 'model.activation=softmax'], lambda z: z.softmax(-1)),
            ('many', ['-s', 'model.activation=sigmoid'], torch.sigmoid)]:
        found = classes_of(model, 'a.png', *arguments)
        order = z.argsort(descending=True).tolist()
        check(f'the order of classes {found}', [c['index'] for c in found] == order)
        comparison.check(f'probabilities of {model} {arguments}',
                         np.array([c['probability'] for c in found]),
                         activation(z)[order].numpy())
    compare_maps(comparison, network)
    check_manifest(network, lambda z: z.softmax(-1))
    run('maps', JOBS, IMAGES, '-s', 'model.activation=sigmoid', '-s', 'run.isolate=yes')
    check_manifest(network, torch.sigmoid)
    compare_pictures(network, lambda z: z.softmax(-1))
    compare_pictures(network, torch.sigmoid)
    compare_curves(network, torch.sigmoid)


# ---- One logit --------------------------------------------------------------------------

def compare_one(comparison):
    network = Network(1)
    torch.save(network.state_dict(), 'one.pth')
    network.double()
    write('one.ini', NETWORK.format(classes=1, keys=''))
    write('dog.labels', 'dog\n')
    write('both.labels', 'cat\ndog\n')
    for picture in ['a.png', 'b.png']:
        z = network(read_input(picture)).item()
        p = torch.sigmoid(torch.tensor(z)).item()
        for labels, names in [([], ('0', 'not 0')),
                              (['-l', 'dog.labels'], ('dog', 'not dog')),
                              (['-l', 'both.labels'], ('dog', 'cat'))]:
            there, absent = (0, False, names[0], p, z), (0, True, names[1], 1 - p, -z)
            for c, (index, negated, name, probability, logit) in zip(
                    classes_of('one', picture, *labels),
                    [there, absent] if z > 0 else [absent, there]):
                check(f'{picture}: {c}', c['index'] == index and c['name'] == name
                      and c.get('not', False) == negated
                      and abs(c['probability'] - probability) < 1e-5
                      and abs(c['logit'] - logit) < 1e-4)
    text = program('classify', '-m', 'one.ini', '-w', 'one.pth', '-l', 'both.labels',
                   'a.png').stdout
    lines = sorted(line.split()[1:] for line in text.splitlines()[1:])
    check('both sides are printed ' + text, lines == [['0', 'dog'], ['not', '0', 'cat']])
    write('run.ini', '[model]\narchitecture = one.ini\nweights = one.pth\n'
          'labels = both.labels\n[input]\n'
          'images = a.png:dog, a.png:not 0, a.png:cat, a.png:not cat, a.png\n'
          '[vanilla_bp]\n')
    program('run', '-q', 'run.ini', '-o', 'one')
    x = read_input('a.png')
    z = network(x).item()
    for name, sign in [('a', 1), ('a-2', -1), ('a-3', -1), ('a-4', 1),
                       ('a-5', 1 if z > 0 else -1)]:
        comparison.check(f'one logit, {name}',
                         np.load(os.path.join('one', 'vanilla_bp', name,
                                              'attribution.npy')),
                         sign * gradient(network, x, 0))
    done = program('check', 'run.ini', '-s', 'model.activation=softmax', status=2)
    check(done.stderr, 'has one logit, whose softmax is always 1' in done.stderr)
    done = program('check', 'run.ini', '-s', 'vanilla_bp.target=1', status=2)
    check(done.stderr, '0 is its positive side (dog) and not 0' in done.stderr)


def main():
    torch.manual_seed(4)
    comparison = tool.Comparison()
    home = os.getcwd()
    with tool.scratch() as folder:
        os.chdir(folder)
        for seed, name in enumerate('ab'):
            pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(name + '.png')
        compare_many(comparison)
        compare_one(comparison)
        os.chdir(home)
    comparison.finish()


main()
