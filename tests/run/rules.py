"""The backward rules of techniques: at how many layers, of which operations, they acted, and
a warning where they acted at none."""
from scratch import Scratch, read_npy

scratch = Scratch()
HEAD = """[network]
name = %s
labels = small.labels
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
"""
# A branch, and activations of several kinds, of which the rules leave the sigmoid alone
MIXED = HEAD % "mixed" + """
first = conv2d out=4 kernel=3 padding=1
first_relu = relu
left = conv2d out=4 kernel=1
left_silu = silu
left_gate = sigmoid
right = conv2d out=4 kernel=1 from=first_relu
right_relu6 = relu6
sum = add from=left_gate,right_relu6
sum_relu = relu
flatten = flatten
classifier = linear out=7
"""
GATES = HEAD % "gates" + """
first = conv2d out=4 kernel=3 padding=1
gate = sigmoid
flatten = flatten
classifier = linear out=7
"""
for name, text in (("mixed", MIXED), ("gates", GATES)):
    with open(scratch.path(name + ".ini"), "w") as file:
        file.write(text)


def run(network, jobs, *arguments, more=""):
    scratch.write_ini(jobs, more=more)
    code, said = scratch.run("-v", "-o", network, "-s",
                             "model.architecture=%s.ini" % network, *arguments)
    scratch.check(network + ": the run does well", code == 0, said)
    rules = {}
    for rule in scratch.manifest(network)["rules"]:
        rules.setdefault((rule["job"], rule["rule"]), {})[rule["operation"]] = rule["nodes"]
    return said, rules


GUIDED = """
[vanilla_bp]
[guided_bp]
[deconvnet]
technique = guided_bp
rule = deconvnet
"""
said, rules = run("mixed", GUIDED)
kinds = {"relu": 2, "relu6": 1, "silu": 1}
scratch.check("the manifest tells at which operations", rules == {
    ("guided_bp", "guided"): kinds, ("deconvnet", "deconvnet"): kinds}, rules)
scratch.check("it is said once for a job, not for each picture",
              said.count("[guided_bp] the rule guided acts at 4 layers: 2 relu, 1 relu6, "
                         "1 silu") == 1, said)
scratch.check("and warns of nothing", "acts at no layer" not in said, said)

# Between the requested layer, which is the input, and the seeds' layers
said, rules = run("mixed", """
[left]
technique = passing
layers = left_gate
rule = 1
[both]
technique = passing
layers = right_relu6, first
rule = 2
[redirected]
technique = passing
layers = sum_relu
rule = 3
""")
scratch.check("other techniques are counted from their seeds' layers", rules == {
    ("left", "guided"): {"relu": 1, "silu": 1},
    ("both", "deconvnet"): {"relu": 1, "relu6": 1}}, rules)

COMPOSED = GUIDED + """
[guided_grad_cam]
cam = grad_cam
[grad_cam]
layer = gate
[smooth_grad]
base = deconvnet
samples = 2
"""
IDLE = "the rule %s acts at no layer from input to classifier"
for isolate in ("no", "yes"):
    said, rules = run("gates", COMPOSED, more="isolate = " + isolate)
    scratch.check("isolate = %s: a rule that acts nowhere is in the manifest" % isolate,
                  rules == {("guided_bp", "guided"): {None: 0},
                            ("deconvnet", "deconvnet"): {None: 0}}, rules)
    scratch.check("isolate = %s: and warned of once, for whatever pictures and techniques"
                  % isolate, said.count("warning: [guided_bp] " + IDLE % "guided") == 1
                  and said.count("warning: [deconvnet] " + IDLE % "deconvnet") == 1
                  and said.count("acts at no layer") == 2, said)
texts = [warning["text"] for warning in scratch.manifest("gates")["warnings"]
         if "acts at no layer" in warning["text"]]
scratch.check("and in the manifest's warnings", len(texts) == 2, texts)
maps = [read_npy(scratch.path("gates", job, "dots", "attribution.npy"))
        for job in ("vanilla_bp", "guided_bp", "deconvnet")]
scratch.check("then the map is the plain gradient", maps[0] == maps[1] == maps[2])
said, rules = run("gates", "[smooth_grad]\nbase = guided_bp\nsamples = 2\n[guided_bp]\n",
                  "--only", "smooth_grad")
scratch.check("a technique that asks for maps of noisy copies alone warns too",
              said.count(IDLE % "guided") == 1, said)
scratch.finish()
