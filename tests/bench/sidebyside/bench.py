"""All of it in order: material, choices, comparison of results, rounds, report"""
import json
import os
import shutil
import sys
import time

from . import cases, figures, guard, measure, options, peers, report, rounds, startup
from . import contenders as parties

STARTUP_ROUNDS = 2  # for each of the others, since these are short


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


def before_the_first_pass(chosen, contenders, picture, clock):
    """Rows of the table about start-up"""
    found, times = [], 1 + STARTUP_ROUNDS * chosen.pairs
    builds = [each for each in contenders if each.peer is None]
    pythons = {f'torch {parties.torch_of(python)}': python for python in chosen.pythons}
    for folder, build in zip(chosen.builds, builds):
        found.append({
            'build': build.title,
            'commands': startup.commands(build.program, picture, chosen.scratch,
                                         times, clock),
            'start': startup.start(folder, build.program, picture, chosen.scratch,
                                   times, clock),
            'opening': {network.name: startup.opening(
                folder, pythons, network.name,
                os.path.join(chosen.material, network.name + '.pth'), chosen.scratch,
                chosen.pairs) for network in chosen.networks}})
    return found


def main():
    chosen = options.parse()
    began, clock = time.time(), figures.Clock(chosen.clock)
    os.makedirs(chosen.scratch, exist_ok=True)
    measure.pin(chosen.cpus[0])
    prepare(chosen)
    picture = os.path.join(chosen.material, 'pictures', '000.jpg')
    contenders = [each for each in parties.all_contenders(chosen.builds, chosen.pythons,
                                                          picture, chosen.scratch)
                  if each.peer is None or not chosen.peers
                  or each.peer.style in chosen.peers]
    found = choices(chosen, contenders)
    units = [rounds.Unit(network, case, found) for network in chosen.networks
             for case in chosen.cases]
    try:
        document = {
            'began': began, 'load': os.getloadavg()[0], 'clock': chosen.clock,
            'pairs': chosen.pairs,
            'guard': [] if chosen.no_guard else compare(units, contenders, chosen),
            'roofline': rooflines(chosen),
            'startup': before_the_first_pass(chosen, contenders, picture, clock),
        }
        results = rounds.measure_all(units, contenders, chosen, chosen.scratch)
    except measure.Failed as error:
        print(f'bench: {error}', file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(chosen.scratch, ignore_errors=True)
    document['seconds'] = time.time() - began
    document['rows'] = list(figures.rows(units, contenders, results, clock))
    peak = max(each['sgemm'] for each in document['roofline'])
    figures.add_shares(document['rows'], chosen, peak)
    report.write(document, chosen)
    return 0
