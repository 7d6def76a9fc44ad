"""Memory does not grow with the number of pictures, but for the names of what was made."""
import os
import subprocess
import sys

from scratch import Scratch

FEW, MANY = 200, 2000
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
                             cwd=scratch.folder, env=scratch.environment)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    scratch.check("a run on %d pictures" % count, child.returncode == 0, child.returncode)
    return usage.ru_maxrss


with open(scratch.command()[0], "rb") as file:
    if b"__asan_init" in file.read():
        print("SKIP: AddressSanitizer keeps memory that was freed")
        sys.exit(77)
few, many = peak(FEW), peak(MANY)
print("%d pictures: %d KiB, %d pictures: %d KiB" % (FEW, few, MANY, many))
scratch.check("a picture more leaves no more than %d KiB" % KIB_EACH,
              many - few < KIB_EACH * (MANY - FEW), few, many)
scratch.check("all of them were done", len(scratch.manifest("out-%d" % MANY)["pictures"]) == MANY)
scratch.finish()
