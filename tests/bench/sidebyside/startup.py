"""What happens before the first pass: commands that compute nothing, loading libtorch, opening
weights."""
import os
import statistics

from . import measure, peers

TINY = '''[run]
output = {folder}/tiny
threads = 1
[model]
architecture = conform
weights = random:1
[input]
images = {picture}:0
[vanilla_bp]
'''


def median_costs(commands, folder, times, clock):
    """Of each of the commands, which take turns"""
    costs = [[] for _ in commands]
    for _ in range(times):
        for command, each in zip(commands, costs):
            each.append(measure.run(command, folder))
    return [clock.middle(each) for each in costs]


def write_tiny(picture, folder):
    path = os.path.join(folder, 'tiny.ini')
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(TINY.format(folder=folder, picture=picture))
    return path


def commands(program, picture, folder, times, clock):
    """{command: seconds}"""
    lines = (('techniques',), ('describe',), ('check', write_tiny(picture, folder)))
    return dict(zip((line[0] for line in lines),
                    median_costs([[program, *line] for line in lines], folder, times,
                                 clock)))


def start(build, program, picture, folder, times, clock):
    """(seconds of a whole run of a tiny network, seconds to load libtorch): the run ends
    after the first pass, so the time until then is less."""
    run = [program, '-q', 'run', write_tiny(picture, folder)]
    load = [os.path.join(build, 'tests', 'bench', 'load_libtorch')]
    return median_costs([run, load], folder, times, clock)


def opening(builds, pythons, network, weights, folder, times):
    """{who: seconds} to open weights, without the time to load programs and libraries; builds,
    pythons: by title"""
    script = os.path.join(peers.SCRIPTS, 'opening.py')
    ways = {title: [os.path.join(build, 'tests', 'bench', 'gradient_time'),
                    os.path.join(build, 'core', 'engine', 'torch.la'), network, '1', '224',
                    '224', '1', '0', weights] for title, build in builds.items()}
    for title, python in pythons.items():
        for style in 'collection', 'lean':
            ways[f'{style}, {title}'] = [python, script, style, network, weights]
    seconds = {way: [] for way in ways}
    for _ in range(times):
        for way, command in ways.items():
            seconds[way].append(float(measure.run(command, folder).output.split()[-1]))
    return {way: statistics.median(values) for way, values in seconds.items()}
