"""A plugin file with several techniques: each is found, described, run, isolated and
tested as if it had a file of its own."""
import json
import os
import subprocess

from scratch import Scratch, build, program

scratch = Scratch()
module = os.path.join(build, "tests", "plugins", ".libs", "several.so")


def call(*arguments):
    done = subprocess.run([program] + list(arguments), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


code, out, error = call("techniques", "--json")
found = {item["name"]: item for item in json.loads(out)["techniques"]
         if item["name"] in ("first_channel", "a_number")}
scratch.check("both techniques are listed, with one path", len(found) == 2
              and len({item["path"] for item in found.values()}) == 1, out, error)
for name, summary in (("first_channel", "The input's first channel"),
                      ("a_number", "A number")):
    code, out, error = call("describe", name)
    scratch.check("%s is described" % name, code == 0 and summary in out, out, error)

JOBS = "[first_channel]\n[numbers]\ntechnique = a_number\n"
scratch.write_ini(JOBS)
code, said = scratch.run()
whole = {path: data for path, data in scratch.files().items() if path.endswith("npy")}
scratch.check("both run", code == 0 and len(whole) == 3, said, sorted(whole))
scratch.write_ini(JOBS, more="isolate = yes\n")
code, said = scratch.run("-o", "apart")
parts = {path: data for path, data in scratch.files("apart").items()
         if path.endswith("npy")}
values = [item["value"] for item in scratch.manifest("apart")["artifacts"]
          if item["job"] == "numbers"]
scratch.check("each in a process of its own, with the same results", code == 0
              and parts == whole and values == [0.5], said, values)

code, out, error = call("test-plugin", "--json", module)
report = json.loads(out)
scratch.check("test-plugin tries each", code == 0 and report["conforms"]
              and [item["technique"] for item in report["techniques"]]
              == ["a_number", "first_channel"]
              and all(item["conforms"] and len(item["checks"]) > 10
                      for item in report["techniques"]), out, error)
code, out, error = call("test-plugin", module)
scratch.check("and says which it is about", "several.so (a_number) conforms" in out
              and "several.so (first_channel) conforms" in out, out, error)
scratch.finish()
