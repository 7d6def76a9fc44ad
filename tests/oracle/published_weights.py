"""Where the published weights of a network are missing, the message has the address and the
command by which torchvision itself gets them."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle("torchvision")

from torchvision import models

if not hasattr(models, "ResNet18_Weights"):
    tool.skip("this torchvision does not know its weights by name")

program = os.environ.get("CNNVIZ", tool.build_path("cnnviz"))
picture = tool.source_path("tests", "data", "spot.png")
failures = 0


def check(fact, holds, *shown):
    global failures
    if not holds:
        failures += 1
        print("FAIL:", fact, *shown)


def torchvisions(name, networks=models):
    """The first version of a network's weights, as torchvision has it."""
    choices = [getattr(networks, word) for word in dir(networks)
               if word.lower() == name + "_weights"]
    return next(iter(choices[0])) if choices else None


def check_address(name, message, found):
    check(name + " has the address", found is not None
          and "the file at %s there" % found.url in message, message)
    check(name + " has the file's name", found is not None
          and os.path.basename(found.url) in message, message)


compared = 0
with tempfile.TemporaryDirectory() as empty:
    environment = dict(os.environ, HOME=empty)
    for variable in ("TORCH_HOME", "XDG_CACHE_HOME", "CNNVIZ_MODEL_PATH", "CNNVIZ_ENGINE"):
        environment.pop(variable, None)
    for file in sorted(os.listdir(tool.source_path("models"))):
        name, ending = os.path.splitext(file)
        segments = hasattr(models.segmentation, name)
        if ending != ".ini" or not (segments or hasattr(models, name)):
            continue
        done = subprocess.run([program, "classify", "-m", name, picture], env=environment,
                              capture_output=True, text=True, timeout=60)
        check(name + " is refused", done.returncode == 2, done.returncode)
        if segments:
            check_address(name, done.stderr, torchvisions(name, models.segmentation))
            continue
        found = torchvisions(name)
        check_address(name, done.stderr, found)
        command = re.search(r"`python3 -c '([^']*)'`", done.stderr)
        check(name + " has the command", command is not None, done.stderr)
        if command is not None:
            wanted = []
            builder = getattr(models, name)
            setattr(models, name, lambda weights: wanted.append(weights))
            exec(command.group(1))
            setattr(models, name, builder)
            check(name + " asks for these weights",
                  [found] == [type(found)[weights] for weights in wanted], wanted)
        compared += 1
check("torchvision has most networks", compared > 15, compared)
print(compared, "networks,", failures, "failures")
sys.exit(failures > 0)
