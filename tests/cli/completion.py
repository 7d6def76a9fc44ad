"""Completion: what the program answers to the shells' scripts, and what real shells make
of it when somebody types into them and presses the tab key.

Only Python's own library, and of the shells those that are installed.
"""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.environ.get("CNNVIZ", os.path.join(build, "cnnviz"))
scripts = os.path.join(source, "core", "cli", "completion")
holder = tempfile.TemporaryDirectory(prefix="cnnviz-completion-")
folder = os.path.realpath(holder.name)
checks = 0
failures = 0

INI = """[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[grad_cam]
[heat]
technique = grad_cam
[saliency]
"""

PICTURES = ":files\t.png .jpg .jpeg .PNG .JPG .JPEG .npy"

# Words, the last being typed; what must be among the candidates (or, after None, be all of
# them); what must not be
ANSWERS = [
    ([""], ["run", "check", "classify", "completion", "help"], ["--json"]),
    (["-"], [None, "--quiet", "--verbose", "--help", "--version"], []),
    (["run", ""], [None, ":files\t.ini"], []),
    (["run", "case.ini", ""], [None], []),
    (["run", "-"], ["--output", "--only", "--shard", "--fail-fast", "--keep", "--quiet"],
     ["--json", "--version", "--decode"]),
    (["import", "-"], ["--image", "--layers", "--output", "--set"], ["--model"]),
    (["import", "-i", ""], [None, PICTURES], []),
    (["import", "my.onnx", "-o", ""], [None, ":files\t.ini"], []),
    (["check", "--"], ["--decode", "--json"], ["--keep"]),
    (["run", "--"], ["--output"], ["--json"]),
    (["run", "--", "-"], [None, ":files\t.ini"], []),
    (["run", "-o", ""], [None, ":folders"], []),
    (["merge", "-"], ["--output", "--set", "--from"], ["--only", "--shard"]),
    (["merge", "one", ""], [None, ":folders"], []),
    (["merge", "--from", ""], [None, ":files\t.ini"], []),
    (["run", "--output=r"], [None, ":prefix\t--output=", ":folders"], []),
    (["run", "-qo", ""], [None, ":folders"], []),
    (["run", "case.ini", "--only", ""], [None, "grad_cam", "heat", "saliency"], []),
    (["run", "case.ini", "--only", "heat,"], [None, "heat,grad_cam", "heat,heat", "heat,saliency"],
     []),
    (["run", "nix.ini", "--only", ""], ["grad_cam", "vanilla_bp"], ["heat", "run"]),
    (["run", "case.ini", "-s", ""],
     [None, "run.", "model.", "input.", "evaluation.", "grad_cam.", "heat.", "saliency."], []),
    (["classify", "-m", "tiny.ini", "-s", ""], ["run.", "guided_bp."], ["heat."]),
    (["run", "case.ini", "-s", "run."], ["run.seed=", "run.batch="], ["run.images="]),
    (["run", "case.ini", "-s", "heat."], ["heat.layer=", "heat.opacity=", "heat.technique="],
     ["heat.seed="]),
    (["run", "case.ini", "-s", "nix."], ["nix.technique="], ["nix.layer="]),
    (["run", "case.ini", "-s", "heat.technique="], ["heat.technique=guided_bp"], []),
    (["run", "case.ini", "-s", "input.resize="],
     [None, "input.resize=stretch", "input.resize=crop", "input.resize=pad",
      "input.resize=none"], []),
    (["run", "case.ini", "-s", "heat.at="], [None, "heat.at=input", "heat.at=picture"], []),
    (["run", "case.ini", "--set=run.isolate="],
     [None, "--set=run.isolate=yes", "--set=run.isolate=no", "--set=run.isolate=strict"], []),
    (["run", "case.ini", "-srun.isolate="], [None, "-srun.isolate=yes", "-srun.isolate=no", "-srun.isolate=strict"],
     []),
    (["run", "case.ini", "-s", "run.seed="], [None], []),
    (["run", "case.ini", "-s", "nix.nix="], [None], []),
    (["run", "case.ini", "-s", "="], [None], []),
    (["run", "case.ini", "-s", "heat.layer="],
     ["heat.layer=last_features", "heat.layer=features.4", "heat.layer=classifier"], []),
    (["run", "case.ini", "-s", "heat.target="],
     [None, "heat.target=spot", "heat.target=stripe", "heat.target=tabby", "heat.target=tiger",
      "heat.target=tiger_cat"], []),
    (["test-plugin", "every_type.so", "-s", "every_type.mood="],
     [None, "every_type.mood=calm", "every_type.mood=wild"], []),
    (["test-plugin", "every_type.so", "-s", "every_type.base="],
     ["every_type.base=saliency"], []),
    (["run", "case.ini", "-s", "smooth_grad.base="],
     ["smooth_grad.base=heat", "smooth_grad.base=saliency", "smooth_grad.base=vanilla_bp"],
     ["smooth_grad.base=run", "smooth_grad.base=class_image"]),
    (["test-plugin", "every_type.so", "-s", "every_type.mask="],
     [None, ":prefix\tevery_type.mask=", ":files"], []),
    (["run", "case.ini", "-s", "input.images="], [None, ":prefix\tinput.images=", PICTURES],
     []),
    (["run", "case.ini", "-s", "input.images=a.png,"],
     [None, ":prefix\tinput.images=a.png,", PICTURES], []),
    (["run", "case.ini", "-s", "run.output="], [None, ":prefix\trun.output=", ":folders"], []),
    (["run", "case.ini", "-s", "model.weights="],
     [None, "model.weights=embedded", "model.weights=random", ":prefix\tmodel.weights=",
      ":files\t.pth .pt .safetensors"], []),
    (["explain", "-m", "vgg16", "-t", "grad_cam,"],
     ["grad_cam,saliency", "grad_cam,guided_bp"], ["grad_cam,run"]),
    (["explain", "-m", "vgg16", ""], [None, PICTURES], []),
    (["layers", ""], ["vgg16", ":files\t.ini"], []),
    (["classify", "--model", ""], ["squeezenet1_1", ":files\t.ini"], []),
    (["classify", "-m", "vgg16", ""], [None, PICTURES], []),
    (["classify", "-k", ""], [None], []),
    (["classify", "-l", ""], [None, ":files"], []),
    (["describe", ""], ["run", "evaluation", "every_type", "saliency"], ["heat"]),
    (["test-plugin", ""], [None, ":files\t.so .la"], []),
    (["completion", ""], [None, "bash", "fish", "zsh"], []),
    (["help", ""], ["run", "help"], []),
    (["-q", "-v", ""], ["run"], []),
    (["nix", ""], [None], []),
    (["techniques", ""], [None, "gradient", "cam", "attention", "perturbation", "concept",
                          "segmentation", "optimization", "other"], []),
    (["techniques", "cam", ""], [None], []),
]

