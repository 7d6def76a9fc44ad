"""Before anything is timed: both sides must compute the same."""
import json
import os

from . import measure, peers, rounds, tasks

FARTHEST = 0.02  # relative L2
# A few roundings to 8 bits, or steps of Adam where the gradient is about 0, differ
FARTHEST_STEPS = 0.10

OPTIMIZED = ('class_image', 'filter_vis')


def arrays_of(contender, task):
    """{name: file}, the same names on both sides"""
    found = {}
    for folder, _, names in os.walk(task['output']):
        technique, *stem = os.path.relpath(folder, task['output']).split(os.sep)
        for name in names:
            if not name.endswith('.npy') or name.startswith('curve'):
                continue
            if task['techniques'][0] in OPTIMIZED:
                found[technique] = os.path.join(folder, name)
            elif contender.peer is None:
                found[technique, stem[0]] = os.path.join(folder, name)
            else:
                found[technique, name[:-len('.npy')]] = os.path.join(folder, name)
    return found


def compute(unit, contender, options, folder):
    """Its results, in a folder of its own"""
    place = os.path.join(folder, 'guard-' + contender.key.replace(' ', '-'))
    os.makedirs(place, exist_ok=True)
    task = tasks.make_guard(unit.network, unit.case, options.material,
                            rounds.choice_of(unit, contender))
    rounds.run_task(contender, task, place)
    return arrays_of(contender, task)


def distances(contender, reference, arrays, start, options, folder):
    """Of each result from that of the first contender"""
    if set(arrays) != set(reference):
        raise measure.Failed(f'{contender.title}: {sorted(arrays)} are not the results '
                             f'{sorted(reference)}')
    enlarged = bool(contender.peer) and contender.peer.script == 'grad_cam_package.py'
    path = os.path.join(folder, 'pairs.json')
    with open(path, 'w', encoding='utf-8') as stream:
        json.dump([{'ours': reference[name], 'theirs': array, 'start': start,
                    'enlarged': enlarged} for name, array in arrays.items()], stream)
    script = os.path.join(peers.SCRIPTS, 'compare.py')
    return json.loads(measure.run([options.pythons[0], script, path], folder).output)


def check(unit, contenders, options, folder):
    """[(contender's title, distance, whether that is near enough)] of one unit"""
    optimized = unit.case.techniques[0] in OPTIMIZED
    limit = FARTHEST_STEPS if optimized else FARTHEST
    start = tasks.pictures(options.material, 1)[0] if optimized else None
    first, *others = [each for each in contenders if rounds.takes_part(each, unit.case)
                      and (each.peer is None or each.peer.style != 'bare')]
    reference, found = compute(unit, first, options, folder), []
    for contender in others:
        arrays = compute(unit, contender, options, folder)
        farthest = max(distances(contender, reference, arrays, start, options, folder))
        found.append((contender.title, farthest, farthest < limit))
    return found
