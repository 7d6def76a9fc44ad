"""Progress: a bar on a terminal that leaves nothing behind, and nothing with -q."""
import os
import subprocess
import sys

from scratch import Scratch

try:
    for end in os.openpty():
        os.close(end)
except OSError as error:
    print(f"SKIP this machine gives no pseudo-terminal: {error}")
    sys.exit(77)

scratch = Scratch()
AVERAGED = "[%s]\ntechnique = averaged\nbase = %s\nsamples = 30\nnoise_level = 0.1\n"
scratch.write_ini("[vanilla_bp]\n" + AVERAGED % ("inner", "vanilla_bp")
                  + AVERAGED % ("outer", "inner"), more="batch = 1\n")


def run_on_terminal(*arguments):
    ours, theirs = os.openpty()
    process = subprocess.Popen(scratch.command(*arguments), cwd=scratch.folder,
                               env=scratch.environment, stderr=theirs,
                               stdout=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(ours)
    return process.wait(), seen.decode()


code, seen = run_on_terminal()
last = seen.replace("\r\n", "\n").split("\n")[-2]
scratch.check("the bar shows pictures and the job",
              code == 0 and "of 3" in seen and "outer" in seen and "[#" in seen, seen)
scratch.check("no part of it remains", "\r\x1b[K" in last
              and "[#" not in last.split("\x1b[K")[-1], last)
code, seen = run_on_terminal("-q", "-o", "quiet")
scratch.check("-q says nothing", code == 0 and seen == "", seen)
code, said = scratch.run("-o", "piped")
scratch.check("into a pipe, complete lines", code == 0 and "\r" not in said
              and "3 of 3 pictures" in said, said)
code, said = scratch.run("-q", "-o", "silent")
scratch.check("-q prints nothing into a pipe", code == 0 and said == "", said)
scratch.finish()