# What is typed, \t for the tab key, and the arguments that the program then gets
TYPED = [
    ("ru\tx.ini", ["run", "x.ini"]),
    ("-q che\tx.ini", ["-q", "check", "x.ini"]),
    ("run --fa\tx.ini", ["run", "--fail-fast", "x.ini"]),
    ("run ca\t-q", ["run", "case.ini", "-q"]),
    ("run tw\t-q", ["run", "two words.ini", "-q"]),
    ("run ~/tw\t-q", ["run", folder + "/two words.ini", "-q"]),
    ("run 'two words.ini' --only a\t-q", ["run", "two words.ini", "--only", "alone", "-q"]),
    ("run deep/in\t", ["run", "deep/inside.ini"]),
    ("run case.ini -s run.se\t7 -q", ["run", "case.ini", "-s", "run.seed=7", "-q"]),
    ("run case.ini -s inp\tresi\tpa\t-q",
     ["run", "case.ini", "-s", "input.resize=pad", "-q"]),
    ("run case.ini --set=inp\tresi\tpa\t-q",
     ["run", "case.ini", "--set=input.resize=pad", "-q"]),
    ("run case.ini --only gr\t-q", ["run", "case.ini", "--only", "grad_cam", "-q"]),
    ("run case.ini --only=heat,gr\t-q", ["run", "case.ini", "--only=heat,grad_cam", "-q"]),
    ("run case.ini -s heat.lay\tfeatures.5\t-q",
     ["run", "case.ini", "-s", "heat.layer=features.5", "-q"]),
    ("run case.ini -s input.images=sp\t-q",
     ["run", "case.ini", "-s", "input.images=spot.png", "-q"]),
    ("run case.ini -o dee\t", ["run", "case.ini", "-o", "deep"]),
    ("classify -m tiny.ini spo\t-q", ["classify", "-m", "tiny.ini", "spot.png", "-q"]),
    ("techniques pert\t-q", ["techniques", "perturbation", "-q"]),
    ("describe guided_g\t-q", ["describe", "guided_grad_cam", "-q"]),
    ("completion fi\t-q", ["completion", "fish", "-q"]),
]

# In each shell `cnnviz` is a function: it passes on what completion asks, and of all
# else writes the arguments into a file.
SHELLS = {
    "bash": (["bash", "--noprofile", "--norc", "-i"], """
cnnviz() { if [ "$1" = complete ]; then command "$program" "$@"
else printf '%s\\n' "$@" >typed.part && mv typed.part typed; fi; }
source "$scripts/cnnviz.bash"
"""),
    "zsh": (["zsh", "-f", "-i"], """
cnnviz() { if [ "$1" = complete ]; then command "$program" "$@"
else printf '%s\\n' "$@" >typed.part && mv typed.part typed; fi; }
fpath=("$scripts" $fpath)
autoload -U compinit && compinit -u -D
"""),
    "fish": (["fish", "--no-config", "--interactive"], """
function cnnviz
if test "$argv[1]" = complete
command "$program" $argv
else
printf '%s\\n' $argv >typed.part; and mv typed.part typed
end
end
source "$scripts/cnnviz.fish"
"""),
}


def check(fact, holds, *details):
    global checks, failures
    checks += 1
    if not holds:
        failures += 1
        print("FAIL:", fact, *details)


