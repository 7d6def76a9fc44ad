"""Rounds: every contender of every unit takes its turn, then all again, so that whatever else
the machine does meets all alike."""
import os
import shutil
import sys
import threading
import time
from collections import namedtuple

from . import contenders as parties
from . import measure, peers, tasks

# One case with one network; choices: of choose.py by contender's program
Unit = namedtuple('Unit', 'network case choices')


class Results:
    """costs[network, case][contender][count] = [Cost of each round]; what failed"""

    def __init__(self):
        self.costs = {}
        self.failures = []

    def add(self, unit, contender, count, cost):
        key = unit.network.name, unit.case.name
        by_count = self.costs.setdefault(key, {}).setdefault(contender.key, {})
        by_count.setdefault(count, []).append(cost)


def takes_part(contender, case):
    return contender.peer is None or peers.suits(contender.peer, case)


def choice_of(unit, contender):
    choices = unit.choices.get((unit.network.name, contender.program))
    return choices[unit.case.purpose] if choices else {'channels_last': False, 'batch': 8}


def counts(contender, case, all_margins):
    """What is counted is run twice, with more and with fewer, where the marginal cost of this
    contender is wanted."""
    styles = (None, 'lean', 'bare') if not all_margins else \
        (None, 'lean', 'bare', 'package', 'collection')
    style = contender.peer.style if contender.peer else None
    return [case.full] + ([case.less] if case.less and style in styles else [])


def run_task(contender, task, folder):
    task['output'] = os.path.join(folder, 'results')
    shutil.rmtree(task['output'], ignore_errors=True)
    return measure.run(parties.command(contender, task, folder), folder)


def run_contender(unit, contender, options, folder, results):
    """Returns the CPU seconds that it took"""
    spent = 0
    for count in counts(contender, unit.case, options.all_margins):
        task = tasks.make(unit.network, unit.case, options.material,
                          choice_of(unit, contender), count)
        cost = run_task(contender, task, folder)
        results.add(unit, contender, count, cost)
        spent += cost.user + cost.system
    return spent


def run_unit(unit, contenders, options, folder, results):
    """One round; returns the CPU seconds that it took. The others go on without one that
    fails."""
    spent = 0
    for contender in contenders:
        if takes_part(contender, unit.case):
            try:
                spent += run_contender(unit, contender, options, folder, results)
            except measure.Failed as error:
                results.failures.append(str(error))
                print(f'bench: {error}', file=sys.stderr)
    return spent


class Worker(threading.Thread):
    """Takes units from the list, on a CPU of its own"""

    def __init__(self, cpu, units, lock, work, folder):
        super().__init__()
        self.cpu, self.units, self.lock, self.work = cpu, units, lock, work
        self.folder = os.path.join(folder, f'cpu{cpu}')
        self.error = None

    def run(self):
        measure.pin(self.cpu)
        os.makedirs(self.folder, exist_ok=True)
        while True:
            with self.lock:
                if not self.units:
                    return
                unit = self.units.pop(0)
            try:
                self.work(unit, self.folder)
            except Exception as error:  # the thread that started this one raises it
                self.error = error
                return


def on_cpus(cpus, units, work, folder):
    """work(unit, folder) for all of them"""
    units, lock = list(units), threading.Lock()
    workers = [Worker(cpu, units, lock, work, folder) for cpu in cpus]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for worker in workers:
        if worker.error:
            raise worker.error


def measure_all(units, contenders, options, folder):
    """Results of all rounds, or of as many as there is time for: a unit is left out that would
    not be ready in time if it took as long as in the round before."""
    results, durations = Results(), {}
    for number in range(options.pairs):
        def work(unit, place):
            key, start = (unit.network.name, unit.case.name), time.monotonic()
            if options.deadline and start + durations.get(key, 0) > options.deadline:
                return
            spent = run_unit(unit, contenders, options, place, results)
            durations[key] = time.monotonic() - start
            print(f'round {number + 1}: {" ".join(key)}, {durations[key]:.0f} s, '
                  f'{spent:.1f} s of the CPU', file=sys.stderr)
        on_cpus(options.cpus, units, work, folder)
    return results
