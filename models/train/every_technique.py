#!/usr/bin/env python3
"""Write an INI file that evaluates every attribution technique that there is, by every measure.

    every_technique.py CNNVIZ ANNOTATIONS SCENES FOLDER
The jobs take the defaults, but a tenth of the samples, masks, steps and the like, since a technique
is run several times for each map. Those that do not work for the network are left out, and it is
said why. The first SCENES of the annotated pictures are listed beside the others.
"""
import json
import os
import re
import subprocess
import sys

SETTINGS = """[run]
output = {folder}/runs
[model]
architecture = scenes
weights = embedded
[evaluation]
annotations = {annotations}
measures = all
curve_steps = 8
fidelity_samples = 50
sensitivity_samples = 3
"""
# Parameters that say how much is done
EFFORTS = {"designs", "iterations", "masks", "orders", "rounds", "samples", "steps"}


def ask(program, *arguments):
    return json.loads(subprocess.run([program, *arguments, "--json"], check=True,
                                     stdout=subprocess.PIPE).stdout)


def section(program, name):
    """A job with a tenth of the effort"""
    lines = [f"[{name}]"]
    for parameter in ask(program, "describe", name)["parameters"]:
        if parameter["name"] in EFFORTS and parameter["default"]:
            least = max(2, int(parameter["minimum"] or 0))
            lines.append(f"{parameter['name']} = "
                         f"{max(least, int(float(parameter['default']) / 10))}")
    return "\n".join(lines) + "\n"


def write(path, settings, jobs):
    with open(path, "w", encoding="utf-8") as file:
        file.write(settings + "".join(jobs.values()))


def list_scenes(annotations, count):
    """A file with the first scenes; returns its path"""
    with open(annotations, encoding="utf-8") as file:
        scenes = json.load(file)
    scenes["pictures"] = scenes["pictures"][:count]
    path = os.path.join(os.path.dirname(annotations), "first.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(scenes, file)
    return path


def main():
    program, annotations, count, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "every.ini")
    settings = SETTINGS.format(folder=os.path.abspath(folder), annotations=os.path.abspath(
        list_scenes(annotations, int(count))))
    found = ask(program, "techniques")["techniques"]
    jobs = {each["name"]: section(program, each["name"])
            for each in found if each["kind"] == "attribution"}
    write(path, settings, jobs)
    problems = subprocess.run([program, "check", path], stderr=subprocess.PIPE,
                              text=True).stderr
    for line in problems.splitlines():
        name = re.search(r": \[(\w+)\]", line)
        if name is None or jobs.pop(name.group(1), None) is None:
            sys.exit(line)
        print("left out:", line[name.start() + 2:], file=sys.stderr)
    write(path, settings, jobs)
    print(path)


main()
