"""The command line of `make bench BENCH="..."`"""
import argparse
import os
import time

from . import cases


def names(text):
    return text.split(',')


def parse():
    parser = argparse.ArgumentParser(prog='make bench BENCH="..."', description=(
        'Time cnnviz and PyTorch side by side; write docs/performance.md and .json.'))
    parser.add_argument('--cases', type=names, metavar='NAME,...', help='of ' + ', '.join(
        case.name for case in cases.CASES))
    parser.add_argument('--networks', type=names, metavar='NAME,...', help='of ' + ', '.join(
        network.name for network in cases.NETWORKS))
    parser.add_argument('--peers', type=names, metavar='STYLE,...',
                        help='of collection, lean, package, bare')
    parser.add_argument('--pairs', type=int, default=5, help='rounds (default 5)')
    parser.add_argument('--minutes', type=float,
                        help='leave out what would take longer; rounds are then incomplete')
    parser.add_argument('--cpus', type=lambda text: [int(cpu) for cpu in names(text)],
                        default=[max(os.sched_getaffinity(0))], metavar='CPU,...',
                        help='one measurement on each at a time (default: the last CPU)')
    parser.add_argument('--clock', choices=('wall', 'cpu'), default='wall',
                        help='time that passes, or that of the CPU, for a loaded machine')
    parser.add_argument('--all-margins', action='store_true',
                        help='marginal costs of all peers, not only of the best PyTorch')
    parser.add_argument('--neighbor', action='store_true',
                        help='also two threads beside a busy process, on two CPUs; by the time '
                        'that passes, so nothing else should run')
    parser.add_argument('--no-guard', action='store_true',
                        help='do not compare results first')
    parser.add_argument('--build', action='append', default=[], metavar='FOLDER',
                        help='a further build tree, as one with --with-libtorch')
    parser.add_argument('--add', action='store_true',
                        help='keep what docs/performance.json has and this does not measure')
    parser.add_argument('--no-report', action='store_true', help='print, and write no file')
    return complete(parser, parser.parse_args())


def complete(parser, options):
    try:
        options.cases = cases.find(cases.CASES, options.cases)
        options.networks = cases.find(cases.NETWORKS, options.networks)
    except ValueError as error:
        parser.error(str(error))
    options.two_cpus = sorted(os.sched_getaffinity(0))[:2]
    if options.neighbor and len(options.two_cpus) < 2:
        parser.error('--neighbor needs two CPUs')
    options.source = os.environ.get('top_srcdir', '.')
    options.builds = [os.environ.get('top_builddir', '.')] + options.build
    bench = os.path.join(options.builds[0], 'tests', 'bench')
    options.material = os.path.abspath(os.path.join(bench, 'material'))
    options.scratch = os.path.abspath(os.path.join(bench, 'scratch'))
    oracle = os.environ.get('PYTHON_ORACLE') or 'python3'
    other = os.environ.get('BENCH_PYTHON')
    options.pythons = [oracle] + ([other] if other else [])
    options.deadline = time.monotonic() + 60 * options.minutes if options.minutes else None
    return options
