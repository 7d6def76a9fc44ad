"""Progress: one line on a terminal that leaves nothing behind, and nothing with -q."""
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

from scratch import Scratch

try:
    for end in os.openpty():
        os.close(end)
except OSError as error:
    print(f"SKIP this machine gives no pseudo-terminal: {error}")
    sys.exit(77)

scratch = Scratch()
AVERAGED = "[%s]\ntechnique = averaged\nbase = %s\nsamples = 30\nnoise_level = 0.1\n"
JOBS = "[vanilla_bp]\n" + AVERAGED % ("inner", "vanilla_bp") + AVERAGED % ("outer", "inner")
# A picture fails while the bar is shown.
TALKING = JOBS + "[drawn]\ntechnique = ending\nhow = refuse\nitem = 1\n"
scratch.write_ini(JOBS, more="batch = 1\n")


def run_on_terminal(*arguments, columns=80):
    """Exit code, and all that a terminal of this width was sent."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
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


def show(seen):
    """What such a terminal shows in the end, and each state of the line of the bar."""
    rows, states, column = [[]], [], 0
    for piece in re.findall(r"\x1b\[K|\r|\n|[^\x1b\r\n]+|\x1b", seen):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            rows.append([])
        elif piece == "\x1b[K":
            del rows[-1][column:]
            states.append("".join(rows[-1]))
        else:
            rows[-1][column:column + len(piece)] = piece
            column += len(piece)
    return ["".join(row) for row in rows], [state for state in states if state]


code, seen = run_on_terminal()
last = seen.replace("\r\n", "\n").split("\n")[-2]
scratch.check("the bar shows pictures and the job",
              code == 0 and "of 3" in seen and "outer" in seen and "[#" in seen, seen)
scratch.check("no part of it remains", "\r\x1b[K" in last
              and "[#" not in last.split("\x1b[K")[-1], last)
rows, states = show(seen)
scratch.check("in the end there is the last message alone",
              len(rows) == 2 and rows[1] == "" and rows[0].startswith("cnnviz: "), rows)

# What the line has, and that it is one

scratch.write_ini(TALKING, more="batch = 1\n")
WHOLE = re.compile(r"(\[#*-*\]  )? *\d+%  picture [123] of 3"
                   r"(  \d+(\.\d)?/s(  \d+:\d\d left)?)?  (vanilla_bp|inner|outer|drawn)")
for columns, samples in ((200, 4), (80, 90), (40, 4), (12, 4), (1, 4)):
    code, seen = run_on_terminal("-o", "talking-%d" % columns, "-s", "outer.samples=%d" % samples,
                                 columns=columns)
    rows, states = show(seen)
    scratch.check("%d columns: the bar never takes more than a line" % columns,
                  code == 1 and max(map(len, states), default=0) < columns,
                  max(states, key=len, default=""))
    messages = [row for row in rows if row]
    scratch.check("%d columns: messages stand whole on lines of their own" % columns,
                  len(messages) == 2 and messages[0].startswith("cnnviz: run.ini: [drawn] ")
                  and "picture dots: there is no face in it" in messages[0]
                  and messages[1].startswith("cnnviz: 2 of 3 pictures done; "), messages)
    if columns >= 80:
        scratch.check("%d columns: it has the picture and the job" % columns,
                      states and all(WHOLE.fullmatch(state) for state in states),
                      [state for state in states if not WHOLE.fullmatch(state)][:3])
    if columns == 80:
        scratch.check("after a second it has rate and time left too",
                      any("/s  0:" in state and " left  outer" in state
                          for state in states)
                      and {state.split(" of 3")[0][-1] for state in states} == set("123"),
                      states[-3:])

# Where there is no terminal

scratch.write_ini(TALKING, more="batch = 1\n")
code, seen = run_on_terminal("-q", "-o", "quiet", "--only", "outer")
scratch.check("-q says nothing", code == 0 and seen == "", seen)
for more in ([], ["-s", "run.isolate=yes"]):
    code, said = scratch.run("-o", "piped", *more)
    scratch.check("%s into a pipe, complete lines without control characters" % more,
                  code == 1 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said)
                  and all(line.startswith("cnnviz: ") for line in said.splitlines())
                  and "2 of 3 pictures" in said, said)
code, said = scratch.run("-q", "-o", "silent", "--only", "outer")
scratch.check("-q prints nothing into a pipe", code == 0 and said == "", said)
scratch.finish()
