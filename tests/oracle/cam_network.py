"""The classifier that ships, in PyTorch, and the maps that cnnviz makes of it. For the scripts
beside it."""
import glob
import json
import os
import struct
import subprocess
import sys

import engine_tool as tool

LAYER = 'features.24'  # the last ReLU: 256x8x8
BEFORE = 'features.21'  # the ReLU before it, of the same size
SIGNED = 'features.16'  # a batch normalization before its ReLU: 128x16x16
SHALLOW = 'features.10'  # a ReLU: 64x32x32
CLASSES = {'dog-cat': 'cat', 'horse-bird': 'horse'}
if 'UNDER_SANITIZERS' in os.environ:  # where a picture takes many times as long
    del CLASSES['horse-bird']
TOLERANCE = 1e-5


def read_weights(path):
    """A file of models/train/network.py, by name"""
    import numpy as np
    from network import E4M3
    with open(path, 'rb') as file:
        size, = struct.unpack('<Q', file.read(8))
        entries = json.loads(file.read(size))
        data = file.read()
    types = {'F32': '<f4', 'F16': '<f2', 'F8_E4M3': 'u1'}
    weights = {}
    for name, entry in entries.items():
        if name != '__metadata__':
            values = np.frombuffer(data[slice(*entry['data_offsets'])],
                                   types[entry['dtype']])
            if entry['dtype'] == 'F8_E4M3':
                values = np.where(values & 128, -1, 1) * E4M3[values & 127]
            weights[name] = values.astype(np.float32).reshape(entry['shape'])
    return weights


def network():
    """The network of models/scenes.ini, whose layers keep what hooks read of them"""
    import torch
    sys.path.insert(0, tool.source_path('models', 'train'))
    from network import Classifier
    scenes = Classifier(len(labels())).eval()
    weights = read_weights(tool.source_path('models', 'scenes.safetensors'))
    scenes.load_state_dict({name: torch.tensor(value) for name, value in weights.items()},
                           strict=False)
    for module in scenes.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
    return scenes


def labels():
    with open(tool.source_path('models', 'scenes.labels'), encoding='utf-8') as file:
        return [line.split(',')[0].strip() for line in file]


def read_input(name):
    """A picture as the network sees it, (3,128,128)"""
    import numpy as np
    from PIL import Image
    path = tool.source_path('conf', 'pictures', 'scenes', name + '.jpg')
    picture = Image.open(path).convert('RGB').resize((128, 128), Image.BILINEAR)
    return ((np.asarray(picture, np.float32) / 255 - 0.5) / 0.25).transpose(2, 0, 1)


def run_program(folder, jobs, architecture='scenes', images=None, target=None):
    """All jobs in one run, with results in `out` of the folder"""
    import numpy as np
    for name in CLASSES:
        np.save(os.path.join(folder, name + '.npy'),
                np.ascontiguousarray(read_input(name)))
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write('[run]\noutput = out\nseed = 1\n[model]\narchitecture = '
                   + architecture + '\n' + ('weights = embedded\n'
                                            if architecture == 'scenes' else '')
                   + '[input]\nimages = ' + (images or ', '.join(
                       f'{name}.npy:{labels().index(label)}'
                       for name, label in CLASSES.items())) + '\n'
                   + (f'target = {target}\n' if target is not None else ''))
        for job, lines in jobs.items():
            file.write(f'[{job}]\n{lines}\n')
    engine = tool.build_path('core', 'engine', tool.engines()[0] + '.la')
    done = subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini'], cwd=folder,
                          env={**os.environ, 'CNNVIZ_ENGINE': os.path.abspath(engine)},
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit('FAIL ' + done.stderr)


def run(folder, jobs, architecture='scenes'):
    """Maps of all jobs, by job and picture"""
    import numpy as np
    run_program(folder, jobs, architecture)
    # Behind the name of one for a neuron stands that of the neuron.
    return {job: {name: np.load(glob.glob(os.path.join(
        folder, 'out', job, name, 'attribution*.npy'))[0]).squeeze() for name in CLASSES}
            for job in jobs}


class Maps:
    """Compares maps in relative L2, and says which are off"""

    def __init__(self):
        self.compared = 0
        self.failures = 0

    def check(self, what, ours, theirs, bound=TOLERANCE):
        import numpy as np
        size = np.linalg.norm(theirs)
        error = (np.linalg.norm(ours.astype(np.float64) - theirs) / size
                 if size > 0 and ours.shape == theirs.shape else np.inf)
        holds = error <= bound
        self.compared += 1
        self.failures += not holds
        print(f'{"ok  " if holds else "FAIL"} {what}: {error:.1e}')

    def finish(self):
        print(f'{self.compared} maps compared, {self.failures} off')
        sys.exit(1 if self.failures or not self.compared else 0)
