"""A plugin that aborts, exits, hangs or prints when it is looked at is named, and does no
harm: neither to commands that only list plugins nor to runs of others."""
import json
import os
import random
import shutil
import subprocess

from scratch import Scratch, build, is_running, program

scratch = Scratch()
NOTES = scratch.path("hostile")
FOLDER = scratch.path("bad")
scratch.environment.update(HOSTILE_NOTES=NOTES, CNNVIZ_PLUGIN_PATH=FOLDER,
                           XDG_CACHE_HOME=scratch.path("cache"))
CACHE = scratch.path("cache", "cnnviz", "plugins.json")
# A plugin that calls exit() leaves all that the host has.
scratch.environment["ASAN_OPTIONS"] = ":".join(filter(None, [
    scratch.environment.get("ASAN_OPTIONS"), "detect_leaks=0"]))

HOSTILE = os.path.join(build, "tests", "run", ".libs", "hostile.so")
FATAL = {
    "load_abort": "crashed: Aborted",
    "load_exit": "exited with code 0",
    "load_hang": "did not return within 5 seconds",
    "load_close": "exited with code",
    "entry_abort": "crashed: Aborted",
    "entry_exit": "exited with code 0",
}
PRINTING = ["load_print", "entry_print", "create_print", "destroy_print"]


def put(name):
    shutil.copy(HOSTILE, os.path.join(FOLDER, name + ".so"))


def loads():
    """Who has been loaded, and in which process."""
    with open(NOTES) as file:
        return [(line.split()[0], int(line.split()[1])) for line in file]


