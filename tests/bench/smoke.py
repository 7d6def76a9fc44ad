"""A factor that is lost shows: one more picture or step costs at most so many times what it
costs the best PyTorch. make bench has the whole comparison, and the goals.

Time of the CPU, the least of rounds that take turns: more rounds follow only while the limit is
exceeded, so that a busy neighbor must disturb all of them to be taken for a loss."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'oracle')]
import engine_tool
from sidebyside import cases, contenders, measure, peers, rounds, tasks

ROUNDS = 4
NETWORK = 'squeezenet1_0'
# How many pictures or steps, and the limit: far enough above what it should be that noise stays
# below, and less than twice that
CASES = (('grad_cam_64', 17, 1.2), ('class_image', 13, 1.2))
CHOICE = {'channels_last': True, 'batch': 8}


def difference(unit, contender, folder, best):
    """CPU seconds of many less those of one, each the least until now; folder: with material"""
    for count in unit.case.full, 1:
        task = tasks.make(unit.network, unit.case, folder, CHOICE, count)
        cost = rounds.run_task(contender, task, folder)
        key = contender.key, count
        best[key] = min(best.get(key, float('inf')), cost.user + cost.system)
    return best[contender.key, unit.case.full] - best[contender.key, 1]


def ratio(unit, limit, ours, theirs, folder):
    """The first that is within the limit, or that of all rounds"""
    best = {}
    for _ in range(ROUNDS):
        found = difference(unit, ours, folder, best) / \
            difference(unit, theirs, folder, best)
        if found <= limit:
            break
    return found


def main():
    python = os.environ.get('PYTHON_ORACLE') or 'none'
    if not contenders.has(python, 'torchvision'):
        engine_tool.skip('no Python with torchvision; on Debian: apt-get install '
                         'python3-torch python3-torchvision')
    if 'torch' not in engine_tool.engines():
        engine_tool.skip('built without libtorch')
    network, = cases.find(cases.NETWORKS, [NETWORK])
    lean, = (peer for peer in peers.PEERS if peer.style == 'lean')
    ours = contenders.Contender('ours', 'cnnviz', None, engine_tool.build_path('cnnviz'))
    theirs = contenders.Contender('theirs', lean.title, lean, python)
    measure.pin(max(os.sched_getaffinity(0)))
    failed = False
    with tempfile.TemporaryDirectory(prefix='bench-', dir='.') as folder:
        folder = os.path.abspath(folder)
        measure.run([python, os.path.join(peers.SCRIPTS, 'material.py'), folder,
                     str(max(count for _, count, _ in CASES)),
                     f'{NETWORK}:{network.filter_layer}'], folder)
        for name, count, limit in CASES:
            case, = cases.find(cases.CASES, [name])
            unit = rounds.Unit(network, case._replace(full=count), {})
            found = ratio(unit, limit, ours, theirs, folder)
            failed |= found > limit
            print(f'{"FAIL" if found > limit else "ok"} {NETWORK}, {name}: one more costs '
                  f'{found:.2f} of what it costs PyTorch, limit {limit}')
    return 1 if failed else 0


sys.exit(main())
