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


def compare(pairs, python, folder):
    path = os.path.join(folder, 'pairs.json')
    with open(path, 'w', encoding='utf-8') as stream:
        json.dump(pairs, stream)
    script = os.path.join(peers.SCRIPTS, 'compare.py')
    return json.loads(measure.run([python, script, path], folder).output)


def check(unit, contenders, options, folder):
    """[(contender's title, distance, whether that is near enough)] of one unit"""
    optimized = unit.case.techniques[0] in OPTIMIZED
    limit = FARTHEST_STEPS if optimized else FARTHEST
    reference, found = None, []
    for contender in contenders:
        bare = contender.peer and contender.peer.style == 'bare'
        if bare or not rounds.takes_part(contender, unit.case):
            continue
        task = tasks.make_guard(unit.network, unit.case, options.material,
                                rounds.choice_of(unit, contender))
        place = os.path.join(folder, 'guard-' + contender.key.replace(' ', '-'))
        os.makedirs(place, exist_ok=True)
        rounds.run_task(contender, task, place)
        arrays = arrays_of(contender, task)
        if reference is None:
            reference = arrays
            continue
        pairs = [{'ours': reference[name], 'theirs': path,
                  'start': task['start'] if optimized else None,
                  'enlarged': bool(contender.peer) and 'package' in contender.peer.script}
                 for name, path in sorted(arrays.items())]
        if set(arrays) != set(reference):
            raise measure.Failed(f'{contender.title}: {sorted(arrays)} are not the results '
                                 f'{sorted(reference)}')
        farthest = max(compare(pairs, options.pythons[0], folder))
        found.append((contender.title, farthest, farthest < limit))
    return found