def prepare():
    for name in ("spot.png", "tiny.ini", "tiny.labels"):
        shutil.copy(os.path.join(source, "tests", "data", name), folder)
    os.makedirs(os.path.join(folder, "deep"))
    for name in ("case.ini", "deep/inside.ini"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(INI)
    with open(os.path.join(folder, "two words.ini"), "w") as file:
        file.write(INI + "[alone]\ntechnique = saliency\n")
    with open(os.path.join(folder, "cases.txt"), "w") as file:
        file.write("no INI file\n")
    os.mkdir(os.path.join(folder, "plugins"))
    os.symlink(os.path.join(build, "tests", "cli", ".libs", "every_type.so"),
               os.path.join(folder, "plugins", "every_type.so"))
    for name in ("CNNVIZ_ENGINE", "CNNVIZ_MODEL_PATH", "BASH_ENV", "ENV", "ZDOTDIR"):
        os.environ.pop(name, None)
    os.environ.update(CNNVIZ_PLUGIN_PATH=os.path.join(folder, "plugins"), HOME=folder,
                      XDG_CONFIG_HOME=folder, XDG_DATA_HOME=folder, XDG_CACHE_HOME=folder,
                      TERM="dumb", program=program, scripts=scripts)


def check_answers():
    for words, wanted, unwanted in ANSWERS:
        done = subprocess.run([program, "complete", "--", *words], cwd=folder,
                              capture_output=True, text=True, timeout=600)
        lines = done.stdout.splitlines()
        told = [line if line.startswith(":") else line.split("\t")[0] for line in lines]
        check("%r: no error" % words, done.returncode == 0 and not done.stderr, done.stderr)
        check("%r: no candidate twice" % words, len(set(told)) == len(told), told)
        if wanted[0] is None:
            check("%r: these alone" % words, sorted(told) == sorted(wanted[1:]), told)
        else:
            check("%r: these too" % words, set(wanted) <= set(told), told)
        check("%r: not these" % words, not set(unwanted) & set(told), told)
    check("the scripts in the program are those that are installed", all(
        subprocess.run([program, "completion", shell], capture_output=True).stdout
        == open(os.path.join(scripts, name), "rb").read()
        for shell, name in (("bash", "cnnviz.bash"), ("zsh", "_cnnviz"),
                            ("fish", "cnnviz.fish"))))


class Terminal:
    """A shell that thinks somebody sits in front of it."""

    def __init__(self, command):
        self.process, self.stream = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvp(command[0], command)
        self.screen = b""

    def listen(self, seconds):
        if select.select([self.stream], [], [], seconds)[0]:
            try:
                self.screen += os.read(self.stream, 65536)
            except OSError:
                pass

    def settle(self, seconds=0.1):
        """Wait until nothing has been printed for a while."""
        before = None
        while before != len(self.screen):
            before = len(self.screen)
            self.listen(seconds)

    def wait_for(self, name):
        """What the shell writes into a file, or None after a minute"""
        path = os.path.join(folder, name)
        end = time.monotonic() + 60
        while not os.path.exists(path) and time.monotonic() < end:
            self.listen(0.02)
        if not os.path.exists(path):
            return None
        with open(path) as file:
            text = file.read()
        os.remove(path)
        return text

    def type(self, text):
        os.write(self.stream, text.encode())

    def close(self):
        self.type("\x15exit\r")
        end = time.monotonic() + 10
        while os.waitpid(self.process, os.WNOHANG)[0] == 0:
            if time.monotonic() > end:
                os.kill(self.process, 9)
                end += 10
            self.listen(0.05)
        os.close(self.stream)


def check_shell(name):
    command, setup = SHELLS[name]
    with open(os.path.join(folder, "setup." + name), "w") as file:
        file.write(setup + "\necho ready >ready\n")
    terminal = Terminal(command)
    terminal.settle()
    terminal.type("source ./setup.%s\r" % name)
    if terminal.wait_for("ready") is None:
        check("%s starts" % name, False, terminal.screen)
        return
    terminal.settle()
    for keys, wanted in TYPED:
        terminal.type("cnnviz ")
        for part in keys.split("\t")[:-1]:
            terminal.type(part + "\t")
            terminal.settle()
        terminal.type(keys.split("\t")[-1] + "\r")
        got = terminal.wait_for("typed")
        # zsh takes the slash behind a folder away again.
        check("%s: %r becomes %r" % (name, keys, wanted),
              got is not None and got.replace("/\n", "\n").splitlines() == wanted,
              repr(got), terminal.screen[-400:])
        terminal.settle()
    terminal.close()


prepare()
check_answers()
tried = [name for name in SHELLS if shutil.which(name)]
for shell in tried:
    check_shell(shell)
print(checks, "checks,", failures, "failures; typed into:", ", ".join(tried) or "no shell",
      "(not installed: %s)" % (", ".join(set(SHELLS) - set(tried)) or "none"))
holder.cleanup()
sys.exit(0 if checks > 100 and failures == 0 else 1)
