"""What a reader may rely on: each folder says what it is for, each file names itself
rightly, functions can be seen whole, and a technique is short."""
import os
import re
import statistics
import sys

srcdir = os.environ.get("top_srcdir", ".")

# Longer functions are there already; no new ones.
LONG = 50
MOST_LONG_FUNCTIONS = 1
MOST_README_LINES = 10
# Lines of a technique's file
FEWER_LINES = {"deep_dream.c": 450, "filter_vis.c": 450}
FEWER_LINES_IN_THE_MIDDLE = 180

# Written by make, in the source tree where that is the build tree too
MADE = ("gallery_parts.h", "completion_scripts.h")

problems = []


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def source_files(folder):
    root = os.path.join(srcdir, folder)
    for place, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith((".c", ".h", ".cc")) and name not in MADE:
                yield path, os.path.relpath(path, root)


def check_heads():
    """Each file begins with its path below core/, plugins/ or include/."""
    for folder in ("core", "plugins", "include"):
        for path, name in source_files(folder):
            if name.startswith("kit/templates/"):
                continue  # they get their names with a project
            head = re.match(r"/\*\*\n \* \\file    (\S+)\n \* \\brief   \S", read(path))
            if head is None:
                problems.append(f"{folder}/{name} does not begin with \\file and \\brief")
            elif head.group(1) != name:
                problems.append(f"{folder}/{name} calls itself {head.group(1)}")


def check_readmes():
    """Each folder tells in a few lines what it is for and where to begin."""
    core = os.path.join(srcdir, "core")
    folders = ["conf", "plugins", "tests"] + sorted(
        "core/" + name for name in os.listdir(core)
        if os.path.isdir(os.path.join(core, name)) and not name.startswith("."))
    for folder in folders:
        path = os.path.join(srcdir, folder, "README.md")
        if not os.path.exists(path):
            problems.append(f"{folder} has no README.md")
        elif len(read(path).splitlines()) > MOST_README_LINES:
            problems.append(f"{folder}/README.md has more than {MOST_README_LINES} lines")


def functions(text):
    """(name, lines from the opening brace to the closing one) of formatted source"""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            before = " ".join(lines[max(0, start - 6):start])
            name = re.findall(r"(\w+)\(", before.rsplit("}", 1)[-1].rsplit(";", 1)[-1])
            yield (name[0] if name else "?"), number - start + 1
            start = None


def check_functions():
    count, found = 0, []
    for path, name in source_files("core"):
        for function, lines in functions(read(path)):
            count += 1
            if lines > LONG:
                found.append(f"core/{name}: {function}() has {lines} lines")
    print(f"{len(found)} of {count} functions of core have more than {LONG} lines")
    for sentence in found:
        print("    " + sentence)
    if len(found) > MOST_LONG_FUNCTIONS:
        problems.append(f"at most {MOST_LONG_FUNCTIONS} functions may be that long")


def check_techniques():
    lengths = {name: len(read(path).splitlines()) for path, name in
               source_files("plugins") if "/" not in name}
    median = statistics.median(lengths.values())
    for name, lines in sorted(lengths.items(), key=lambda item: -item[1]):
        print(f"{lines:5} plugins/{name}")
    print(f"{median:5} in the middle")
    for name, limit in FEWER_LINES.items():
        if lengths[name] >= limit:
            problems.append(f"plugins/{name} has {lengths[name]} lines, not below {limit}")
    if median >= FEWER_LINES_IN_THE_MIDDLE:
        problems.append(f"the median technique has {median} lines, not below "
                        f"{FEWER_LINES_IN_THE_MIDDLE}")


check_heads()
check_readmes()
check_functions()
check_techniques()
for problem in problems:
    print("FAIL", problem)
sys.exit(1 if problems else 0)
