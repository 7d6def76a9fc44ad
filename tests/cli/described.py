"""`describe --json` tells an editor all that `check` goes by: every section and technique,
every key with type, default, range and choices, and these are the ones that hold.

Only Python's own library: this runs wherever the host builds.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.environ.get("CNNVIZ", os.path.join(build, "cnnviz"))
folder = tempfile.TemporaryDirectory(prefix="cnnviz-described-")
checks = 0
failures = 0

TYPES = {"bool", "int", "float", "string", "enum", "layer", "class", "job", "path", "color",
         "channel", "pictures", "network"}
FIELDS = {"name": str, "type": str, "required": bool, "list": bool, "all": bool,
          "unique": bool, "layer": (str, type(None)), "default": (str, type(None)),
          "minimum": (int, float, type(None)), "maximum": (int, float, type(None)),
          "choices": list, "unit": (str, type(None)), "summary": str, "common": bool}


def check(fact, holds, *details):
    global checks, failures
    checks += 1
    if not holds:
        failures += 1
        print("FAIL:", fact, *details)


def prepare():
    for name in ("spot.png", "tiny.ini", "tiny.labels"):
        shutil.copy(os.path.join(source, "tests", "data", name), folder.name)
    plugins = os.path.join(folder.name, "plugins")
    os.mkdir(plugins)
    os.symlink(os.path.join(build, "tests", "cli", ".libs", "every_type.so"),
               os.path.join(plugins, "every_type.so"))
    with open(os.path.join(folder.name, "case.ini"), "w") as file:
        file.write("[run]\nisolate = yes\noutput_format = jpeg\n[model]\narchitecture = tiny.ini\n"
                   "weights = random\n[input]\nimages = spot.png\n"
                   "[every_type]\nsteps = 3\n[vanilla_bp]\n")
    for name in ("CNNVIZ_ENGINE", "CNNVIZ_MODEL_PATH"):
        os.environ.pop(name, None)
    os.environ["CNNVIZ_PLUGIN_PATH"] = plugins


def run(*words):
    done = subprocess.run([program, *words], cwd=folder.name, capture_output=True,
                          text=True, timeout=600)
    return done.returncode, done.stdout


def answer(*words):
    code, text = run(*words, "--json")
    check("%s exits with 0" % " ".join(words), code == 0, code)
    return json.loads(text)


def problems(assignment, section, key):
    """What `check` says of one key when it is set so."""
    words = ["-s", assignment]
    if assignment.endswith(".objective=similarity"):
        words += ["-s", section + ".reference=spot.png"]
    found = json.loads(run("check", "case.ini", "--json", *words)[1])["problems"]
    return [problem["text"] for problem in found
            if problem["section"] == section and problem["key"] == key]


def check_form(subject, parameter):
    where = "%s %s" % (subject["name"], parameter["name"])
    for field, kind in FIELDS.items():
        check("%s has %s" % (where, field), isinstance(parameter.get(field, ...), kind))
    check("%s has a known type" % where, parameter["type"] in TYPES, parameter["type"])
    check("%s has a summary" % where, parameter["summary"].strip() != "")
    check("%s has choices if it is an enum" % where,
          bool(parameter["choices"]) == (parameter["type"] == "enum"))
    low, high = parameter["minimum"], parameter["maximum"]
    check("%s names an existing parameter" % where,
          parameter["layer"] in [None] + [item["name"] for item in subject["parameters"]])
    check("%s has both ends of a range or none" % where, (low is None) == (high is None))
    check("%s has an ascending range" % where, low is None or low <= high)


def check_text(subject):
    """The same keys and types as the description for people."""
    blocks = [block for block in run("describe", subject["name"])[1].split("\n\n")
              if re.match("Parameters|Keys|Limits", block)]
    told = dict(re.findall(r"^  ([\w.]+): (?:list of )?(\w+)", "\n".join(blocks), re.M))
    check("%s has the keys that are described" % subject["name"],
          told == {item["name"]: item["type"] for item in subject["parameters"]}, told)


def digits(parameter, number):
    return str(int(number)) if parameter["type"] == "int" else repr(number)


def check_manual(parameters):
    """cnnviz(1) explains every field and type."""
    with open(os.path.join(source, "docs", "cnnviz.1")) as file:
        manual = file.read().split(".Sh DESCRIPTIONS IN JSON\n")[1].split(".Sh ")[0]
    for field in {field for parameter in parameters for field in parameter}:
        check("cnnviz(1) explains the field %s" % field,
              re.search(r"^\.It Li (\w+ , )*%s\b" % field, manual, re.M))
    for kind in {parameter["type"] for parameter in parameters}:
        check("cnnviz(1) names the type %s" % kind,
              re.search(r"^\.Li %s\b" % kind, manual, re.M))


def check_behavior(section, parameter):
    """`check` accepts and refuses what the description says."""
    key = parameter["name"]
    where = "%s.%s" % (section, key)
    accepted = list(parameter["choices"])
    refused = []
    if where == "model.channels":
        # The network takes colors.
        refused += ["gray", "RGBA", "BGRA"]
        accepted = ["RGB", "BGR"]
    if where == "model.task":
        # Descriptions say what they are themselves.
        accepted.remove("detect")
    if parameter["default"] is not None:
        accepted.append(parameter["default"])
    if parameter["minimum"] is not None:
        low, high = parameter["minimum"], parameter["maximum"]
        accepted += [digits(parameter, low), digits(parameter, high)]
        refused += [digits(parameter, low - 1), digits(parameter, high * 2 + 1)]
    if parameter["type"] in ("bool", "enum", "int", "float", "color"):
        refused.append("nonsense")
    for value in accepted:
        faults = problems("%s=%s" % (where, value), section, key)
        check("%s may be %s" % (where, value), not faults, faults)
    for value in refused:
        check("%s may not be %s" % (where, value),
              problems("%s=%s" % (where, value), section, key))


prepare()
everything = answer("describe")
sections, techniques = everything["sections"], everything["techniques"]
check("the sections that are not jobs are described",
      [item["name"] for item in sections] == ["run", "model", "input", "evaluation"])
listed = answer("techniques")["techniques"]
check("every technique is described, as `techniques` lists it",
      [{key: item[key] for key in listed[0]} for item in techniques] == listed)
check("a job's section may name its technique",
      [item["name"] for item in everything["job_parameters"]] == ["technique"])
# A sanitized program starts slowly, and says what any other says.
some = slice(None, None, 4 if "UNDER_SANITIZERS" in os.environ else 1)
for subject in sections + techniques[some]:
    check("%s is described as by itself" % subject["name"],
          subject == answer("describe", subject["name"]))
    for parameter in subject["parameters"]:
        check_form(subject, parameter)
    check_text(subject)
for parameter in everything["job_parameters"]:
    check_form({"name": "job", "parameters": []}, parameter)
check_manual([parameter for subject in sections + techniques
              for parameter in subject["parameters"]])

for subject in sections + [item for item in techniques
                           if item["name"] in ("every_type", "vanilla_bp")]:
    for parameter in subject["parameters"][some]:
        check_behavior(subject["name"], parameter)
check("the named technique is used",
      json.loads(run("check", "case.ini", "--json", "-s", "other.technique=saliency")[1])
      == {"ok": True, "problems": []})

print(checks, "checks,", failures, "failures")
folder.cleanup()
sys.exit(0 if checks > 100 and failures == 0 else 1)
