"""One thread and two on two CPUs, alone and beside a process that keeps one of the two busy:
the time that passes, of a run without other work to do meanwhile than its own."""
import contextlib
import os
import statistics
import subprocess
import sys

from . import measure

# Random weights, since what they are makes no difference
RUN = '''[run]
output = {folder}/neighbor
threads = {threads}
[model]
architecture = resnet18
weights = random:1
[input]
images = @{listed}
target = 0
[grad_cam]
'''
PICTURES = 16
THREADS = (1, 2)
BUSY = 'import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: pass'


@contextlib.contextmanager
def busy(cpu):
    """A process that does nothing else than to keep a CPU busy"""
    process = subprocess.Popen([sys.executable, '-c', BUSY, str(cpu)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def write_run(pictures, threads, folder):
    listed = os.path.join(folder, 'neighbor.txt')
    with open(listed, 'w', encoding='utf-8') as stream:
        stream.writelines(picture + '\n' for picture in pictures[:PICTURES])
    path = os.path.join(folder, f'neighbor-{threads}.ini')
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(RUN.format(folder=folder, threads=threads, listed=listed))
    return path


def times(program, pictures, cpus, rounds, folder):
    """{'alone' and 'beside': [seconds with each of THREADS]}, medians of rounds that take turns;
    of the calling process, all CPUs are given up but these two"""
    runs = [[program, '-q', 'run', write_run(pictures, threads, folder)] for threads in THREADS]
    found = {'alone': [[] for _ in runs], 'beside': [[] for _ in runs]}
    os.sched_setaffinity(0, set(cpus))
    for number in range(rounds):
        for how, seconds in found.items():
            beside = busy(cpus[number % 2]) if how == 'beside' else contextlib.nullcontext()
            with beside:
                for run, each in zip(runs, seconds):
                    each.append(measure.run(run, folder, limited=False).wall)
    return {how: [statistics.median(each) for each in seconds]
            for how, seconds in found.items()}