def cnnviz(*arguments):
    done = subprocess.run([program] + list(arguments), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def told(said, name):
    """The lines of standard error that name a file."""
    return [line for line in said.splitlines() if os.path.join(FOLDER, name + ".so") in line]


os.mkdir(FOLDER)
for name in list(FATAL) + PRINTING:
    put(name)

# Lists

code, listed, said = cnnviz("techniques", "--json")
found = json.loads(listed)
refused = {os.path.basename(item["path"])[:-3]: item["reason"] for item in found["refused"]}
scratch.check("techniques lists all others", code == 0 and set(PRINTING) <= {
    item["name"] for item in found["techniques"]} and "saliency" in listed, listed, said)
for name, end in FATAL.items():
    scratch.check("%s: one sentence names the file, its fault and the way out" % name,
                  end in refused.get(name, "") and len(told(said, name)) == 1
                  and refused[name] in told(said, name)[0] and "remove the file" in said, said)
scratch.check("only these are refused", set(refused) == set(FATAL), refused)
scratch.check("what plugins print is not in the list", "printed" not in listed, listed)
scratch.check("no process of the plugin that hangs remains",
              not any(is_running(process) for name, process in loads()
                      if name == "load_hang"), loads())

# The second time nothing is loaded.
before = loads()
again = cnnviz("techniques", "--json")
described = cnnviz("describe", "entry_print")
scratch.check("what is known of files that stay the same is not found out again",
              again == (code, listed, said) and loads() == before, again, loads())
scratch.check("describe tells of the bad files too, and of the one in question",
              described[0] == 0 and described[1].startswith("entry_print 1.0: maps of zeros")
              and all(len(told(described[2], name)) == 1 for name in FATAL), described)
code, printed, said = cnnviz("describe", "load_abort")
scratch.check("describe of a bad plugin fails with its sentence",
              code == 2 and len(told(said, "load_abort")) == 1
              and refused["load_abort"] in said and printed == "", printed, said)

# Runs

scratch.write_ini("[vanilla_bp]\n[load_print]\n[entry_print]\n[create_print]\n[destroy_print]\n")
code, printed, said = cnnviz("run", "run.ini")
new = {name for name, _ in loads()[len(before):]}
scratch.check("a run goes on, and tells of the bad files",
              code == 0 and all(len(told(said, name)) == 1 for name in FATAL), said)
scratch.check("only plugins that a job uses are loaded", new == set(PRINTING), new)
scratch.check("what plugins print goes to standard error, with a warning for each",
              printed == "" and said.count("printed by a plugin\n") == len(PRINTING)
              and all(any("printed on standard output" in line for line in told(said, name))
                      for name in PRINTING), printed, said)
for command in ("check", "run"):
    scratch.write_ini("[vanilla_bp]\n[load_hang]\n")
    code, printed, said = cnnviz(command, "run.ini")
    scratch.check("%s: a job that needs a bad plugin is a fault of the file" % command,
                  code == 2 and len(told(said, "load_hang")) == 1
                  and "[load_hang]" in told(said, "load_hang")[0]
                  and FATAL["load_hang"] in said and "remove the file" in said, said)

# The memory of what is known

os.remove(os.path.join(FOLDER, "load_hang.so"))
put("load_abort")
put("mended")
shutil.move(os.path.join(FOLDER, "mended.so"), os.path.join(FOLDER, "entry_exit.so"))
with open(CACHE) as file:
    good = file.read()
before = loads()
expected = cnnviz("techniques", "--json")
scratch.check("a file that has changed is looked at again, others are not",
              {name for name, _ in loads()[len(before):]} == {"load_abort", "entry_exit"},
              loads()[len(before):])
whole = json.load(open(CACHE))
for file in whole["files"].values():
    file["answer"] = {"techniques": [{"name": "saliency", "parameters": [7, None]}]}
for what, text in (("empty", ""), ("cut short", good[:len(good) // 2]), ("a list", "[1]"),
                   ("of another version", good.replace('"version":"', '"version":"0')),
                   ("nonsense", json.dumps(whole)), ("a folder", None)):
    os.remove(CACHE)
    if text is None:
        os.mkdir(CACHE)
    else:
        with open(CACHE, "w") as file:
            file.write(text)
    scratch.check("a memory that is %s does no harm" % what,
                  cnnviz("techniques", "--json") == expected)
scratch.environment["XDG_CACHE_HOME"] = os.path.join(HOSTILE, "cache")
scratch.check("nor one that cannot be written", cnnviz("techniques", "--json") == expected)

# An INI file that names code

shutil.copytree(FOLDER, scratch.path("theirs"))
scratch.write_ini("[vanilla_bp]\n", more="plugin_path = theirs\n")
del scratch.environment["CNNVIZ_PLUGIN_PATH"]
before = loads()
code, printed, said = cnnviz("check", "--no-plugins-from-ini", "run.ini")
scratch.check("check --no-plugins-from-ini opens no plugin that the file names",
              code == 0 and loads() == before and "theirs" not in said, code, said)
code, printed, said = cnnviz("check", "run.ini")
scratch.check("without it they are opened", "theirs" in said and loads() != before, said)
del scratch.environment["CNNVIZ_ENGINE"]
scratch.write_ini("[vanilla_bp]\n", more="engine = theirs/load_print.so\n")
code, printed, said = cnnviz("check", "--no-plugins-from-ini", "run.ini")
scratch.check("nor an engine, which is refused",
              code == 2 and "[run] engine: " in said and "--no-plugins-from-ini" in said, said)
scratch.environment["CNNVIZ_PLUGIN_PATH"] = FOLDER

# Damaged files

shutil.rmtree(FOLDER)
os.mkdir(FOLDER)
with open(os.path.join(build, "plugins", ".libs", "vanilla_bp.so"), "rb") as file:
    whole = file.read()
generator = random.Random(5)
for number in range(60):
    damaged = bytearray(whole)
    # One bit, of every second file near the beginning, where the linker's tables are
    place = generator.randrange(len(whole) if number % 2 else 2500)
    damaged[place] ^= 1 << generator.randrange(8)
    with open(os.path.join(FOLDER, "bits%02d.so" % number), "wb") as file:
        file.write(damaged)
code, listed, said = cnnviz("techniques", "--json")
paths = ([item["path"] for item in json.loads(listed)["techniques"]]
         + [item["path"] for item in json.loads(listed)["refused"]]) if code == 0 else []
scratch.check("of files with a wrong bit, each is listed or refused",
              {path for path in paths if path.startswith(FOLDER)} == {
                  os.path.join(FOLDER, name) for name in os.listdir(FOLDER)}, code, said)
scratch.finish()
