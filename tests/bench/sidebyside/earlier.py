"""What was measured before: all cases with all networks take longer than one evening."""
import json
import os

from . import cases


def key(row):
    return row['network'], row['case'], row['build'], row['peer']


def order(row):
    """That of the tables of cases"""
    return ([network.name for network in cases.NETWORKS].index(row['network']),
            [case.name for case in cases.CASES].index(row['case']))


def by_build(entries, old):
    new = {each['build'] for each in entries}
    return entries + [each for each in old if each['build'] not in new]


def combined(document, source):
    """The document, with what docs/performance.json has and it has not"""
    path = os.path.join(source, 'docs', 'performance.json')
    with open(path, encoding='utf-8') as stream:
        old = json.load(stream)
    measured = {key(row) for row in document['rows']}
    rows = document['rows'] + [row for row in old['rows'] if key(row) not in measured]
    compared = {(each['network'], each['case'], each['who']) for each in document['guard']}
    return {
        'sessions': old['sessions'] + document['sessions'],
        'guard': document['guard'] + [
            each for each in old['guard']
            if (each['network'], each['case'], each['who']) not in compared],
        'roofline': document['roofline'],
        'startup': by_build(document['startup'], old['startup']),
        'opening': {**old['opening'], **document['opening']},
        'neighbor': by_build(document['neighbor'], old.get('neighbor', [])),
        'rows': sorted(rows, key=order),
    }
