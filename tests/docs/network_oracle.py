#!/usr/bin/env python3
"""The examples of cnnviz-network(5) compute what their PyTorch code computes: the page's
modules, saved by its own last line, and its descriptions give the same logits of a
picture in `cnnviz classify`, and as many parameters. So does a checkpoint with other
names, which the keys that the page shows translate. A whole pickled model is refused.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ['top_srcdir'], 'tests', 'oracle'))
import engine_tool as tool

tool.use_oracle('torch', 'numpy', 'PIL')

import numpy as np
import torch
from PIL import Image

import autograd
import manual_page

TOLERANCE = 1e-5    # relative to the largest logit
program = os.environ.get('CNNVIZ', tool.build_path('cnnviz'))

# name, shape of a picture, mean, std
EXAMPLES = [('lenet', (28, 28), [0.1307], [0.3081]),
            ('small_resnet', (32, 32, 3), [0.4914, 0.4822, 0.4465],
             [0.2470, 0.2435, 0.2616])]

failures = 0


def check(what, holds):
    global failures
    print(('ok: ' if holds else 'FAIL: ') + what)
    failures += not holds


def cnnviz(*arguments):
    result = subprocess.run([program, *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)
    return result.returncode, result.stdout, result.stderr


def module_of(name):
    """The page's code, run again to save the weights that matter"""
    code = manual_page.listings()['file: %s.py' % name]
    names = {'__name__': name}
    torch.manual_seed(7)
    exec(compile(code, name + '.py', 'exec'), names)
    model = autograd.randomize(names['model'])
    exec(code[code.index('torch.save('):], names)
    return model


def logits_of(model, pixels, mean, std):
    planes = pixels.reshape(*pixels.shape[:2], -1).transpose(2, 0, 1)[None] / 255
    shape = (1, -1, 1, 1)
    x = (planes - np.reshape(mean, shape)) / np.reshape(std, shape)
    return model.double()(torch.from_numpy(x)).numpy()[0]


def try_example(name, shape, mean, std):
    pixels = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save('pixels.png')
    model = module_of(name)
    expected = logits_of(model, pixels, mean, std)
    for engine in tool.engines():
        os.environ['CNNVIZ_ENGINE'] = tool.build_path('core', 'engine', engine + '.la')
        code, text, said = cnnviz('classify', '--json', '-k', str(len(expected)), '-m',
                                  name + '.ini', '-w', name + '.pth', 'pixels.png')
        check('%s: %s engine %s' % (name, engine, said), code == 0)
        ours = np.empty(len(expected))
        for item in json.loads(text)['pictures'][0]['classes']:
            ours[item['index']] = item['logit']
        error = tool.relative_error(ours, expected)
        check('%s: logits differ by %.1e' % (name, error), error < TOLERANCE)
    listed = json.loads(cnnviz('layers', '--json', name + '.ini')[1])
    check('%s: parameters' % name,
          listed['parameters'] == sum(p.numel() for p in model.parameters()))


def try_names():
    """Two names of the network are others, and it is in a class in a checkpoint."""
    state = torch.load('small_resnet.pth')
    other = {'backbone.' + name.replace('downsample', 'shortcut').replace('fc.', 'head.'):
             value for name, value in state.items()}
    torch.save({'epoch': 3, 'net': dict(other, **{'backbone.aux2.weight': torch.ones(3)})},
               'checkpoint.pth')
    text = manual_page.listings()['file: small_resnet.ini']
    keys = manual_page.listings()['keys: names']
    with open('renamed.ini', 'w', encoding='utf-8') as stream:
        stream.write(text.replace('[layers]', keys + '[layers]'))
    plain = cnnviz('classify', '--json', '-m', 'small_resnet.ini', '-w',
                   'small_resnet.pth', 'pixels.png')
    check('small_resnet: names that the page translates',
          plain[0] == 0 and plain == cnnviz('classify', '--json', '-m', 'renamed.ini', '-w',
                                            'checkpoint.pth', 'pixels.png'))


def try_whole_model():
    torch.save(torch.nn.Linear(84, 10), 'whole.pth')
    code, _, said = cnnviz('classify', '-m', 'lenet.ini', '-w', 'whole.pth', 'pixels.png')
    check('a whole model is refused: ' + said.strip(), code == 2)


with tool.scratch() as folder:
    os.chdir(folder)
    manual_page.write_files('.')
    for example in EXAMPLES:
        try_example(*example)
    try_names()
    try_whole_model()
    os.chdir('/')
sys.exit(1 if failures else 0)
