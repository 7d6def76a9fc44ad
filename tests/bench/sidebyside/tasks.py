"""A task: one case with one network, as a dict that peers read as JSON and that cnnviz's INI
file is made of."""
import os

from . import cases


def pictures(material, count):
    folder = os.path.join(material, 'pictures')
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))[:count]]


def make(network, case, material, choice, count):
    """count: of what the case counts; choice: one of choose.py's answers"""
    task = {
        'network': network.name,
        'weights': os.path.join(material, network.name + '.pth'),
        'layer': network.layer,
        'filter_layer': network.filter_layer,
        'filter': cases.FILTER,
        'target': cases.TARGET,
        'techniques': list(case.techniques),
        'pictures': pictures(material, 1),
        'noise_level': cases.NOISE_LEVEL,
        'samples': 1,
        'steps': 1,
        'iterations': 1,
        'masks': 1,
        'windows': 1,
        'variants': 1,
        'start': None,
        'channels_last': choice['channels_last'],
        'batch': choice['batch'],
    }
    task[case.counted] = pictures(material, count) if case.counted == 'pictures' else count
    return task


def make_guard(network, case, material, choice):
    task = make(network, case, material, choice, 1)
    task.update(cases.GUARD)
    if case.counted == 'pictures':
        task['pictures'] = pictures(material, cases.GUARD_PICTURES)
    task['start'] = pictures(material, 1)[0]
    return task
