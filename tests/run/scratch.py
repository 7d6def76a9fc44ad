"""A folder of its own for a test, with a small network, pictures and plugins.

Only Python's own library: these tests run wherever the host builds.
"""
import atexit
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.environ.get("CNNVIZ", os.path.join(build, "cnnviz"))
engine = os.path.join(build, "core", "engine", "reference.la")

NETWORK = """
[network]
name = small
labels = small.labels
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25

[layers]
features.0 = conv2d out=6 kernel=3 padding=1
features.1 = relu
features.2 = conv2d out=4 kernel=3 padding=1 stride=2
features.3 = relu
flatten = flatten
classifier = linear out=7
"""

LABELS = ["snake", "tiger cat, tabby", "<b>\"spider\" & co</b>", "eel", "bird",
          "apple", "rocket"]

FIXTURES = ["tests/run/misbehaving", "tests/run/counting", "tests/run/checking", "tests/run/borrowing",
            "tests/run/emitting", "tests/run/emitting_once", "tests/run/endless",
            "tests/run/intruding", "tests/run/listing", "tests/run/picturing", "tests/run/own_size",
            "tests/run/alike", "tests/run/centered", "tests/run/census", "tests/run/evidence", "tests/run/parting", "tests/run/passing", "tests/run/ending", "tests/run/curving", "tests/run/patching", "tests/run/perturbing", "tests/run/biases",
            "tests/run/ending_map", "tests/run/asking", "tests/run/asking_too_little", "tests/plugins/contact_sheet",
            "tests/plugins/noise_card", "tests/plugins/averaged",
            "tests/plugins/several"]


def write_png(path, width, height, color):
    """An RGB picture; color(x, y) gives three bytes."""
    rows = b"".join(
        b"\0" + b"".join(bytes(color(x, y)) for x in range(width))
        for y in range(height))

    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n"
                   + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_npy(path):
    """Shape and values of a float32 array."""
    with open(path, "rb") as file:
        assert file.read(8) == b"\x93NUMPY\x01\x00", path
        header = eval(file.read(struct.unpack("<H", file.read(2))[0]))
        data = file.read()
    assert header["descr"] == "<f4" and not header["fortran_order"], header
    return header["shape"], struct.unpack("<%df" % (len(data) // 4), data)


def png_size(path):
    """Width and height that a PNG file claims."""
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", head[16:24])


def is_running(process):
    """Whether there is such a process, and it is not a dead one that nobody fetched."""
    try:
        with open("/proc/%d/stat" % process) as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


# What a run that was not complete leaves of what it has finished
JOURNAL = ".cnnviz-journal"


class Scratch:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="cnnviz-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.failures = 0
        self.checks = 0
        plugins = self.path("plugins")
        os.mkdir(plugins)
        for fixture in FIXTURES:
            place, name = os.path.split(fixture)
            module = os.path.join(build, place, ".libs", name + ".so")
            if os.path.exists(module):
                os.symlink(module, os.path.join(plugins, name + ".so"))
        with open(self.path("small.ini"), "w") as file:
            file.write(NETWORK)
        with open(self.path("small.labels"), "w") as file:
            file.write("\n".join(LABELS) + "\n")
        os.mkdir(self.path("again"))
        write_png(self.path("ramp.png"), 40, 30, lambda x, y: (6 * x, 8 * y, 90))
        write_png(self.path("dots.png"), 32, 48,
                  lambda x, y: (255 * (x // 4 % 2), 255 * (y // 4 % 2), 40))
        write_png(self.path("again/ramp.png"), 20, 20,
                  lambda x, y: (10 * y, 200, 12 * x))
        self.environment = dict(os.environ, CNNVIZ_ENGINE=engine,
                                CNNVIZ_PLUGIN_PATH=plugins)
        for name in ("CNNVIZ_MODEL_PATH", "TORCH_HOME"):
            self.environment.pop(name, None)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write_ini(self, jobs, images="ramp.png:3, dots.png, again/ramp.png:snake",
                  more=""):
        with open(self.path("run.ini"), "w") as file:
            file.write("[run]\noutput = out\nseed = 5\n%s\n[model]\n"
                       "architecture = small.ini\nweights = random\n"
                       "[input]\nimages = %s\n%s\n" % (more, images, jobs))

    def command(self, *arguments):
        return [program, "run", "run.ini"] + list(arguments)

    def run(self, *arguments):
        """Run cnnviz; its exit code, and standard error as text."""
        done = subprocess.run(self.command(*arguments), cwd=self.folder,
                              env=self.environment, capture_output=True, timeout=300)
        return done.returncode, done.stderr.decode()

    def manifest(self, output="out"):
        with open(self.path(output, "manifest.json"), encoding="utf-8") as file:
            return json.load(file)

    def files(self, output="out"):
        """Every file below a folder but for the journal, whose lines come in the order in
        which results do: relative path to bytes."""
        found = {}
        top = self.path(output)
        for folder, _, names in os.walk(top):
            for name in names:
                if name.startswith(JOURNAL):
                    continue
                full = os.path.join(folder, name)
                with open(full, "rb") as file:
                    found[os.path.relpath(full, top)] = file.read()
        return found

    def check(self, fact, holds, *shown):
        """Note whether a fact holds; show what was found where it does not."""
        self.checks += 1
        if not holds:
            self.failures += 1
            print("FAIL:", fact)
            for item in shown:
                print("   ", item)

    def finish(self):
        print("%d checks, %d failures" % (self.checks, self.failures))
        sys.exit(0 if self.checks and not self.failures else 1)


def require(*paths):
    """Without these the test cannot be set up."""
    for path in paths:
        if not os.path.exists(path):
            print("cannot be set up: there is no", path)
            sys.exit(99)


require(program, engine)
