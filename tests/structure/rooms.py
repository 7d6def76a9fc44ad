"""Folders use each other in one direction: by what files include, and by what the built
objects take from each other. Within a folder, files that need each other stay few."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Each may use those that stand below it; those on one line do not use each other.
ORDER = [
    ["cli"],
    ["library"],
    ["conform", "evaluate"],
    ["run"],
    ["host"],
    ["output"],
    ["plan"],
    ["rules", "optimize"],
    ["engine"],
    ["plugin"],
    ["graph"],
    ["weights"],
    ["image", "config"],
    ["base"],
]
LEVELS = {name: level for level, names in enumerate(ORDER) for name in names}
# Beside them: the library for tests of techniques is linked from these parts alone.
BESIDE = {"testing": ["base/", "graph/", "rules/", "engine/", "host/random", "optimize/adjoint"], "kit": []}
MOST_IN_A_CYCLE = 4
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def source_files(root):
    """Files of core/, relative to it"""
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith((".c", ".h", ".cc")):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def stem(path):
    return os.path.splitext(path)[0]


def room(path):
    return path.split("/")[0]


def include_edges(root):
    """(file, file) for each inclusion of a file of core/ by another"""
    files = set(source_files(root))
    edges = []
    for path in files:
        for name in INCLUDE.findall(read(os.path.join(root, path))):
            if name in files:
                edges.append((path, name))
    return edges


def object_of(builddir, path):
    """The object that the program is linked from, or None"""
    folder, name = os.path.split(stem(path))
    for target in ("libhost_la-", "cnnviz-"):
        script = os.path.join(builddir, "core", folder, target + name)
        if os.path.exists(script + ".lo"):
            match = re.search(r"^(?:non_)?pic_object='(?!none)([^']+)'",
                              read(script + ".lo"), re.MULTILINE)
            return os.path.join(builddir, "core", folder, match.group(1))
        if os.path.exists(script + ".o"):
            return script + ".o"
    return None


def symbols(nm, path):
    """Names that an object defines for others, and names that it takes from elsewhere"""
    listing = subprocess.run([nm, "-g", "-P", path], check=True, capture_output=True,
                             text=True).stdout
    defined, taken = set(), set()
    for line in listing.splitlines():
        name, kind = line.split()[:2]
        (taken if kind in "Uwv" else defined).add(name)
    return defined, taken


def symbol_edges(nm, root, builddir, problems):
    """(file, file) for each object that takes a symbol of another"""
    owner, wanted = {}, {}
    for path in source_files(root):
        if path.endswith(".h") or room(path) in BESIDE or path.startswith(
                ("engine/reference/", "engine/torch/")):
            continue
        item = object_of(builddir, path)
        if item is None:
            problems.append(f"core/{path}: no object of it was built")
            continue
        defined, wanted[path] = symbols(nm, item)
        owner.update((name, path) for name in defined)
    return [(path, owner[name]) for path, names in wanted.items() for name in names
            if name in owner and owner[name] != path]


def order_problems(edges, how):
    found = set()
    for source, target in edges:
        upper, lower = room(source), room(target)
        if upper == lower:
            continue
        if upper in BESIDE:
            good = target.startswith(tuple(BESIDE[upper]))
        else:
            good = lower in LEVELS and upper in LEVELS and LEVELS[upper] < LEVELS[lower]
        if not good:
            found.add(f"core/{source} {how} core/{target}, but {upper} may not use "
                      f"{lower}")
    return sorted(found)


def components(edges):
    """Strongly connected components of more than one node (Tarjan 1972)"""
    following = {}
    for source, target in edges:
        following.setdefault(source, set()).add(target)
        following.setdefault(target, set())
    index, lowest, stack, result = {}, {}, [], []

    def visit(node):
        index[node] = lowest[node] = len(index)
        stack.append(node)
        for other in sorted(following[node]):
            if other not in index:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], index[other])
        if lowest[node] == index[node]:
            members = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(members) > 1:
                result.append(sorted(members))

    for node in sorted(following):
        if node not in index:
            visit(node)
    return result


def cycle_problems(edges):
    """Cycles of folders, and large ones of files; a header and its source are one file"""
    folders = {(room(a), room(b)) for a, b in edges if room(a) != room(b)}
    files = {(stem(a), stem(b)) for a, b in edges
             if room(a) == room(b) and stem(a) != stem(b)}
    found = ["folders use each other: " + ", ".join(members)
             for members in components(folders)]
    for members in components(files):
        if len(members) > MOST_IN_A_CYCLE:
            found.append(f"{len(members)} files use each other, more than "
                         f"{MOST_IN_A_CYCLE}: " + ", ".join(members))
    return found


def plugin_problems(root):
    """Techniques see the public headers and what they share, nothing of the program."""
    found = []
    for path in source_files(root):
        for name in INCLUDE.findall(read(os.path.join(root, path))):
            if not name.startswith("common/"):
                found.append(f"plugins/{path} includes {name}, which is not public")
    return found


def self_test():
    """Made-up trees: a sound one, and one for each fault."""
    sound = {
        "cli/main.c": '#include "run/run.h"\n',
        "run/run.c": '#include "run/run.h"\n#include "base/text.h"\n',
        "run/run.h": "#include <stdio.h>\n",
        "base/text.h": "",
        "testing/host.c": '#include "base/text.h"\n',
    }
    names = [f"run/file-{i}" for i in range(MOST_IN_A_CYCLE + 1)]
    ring = {f"{name}.c": f'#include "{other}.h"\n'
            for name, other in zip(names, names[1:] + names[:1])}
    ring.update({f"{name}.h": "" for name in names})
    faults = [
        ({"base/text.h": '#include "run/run.h"\n'}, "core/base/text.h includes"),
        ({"base/text.h": '#include "run/run.h"\n'}, "folders use each other: base, run"),
        ({"evaluate/a.c": '#include "conform/a.h"\n', "conform/a.h": ""}, "evaluate/a.c"),
        ({"testing/host.c": '#include "run/run.h"\n'}, "core/testing/host.c includes"),
        ({"run/run.c": '#include "testing/a.h"\n', "testing/a.h": ""}, "core/run/run.c"),
        ({"attic/a.c": '#include "base/text.h"\n'}, "core/attic/a.c"),
        (ring, f"{len(names)} files use each other"),
    ]
    for change, expected in [({}, None)] + faults:
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**sound, **change}.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as stream:
                    stream.write(text)
            edges = include_edges(root)
            found = order_problems(edges, "includes") + cycle_problems(edges)
        if expected is None:
            assert not found, found
        else:
            assert any(expected in problem for problem in found), (expected, found)


def main():
    srcdir = os.environ.get("top_srcdir", ".")
    builddir = os.environ.get("top_builddir", ".")
    root = os.path.join(srcdir, "core")
    self_test()
    edges = include_edges(root)
    problems = order_problems(edges, "includes") + plugin_problems(
        os.path.join(srcdir, "plugins"))
    nm = shutil.which(os.environ.get("NM", "nm"))
    if nm is not None:
        taken = symbol_edges(nm, root, builddir, problems)
        problems += order_problems(taken, "takes a symbol of")
        edges += taken
        print(f"{len(set(edges))} uses of one file by another, symbols included")
    problems += cycle_problems(edges)
    for problem in problems:
        print("FAIL", problem)
    if problems:
        return 1
    if nm is None:
        print("SKIP symbols of objects: there is no nm; the includes are right")
        return 77
    return 0


sys.exit(main())
