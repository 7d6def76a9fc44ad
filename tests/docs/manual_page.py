"""What cnnviz-network(5) has that a program can use: its listings, operations and
diagnostics. For the scripts beside it."""
import os
import re

PAGE = os.path.join(os.environ['top_srcdir'], 'docs', 'cnnviz-network.5')


def read_lines():
    with open(PAGE, encoding='utf-8') as stream:
        return stream.read().splitlines()


def listings():
    """Text of each listing, by what the comment in front of it says: 'file: lenet.ini'"""
    found = {}
    label = lines = None
    for line in read_lines():
        if line.startswith('.\\" '):
            label = line[4:]
        elif line.startswith('.Bd -literal'):
            lines = []
        elif line == '.Ed':
            if label is not None:
                found[label] = '\n'.join(lines) + '\n'
            label = lines = None
        elif lines is not None:
            lines.append(line.replace('\\e', '\\'))
    return found


def write_files(folder):
    """Every file that the page shows, into a folder; their names"""
    names = []
    for label, text in listings().items():
        kind, name = label.split(': ')
        if kind == 'file':
            names.append(name)
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as stream:
                stream.write(text)
    return names


def commands(name):
    """The commands of a listing, a shell script"""
    lines = listings()['commands: ' + name].splitlines()
    assert all(line.startswith('$ ') for line in lines)
    return '\n'.join(line[2:] for line in lines)


def part(heading):
    """Lines from one .Sh to the next"""
    lines = read_lines()
    start = lines.index('.Sh ' + heading)
    end = next(i for i in range(start + 1, len(lines)) if lines[i].startswith('.Sh '))
    return lines[start:end]


def network_keys():
    """Keys of the section [network]"""
    lines = part('DESCRIPTION')
    section = lines[lines.index('.Ss The section network'):
                    lines.index('.Ss The section layers')]
    heads = [line[len('.It Cm '):] for line in section if line.startswith('.It Cm ')]
    return sorted(key for head in heads for key in head.split(' , '))


def operations():
    """{operation: {setting: default, or None where it must be given}}"""
    found = {}
    operation = None
    for line in part('OPERATIONS'):
        head = re.fullmatch(r'\.It (?:Xo )?Cm (\w+)', line)
        setting = re.fullmatch(r'\.(Op )?Cm (\w+) Ns = Ns (?:Cm|Ar) (\S+)', line)
        if head:
            operation = head.group(1)
            found[operation] = {}
        elif setting:
            optional, name, value = setting.groups()
            found[operation][name] = value if optional else None
    return found


def rules():
    """{operation: right side of H' = ..., as Python}"""
    found = {}
    operation = None
    for line in part('OPERATIONS'):
        head = re.fullmatch(r'\.It (?:Xo )?Cm (\w+)', line)
        if head:
            operation = head.group(1)
        elif line.startswith(".Dl H' = "):
            found[operation] = line[len(".Dl H' = "):].replace('\\-', '-')
    return found


def diagnostics():
    """The messages that the page explains"""
    lines = part('COMMON MISTAKES')
    return [line[len('.It Li '):].replace('\\(dq', '"') for line in lines
            if line.startswith('.It Li ')]
