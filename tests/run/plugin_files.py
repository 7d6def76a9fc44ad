"""A run's manifest says which file each technique comes from, and a file that takes the place
of one that ships is told."""
import hashlib
import os

from scratch import Scratch, build

scratch = Scratch()
scratch.write_ini("[misbehaving]\nhow = undeclared\n[saliency]\n[vanilla_bp]\n")
scratch.run()
jobs = {job["name"]: job for job in scratch.manifest()["jobs"]}
path = jobs["misbehaving"]["plugin"]["path"]
with open(os.path.join(scratch.folder, path), "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
scratch.check("the manifest has each plugin's file and its digest",
              path.endswith(os.path.join("plugins", "misbehaving.so")) and jobs["misbehaving"]["plugin"]["sha256"] == digest,
              jobs["misbehaving"])

scratch.write_ini("[saliency]\n[vanilla_bp]\n")
code, said = scratch.run("-o", "shipped")
scratch.check("plugins that ship need no warning", code == 0 and "ships" not in said, said)
os.symlink(os.path.join(build, "tests", "run", ".libs", "shadowing.so"),
           scratch.path("plugins", "shadowing.so"))
code, said = scratch.run("-o", "shadowed")
lines = [line for line in said.splitlines() if "ships with cnnviz" in line]
scratch.check("one that is taken instead of one that ships is told, with both files",
              code == 0 and len(lines) == 1 and '"saliency"' in lines[0]
              and os.path.join("plugins", "shadowing.so") in lines[0]
              and os.path.join(build, "plugins", "saliency.") in lines[0], said)
scratch.finish()
