"""A plugin that ends the run's process is named, and a manifest has what was finished."""
import os
import shutil
import signal

from scratch import Scratch

scratch = Scratch()
# A plugin that calls exit() leaves all that the host has; and sanitizers must leave crashes
# to the program, as the system does.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
    scratch.environment[name] = ":".join(filter(None, [
        scratch.environment.get(name), "detect_leaks=0", "handle_segv=0"]))

ENDING = """
[vanilla_bp]
[bad]
technique = ending_map
how = %s
item = 2
[saliency]
"""
ENDS = {
    "crash": ("the plugin crashed: Segmentation fault", -signal.SIGSEGV),
    "abort": ("the plugin crashed: Aborted", -signal.SIGABRT),
    "exit": ("the plugin exited with code 3", 1),
    "exit_well": ("the plugin exited with code 0", 1),
}
for how, (sentence, expected_code) in ENDS.items():
    scratch.write_ini(ENDING % how, more="batch = 1\n")
    code, said = scratch.run("-o", "end")
    lines = [line for line in said.splitlines() if sentence in line]
    scratch.check("%s: one line names file, job and plugin" % how,
                  len(lines) == 1 and lines[0].startswith("cnnviz: run.ini: [bad] ")
                  and os.path.join("plugins", "ending_map.so") in lines[0]
                  and "isolate = yes" in lines[0], said)
    scratch.check("%s: the program ends as the plugin ended it, but not well" % how,
                  code == expected_code, code)
    manifest = scratch.manifest("end")
    states = {job["name"]: job["status"] for job in manifest["jobs"]}
    listed = [item for item in manifest["artifacts"] if item.get("path")]
    files = scratch.files("end")
    scratch.check("%s: the manifest has what was finished" % how,
                  states["bad"] == "failed" and states["saliency"] == "not run"
                  and {item["picture"] for item in listed
                       if item["job"] == "vanilla_bp"} >= {"ramp"}
                  and all(item["path"] in files for item in listed)
                  and "index.html" in files, states, listed)
    scratch.check("%s: it has the engine and the pictures" % how,
                  manifest["engine"]["name"] == "reference"
                  and manifest["pictures"][0]["target"]["index"] == 3, manifest)
    scratch.check("%s: nothing unfinished remains" % how,
                  not any(os.path.basename(path).startswith(".cnnviz")
                          for path in files), sorted(files))
    shutil.rmtree(scratch.path("end"))
scratch.finish()
