"""Who takes part: our builds, and each peer in each Python that has what it needs"""
import os
import re
import subprocess
from collections import namedtuple

from . import ours, peers

# peer  None for a build of ours
Contender = namedtuple('Contender', 'key title peer program')


def ask(command):
    """What a command prints, or None where it fails"""
    try:
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def torch_of(python):
    return ask([python, '-c', 'import torch; print(torch.__version__)'])


def has(python, module):
    return ask([python, '-c', 'import importlib.util, sys;'
                f'sys.exit(importlib.util.find_spec("{module}") is None)']) is not None


def libtorch_of(program, picture, folder):
    """What the engine says of itself: its version of libtorch, and the rest of the line"""
    text = ask([program, '-v', 'explain', '-m', 'conform', '-w', 'random', '-t', 'vanilla_bp',
                '-o', os.path.join(folder, 'version'), picture + ':0'])
    found = re.search(r'libtorch (\S+), (.*?), \d+ thread', text or '')
    return found.groups() if found else ('?', '?')


def all_contenders(folders, pythons, picture, scratch):
    for number, folder in enumerate(folders):
        program = os.path.join(os.path.abspath(folder), 'cnnviz')
        version, libraries = libtorch_of(program, picture, scratch)
        yield Contender(f'ours{number}', f'libtorch {version} ({libraries})', None, program)
    for python in pythons:
        version = torch_of(python)
        for peer in peers.PEERS if version else ():
            if has(python, peer.needs):
                yield Contender(f'{peer.script} {version}',
                                f'{peer.title}, torch {version.split("+")[0]}', peer, python)


def command(contender, task, folder):
    if contender.peer is None:
        return ours.command(contender.program, task, folder)
    return peers.command(contender.peer, contender.program, task, folder)
