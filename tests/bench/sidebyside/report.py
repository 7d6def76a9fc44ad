"""Markdown between two markers of docs/performance.md, and JSON beside it"""
import json
import os
import textwrap
import time

from . import cases, goals

BEGIN = '<!-- make bench writes what follows -->'
END = '<!-- until here -->'


def number(value, digits=2):
    return '–' if value is None else f'{value:.{digits}f}'


def seconds(value):
    if value is None:
        return '–'
    return f'{value * 1000:.1f} ms' if value < 1 else f'{value:.2f} s'


def beside_goal(value, goal):
    """0.52 (≤ 0.50 missed)"""
    if value is None:
        return '–'
    text = f'{value:.2f}'
    return text if goal is None else \
        f'{text} (≤ {goal:.2f} {"met" if value <= goal else "**missed**"})'


def table(head, lines):
    yield '| ' + ' | '.join(head) + ' |'
    yield '|' + '---|' * len(head)
    for line in lines:
        yield '| ' + ' | '.join(line) + ' |'


def machine():
    with open('/proc/cpuinfo', encoding='utf-8') as stream:
        names = [line.split(':')[1].strip() for line in stream if line.startswith('model name')]
    return f'{names[0] if names else "?"}, {len(names)} CPUs'


def session(each, of_all):
    began = time.strftime('%Y-%m-%d %H:%M', time.gmtime(each['began']))
    clock = 'time that passed' if each['clock'] == 'wall' else 'time of the CPU, user and system'
    at_once = 'one measurement at a time' if each['cpus'] == 1 else \
        f'{each["cpus"]} measurements at a time, on CPUs of their own'
    return (f'{"" if of_all == 1 else "- "}{began} UTC: load {each["load"]:.1f} at the start, '
            f'at most {each["pairs"]} rounds, {at_once}; {clock}; '
            f'{each["seconds"] / 60:.0f} minutes in all.')


def circumstances(document):
    yield f'On {machine()}, each contender pinned to one CPU, one thread.'
    yield ''
    for each in document['sessions']:
        yield from textwrap.wrap(session(each, len(document['sessions'])), 96,
                                 subsequent_indent='' if len(document['sessions']) == 1 else '  ')
    yield ''
    yield from table(
        ('torch', 'sgemm, GFLOP/s', 'convolution, GFLOP/s'),
        [(each['torch'], f'{each["sgemm"]:.0f}', f'{each["convolution"]:.0f}')
         for each in document['roofline']])


def summary(document):
    """Goals met and missed, by the title of what is aimed at"""
    kinds = (('whole runs', 'ratio', 'goal', 'met'),
             ('marginal cost', 'marginal', 'marginal_goal', 'marginal_met'),
             ('peak memory', 'memory', 'memory_goal', 'memory_met'))
    lines = []
    for build in dict.fromkeys(row['build'] for row in document['rows']):
        rows = [row for row in document['rows'] if row['build'] == build]
        for title, value, goal, met in kinds:
            judged = [row for row in rows if row[met] is not None]
            missed = sorted((row for row in judged if not row[met]),
                            key=lambda row: -row[value] / row[goal])
            worst = '; '.join(f'{row["network"]} {row["case"]} / {row["peer"]} '
                              f'{row[value]:.2f}' for row in missed[:4])
            lines.append((build, title, f'{len(judged) - len(missed)} of {len(judged)}',
                          worst or '–'))
    yield from table(('cnnviz on', 'goals for', 'met', 'farthest from it'), lines)


def startup(document):
    for each in document['startup']:
        yield f'cnnviz on {each["build"]}:'
        yield ''
        run, load = each['start']
        lines = [(f'`cnnviz {name}`', seconds(value),
                  f'≤ 30 ms {"met" if value <= goals.COMMAND_SECONDS else "**missed**"}')
                 for name, value in each['commands'].items()]
        lines.append(('a whole run of a tiny network, by loading libtorch',
                      f'{seconds(run)} / {seconds(load)}', beside_goal(run / load, goals.START)))
        yield from table(('', 'takes', ''), lines)
        yield ''
    ways = list(dict.fromkeys(way for found in document['opening'].values() for way in found))
    yield from table(['opening weights of'] + ways, [
        [network] + [seconds(found.get(way)) for way in ways]
        for network, found in document['opening'].items()])
    yield ''


def neighbors(document):
    if not document['neighbor']:
        return
    yield '### Two threads, and a busy process beside them'
    yield ''
    yield from table(
        ('cnnviz on', 'alone: 1 thread', '2 threads', 'ratio', 'beside: 1 thread', '2 threads',
         'ratio'),
        [(each['build'], *map(seconds, each['times']['alone']),
          number(quotient(each['times']['alone'])), *map(seconds, each['times']['beside']),
          beside_goal(quotient(each['times']['beside']), goals.NEIGHBOR))
         for each in document['neighbor']])
    yield ''


def quotient(times):
    """Two threads by one"""
    return times[1] / times[0]


def case_tables(document):
    for case in cases.CASES:
        rows = [row for row in document['rows'] if row['case'] == case.name]
        if not rows:
            continue
        yield f'#### {case.title}'
        yield ''
        yield from table(
            ('network', 'cnnviz on', 'against', 'ours', 'theirs', 'ratio', 'range', 'memory',
             'marginal: ours', 'theirs', 'ratio', 'of sgemm'),
            [(row['network'], row['build'].split(' (')[0], row['peer'], seconds(row['ours']),
              seconds(row['theirs']), beside_goal(row['ratio'], row['goal']),
              f'{row["lowest"]:.2f}–{row["highest"]:.2f} ({row["pairs"]})',
              beside_goal(row['memory'], row['memory_goal']), seconds(row['ours_marginal']),
              seconds(row['theirs_marginal']),
              beside_goal(row['marginal'], row['marginal_goal']),
              '–' if row['share'] is None else f'{row["share"]:.0%}') for row in rows])
        yield ''


def markdown(document):
    lines = [*circumstances(document), '', '### Goals', '', *summary(document), '',
             '### Before the first pass', '', *startup(document), *neighbors(document),
             '### Cases', '',
             *case_tables(document)]
    return '\n'.join(lines)


def insert(text, results):
    """The document with new results between the markers"""
    before, rest = text.split(BEGIN, 1)
    return before + BEGIN + '\n\n' + results.strip() + '\n\n' + END + rest.split(END, 1)[1]


def write(document, chosen):
    results = markdown(document)
    if chosen.no_report:
        print(results)
        return
    path = os.path.join(chosen.source, 'docs', 'performance.md')
    with open(path, encoding='utf-8') as stream:
        text = insert(stream.read(), results)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)
    with open(os.path.join(chosen.source, 'docs', 'performance.json'), 'w',
              encoding='utf-8') as stream:
        json.dump(document, stream, indent=1)
        stream.write('\n')
