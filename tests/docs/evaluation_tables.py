"""What remakes the tables of docs/EVALUATION.md works: the INI file has every technique that the
network can do, and tables get into the document in place of those that are there."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, program, source  # noqa: E402

TRAIN = os.path.join(source, "models", "train")
scratch = Scratch()


def script(name, *arguments):
    done = subprocess.run([sys.executable, os.path.join(TRAIN, name), *arguments],
                          cwd=scratch.folder, env=scratch.environment, capture_output=True,
                          text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


# Every technique

shutil.copytree(os.path.join(source, "conf", "pictures", "scenes"), scratch.path("scenes"))
code, out, said = script("every_technique.py", program, "scenes/annotations.json", "2", "every")
scratch.check("the file is written", code == 0 and out == "every/every.ini\n", code, out, said)
jobs = {line.strip("[]\n") for line in open(scratch.path("every", "every.ini"))
        if line.startswith("[")}
left_out = {line.partition("[")[2].partition("]")[0] for line in said.splitlines()}
listed = json.loads(subprocess.run([program, "techniques", "--json"], env=scratch.environment,
                                   capture_output=True, check=True).stdout)["techniques"]
every = {each["name"] for each in listed if each["kind"] == "attribution"}
scratch.check("it has each technique, or says why not", jobs - {"run", "model", "evaluation"}
              == every - left_out and "grad_cam" in jobs and "attention_map" in left_out,
              jobs ^ every, left_out)
checked = subprocess.run([program, "check", "every/every.ini"], cwd=scratch.folder,
                         env=scratch.environment, capture_output=True, text=True)
scratch.check("it is sound", checked.returncode == 0, checked.stderr)
scratch.check("it has as many scenes as were asked for",
              len(json.loads(read(scratch.path("scenes", "first.json")))["pictures"]) == 2)

# Tables

document = scratch.path("document.md")
shutil.copy(os.path.join(source, "docs", "EVALUATION.md"), document)
before = read(document)
with open(scratch.path("new.txt"), "w") as file:
    file.write("scenes on 1 picture\n\nRank correlation of one\n")
code, out, said = script("tables.py", document, "held_out", "new.txt", "every", "new.txt")
after = read(document)
scratch.check("tables go where they belong", code == 0
              and "<!-- held_out -->\n```\nscenes on 1 picture\n```\n" in after
              and "<!-- held_out: Rank correlation -->\n```\nRank correlation of one\n```\n" in after
              and "<!-- every -->\n```\nscenes on 1 picture\n\nRank correlation of one\n```\n"
              in after, said, after[:600])
scratch.check("what stands around them stays",
              [line for line in after.splitlines() if line.startswith("#")]
              == [line for line in before.splitlines() if line.startswith("#")])
code, out, said = script("tables.py", document, "nix", "new.txt")
scratch.check("a table that the document lacks is told of", code == 1 and "nix" in said, said)
scratch.finish()
