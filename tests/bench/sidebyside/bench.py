"""All of it in order: material, choices, comparison of results, rounds, report"""
import json
import os
import shutil
import sys
import time

from . import cases, earlier, figures, guard, measure, neighbor, options, peers, report, rounds, \
    startup, tasks
from . import contenders as parties

STARTUP_ROUNDS = 2  # for each of the others, since these are short
OPENING_ROUNDS = 3  # at most


def prepare(chosen):
    """Weights and pictures, made once"""
    networks = [f'{network.name}:{network.filter_layer}' for network in cases.NETWORKS]
    measure.run([chosen.pythons[0], os.path.join(peers.SCRIPTS, 'material.py'),
                 chosen.material, str(cases.MOST_PICTURES)] + networks, chosen.scratch)


def choices(chosen, contenders):
    """What suits the best PyTorch, measured once for each Python and network"""
    found = {}
    programs = {each.program for each in contenders
                if each.peer and each.peer.style in ('lean', 'bare')}
    for program in sorted(programs):
        version = parties.torch_of(program)
        for network in chosen.networks:
            weights = os.path.join(chosen.material, network.name + '.pth')
            path = os.path.join(chosen.material, f'{network.name}-{version}.choice')
            if not os.path.exists(path):
                script = os.path.join(peers.SCRIPTS, 'choose.py')
                cost = measure.run([program, script, network.name, weights], chosen.scratch)
                with open(path, 'w', encoding='utf-8') as stream:
                    stream.write(cost.output)
            with open(path, encoding='utf-8') as stream:
                found[network.name, program] = json.load(stream)
    return found


def compare(units, contenders, chosen):
    """Raises measure.Failed where both sides do not compute the same"""
    found = []

    def work(unit, folder):
        for title, distance, near in guard.check(unit, contenders, chosen, folder):
            found.append({'network': unit.network.name, 'case': unit.case.name,
                          'who': title, 'distance': distance})
            print(f'compared: {unit.network.name} {unit.case.name} {title} {distance:.2g}',
                  file=sys.stderr)
            if not near:
                raise measure.Failed(f'{unit.network.name}, {unit.case.name}: the result of '
                                     f'{title} is {distance:.3g} away from that of cnnviz')
    rounds.on_cpus(chosen.cpus, units, work, chosen.scratch)
    return found


def rooflines(chosen):
    return [json.loads(measure.run([python, os.path.join(peers.SCRIPTS, 'roofline.py')],
                                   chosen.scratch).output) for python in chosen.pythons]


def start_up(chosen, builds, picture, clock):
    """Of each build: commands that compute nothing, and a run with a tiny network"""
    times = 1 + STARTUP_ROUNDS * chosen.pairs
    return [{'build': build.title,
             'commands': startup.commands(build.program, picture, chosen.scratch, times, clock),
             'start': startup.start(folder, build.program, picture, chosen.scratch, times,
                                    clock)}
            for folder, build in zip(chosen.builds, builds)]


def beside_neighbor(chosen, builds):
    """Of each build, where it was asked for"""
    if not chosen.neighbor:
        return []
    pictures = tasks.pictures(chosen.material, neighbor.PICTURES)
    found = [{'build': build.title,
              'times': neighbor.times(build.program, pictures, chosen.two_cpus, chosen.pairs,
                                      chosen.scratch)} for build in builds]
    measure.pin(chosen.cpus[0])
    return found


def opening(chosen, builds):
    """{network: {who: seconds}}"""
    folders = dict(zip(('cnnviz on ' + build.title.split(' (')[0] for build in builds),
                       chosen.builds))
    pythons = {f'torch {parties.torch_of(python).split("+")[0]}': python
               for python in chosen.pythons}
    return {network.name: startup.opening(
        folders, pythons, network.name, os.path.join(chosen.material, network.name + '.pth'),
        chosen.scratch, min(chosen.pairs, OPENING_ROUNDS)) for network in chosen.networks}


def wanted(chosen, picture):
    """Those who take part"""
    everybody = parties.all_contenders(chosen.builds, chosen.pythons, picture, chosen.scratch)
    return [each for each in everybody
            if each.peer is None or not chosen.peers or each.peer.style in chosen.peers]


def measured(chosen, clock):
    """(document for report.py, whether something failed)"""
    began, load = time.time(), os.getloadavg()[0]
    prepare(chosen)
    picture = os.path.join(chosen.material, 'pictures', '000.jpg')
    contenders = wanted(chosen, picture)
    builds = [each for each in contenders if each.peer is None]
    found = choices(chosen, contenders)
    units = [rounds.Unit(network, case, found) for network in chosen.networks
             for case in chosen.cases]
    document = {
        'guard': [] if chosen.no_guard else compare(units, contenders, chosen),
        'roofline': rooflines(chosen),
        'startup': start_up(chosen, builds, picture, clock),
        'opening': opening(chosen, builds),
        'neighbor': beside_neighbor(chosen, builds),
    }
    operations = figures.operations_of(chosen)
    results = rounds.measure_all(figures.largest_first(units, operations), contenders, chosen,
                                 chosen.scratch)
    document['rows'] = list(figures.rows(units, contenders, results, clock))
    figures.add_shares(document['rows'], chosen, operations,
                       max(each['sgemm'] for each in document['roofline']))
    document['sessions'] = [{'began': began, 'seconds': time.time() - began, 'load': load,
                             'clock': chosen.clock, 'pairs': chosen.pairs,
                             'cpus': len(chosen.cpus)}]
    return document, bool(results.failures)


def main():
    chosen = options.parse()
    os.makedirs(chosen.scratch, exist_ok=True)
    measure.pin(chosen.cpus[0])
    try:
        document, failed = measured(chosen, figures.Clock(chosen.clock))
    except measure.Failed as error:
        print(f'bench: {error}', file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(chosen.scratch, ignore_errors=True)
    if chosen.add:
        document = earlier.combined(document, chosen.source)
    report.write(document, chosen)
    return 1 if failed else 0
