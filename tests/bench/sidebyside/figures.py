"""Ratios from costs: of each build of ours and each peer, for each unit"""
import json
import os
import statistics

from . import goals

CLOCKS = {'wall': lambda cost: cost.wall, 'cpu': lambda cost: cost.user + cost.system}


class Clock:
    def __init__(self, name):
        self.read = CLOCKS[name]

    def times(self, costs):
        return [self.read(cost) for cost in costs]

    def middle(self, costs):
        return statistics.median(self.times(costs))

    def marginal(self, by_count, case):
        """Seconds for one more of what is counted, or None"""
        if case.less not in by_count or case.full not in by_count:
            return None
        return (self.middle(by_count[case.full]) - self.middle(by_count[case.less])) \
            / (case.full - case.less)


def memory_of(by_count, case):
    return max(cost.memory for cost in by_count[case.full])


def met(value, goal):
    return None if value is None or goal is None else value <= goal


def quotient(a, b):
    return a / b if a is not None and b is not None and b > 0 else None


def row(unit, build, peer, costs, clock):
    """What is reported of one build and one peer"""
    case = unit.case
    ours, theirs = costs[build.key], costs[peer.key]
    pairs = list(zip(clock.times(ours[case.full]), clock.times(theirs[case.full])))
    found = {
        'network': unit.network.name, 'case': case.name, 'build': build.title,
        'peer': peer.title, 'style': peer.peer.style, 'pairs': len(pairs),
        'ours': clock.middle(ours[case.full]), 'theirs': clock.middle(theirs[case.full]),
        'lowest': min(a / b for a, b in pairs), 'highest': max(a / b for a, b in pairs),
        'ours_memory': memory_of(ours, case), 'theirs_memory': memory_of(theirs, case),
        'ours_marginal': clock.marginal(ours, case),
        'theirs_marginal': clock.marginal(theirs, case),
        'goal': goals.run_time(peer.peer, case),
        'marginal_goal': goals.marginal(peer.peer, case),
        'memory_goal': goals.memory(peer.peer),
    }
    found['ratio'] = found['ours'] / found['theirs']
    found['marginal'] = quotient(found['ours_marginal'], found['theirs_marginal'])
    found['memory'] = found['ours_memory'] / found['theirs_memory']
    found['met'] = met(found['ratio'], found['goal'])
    found['marginal_met'] = met(found['marginal'], found['marginal_goal'])
    found['memory_met'] = met(found['memory'], found['memory_goal'])
    return found


def rows(units, contenders, results, clock):
    """All of them; a build meets every peer"""
    for unit in units:
        costs = results.costs.get((unit.network.name, unit.case.name), {})
        there = [each for each in contenders if unit.case.full in costs.get(each.key, {})]
        for peer in there:
            for build in there:
                if build.peer is None and peer.peer is not None:
                    yield row(unit, build, peer, costs, clock)


def operations_of(chosen):
    """{network: {'all': multiplications and additions of a forward pass, 'to_layer'}}"""
    found = {}
    for network in chosen.networks:
        path = os.path.join(chosen.material, network.name + '.json')
        with open(path, encoding='utf-8') as stream:
            found[network.name] = json.load(stream)
    return found


def operations_per_count(operations, network, case):
    """Of one more of what the case counts"""
    return operations[network]['to_layer' if case.name == 'filter_vis' else 'all'] * case.passes


def largest_first(units, operations):
    """Else one CPU would end with a long unit while the others wait."""
    return sorted(units, key=lambda unit: -unit.case.full * operations_per_count(
        operations, unit.network.name, unit.case))


def add_shares(found, chosen, operations, peak):
    """Of the peak of sgemm, that our operations a second reach in one more picture, sample or
    step"""
    by_name = {case.name: case for case in chosen.cases}
    for each in found:
        count = operations_per_count(operations, each['network'], by_name[each['case']])
        each['share'] = quotient(count / 1e9 / peak, each['ours_marginal'])
