"""Memory does not grow with the number of pictures, but for the names of what was made; nor do
descriptors, and manifest and gallery grow in proportion.

CNNVIZ_MANY gives the larger number of pictures.
"""
import os
import resource
import subprocess
import sys
import time

from scratch import Scratch

FEW, MANY = 200, int(os.environ.get("CNNVIZ_MANY", "2000"))
# As many as a run on a few pictures needs
DESCRIPTORS = 40
# Names, classes and files of a picture, with what the manifest says of them
KIB_EACH = 3

scratch = Scratch()
os.mkdir(scratch.path("many"))


def peak(count):
    """KiB of a run on so many pictures"""
    names = ["many/%04d.png" % number for number in range(count)]
    for name in names:
        if not os.path.exists(scratch.path(name)):
            os.link(scratch.path("ramp.png"), scratch.path(name))
    with open(scratch.path("list.txt"), "w") as file:
        file.writelines(name + "\n" for name in names)
    scratch.write_ini("[grad_cam]\nlayer = features.1\n", images="@list.txt")
    child = subprocess.Popen(scratch.command("-q", "-o", "out-%d" % count),
                             cwd=scratch.folder, env=scratch.environment,
                             preexec_fn=lambda: resource.setrlimit(
                                 resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS)))
    most = 0  # what wait4() tells is at least what Python had when it started the child
    while child.poll() is None:
        with open("/proc/%d/status" % child.pid) as file:
            most = max([most] + [int(line.split()[1]) for line in file
                                 if line.startswith("VmHWM:")])
        time.sleep(0.005)
    scratch.check("a run on %d pictures" % count, child.returncode == 0, child.returncode)
    return most


with open(scratch.command()[0], "rb") as file:
    if b"__asan_init" in file.read():
        print("SKIP: AddressSanitizer keeps memory that was freed")
        sys.exit(77)
few, many = peak(FEW), peak(MANY)
print("%d pictures: %d KiB, %d pictures: %d KiB" % (FEW, few, MANY, many))
scratch.check("a picture more leaves no more than %d KiB" % KIB_EACH,
              many - few < KIB_EACH * (MANY - FEW), few, many)
for name in ("manifest.json", "index.html"):
    each = [os.path.getsize(scratch.path("out-%d" % count, name)) / count
            for count in (FEW, MANY)]
    scratch.check("%s grows in proportion" % name, each[1] < 1.02 * each[0], each)
scratch.check("all of them were done", len(scratch.manifest("out-%d" % MANY)["pictures"]) == MANY)
scratch.finish()
