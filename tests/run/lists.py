"""Lists of values: what plugins are handed, what the manifest and describe tell."""
import json
import subprocess

from scratch import Scratch, program, read_npy

scratch = Scratch()


def warnings():
    return [warning["text"] for warning in scratch.manifest()["warnings"]]


def numbers(name):
    """A list's numbers, and the number that the function for one value gives."""
    values = read_npy(scratch.path("out", "listing", "values-%s.npy" % name))[1]
    return [round(value, 6) for value in values[:-1]], round(values[-1], 6)


def parameters():
    return scratch.manifest()["jobs"][0]["parameters"]


scratch.write_ini("""
[listing]
filters = 3, 8-11, -2, -4--3, +7, 5 - 6
titles = one, "two, too", three
moods = wild, calm, wild
layers = last_conv, features.1, logits
classes = eel, "tiger cat, tabby", 6
masks = ramp.png, "again/ramp.png"
inks = "#102030, red"
""")
code, said = scratch.run()
scratch.check("it runs", code == 0, said)
for name, values in {
        "filters": [3, 8, 9, 10, 11, -2, -4, -3, 7, 5, 6],
        "rates": [0.25, 0.5],
        "moods": [1, 0, 1],
        "layers": [4, 2, 6],
        "classes": [3, 1, 6],
        "inks": [0x102030, 0xFF0000]}.items():
    scratch.check("%s as numbers, the first of them alone too" % name,
                  numbers(name) == (values, values[0]), numbers(name))
for text in (
        "filters[4] = 11", "filters[8] = +7", "filters: 11, set, first 3",
        "rates[1] = 0.5", "titles[1] = two, too", "titles: 3, set, first one",
        "moods[2] = wild", "layers[0] = features.3", "layers[2] = classifier",
        "classes[1] = tiger cat, tabby", "inks[1] = red",
        "masks[1] = " + scratch.path("again", "ramp.png")):
    scratch.check("the text of " + text, text in warnings(), warnings())
scratch.check("the manifest has lists as arrays, layers by their own names",
              parameters()["layers"] == ["features.3", "features.1", "classifier"]
              and parameters()["titles"] == ["one", "two, too", "three"]
              and parameters()["rates"] == ["0.25", "0.5"]
              and parameters()["filters"][:3] == ["3", "8", "9"], parameters())

scratch.write_ini("[listing]\nfilters = all\nmasks = ramp.png\n")
code, said = scratch.run()
scratch.check("`all` is set and has no values", code == 0
              and "filters: 0, set, first " in warnings()
              and "layers: 0, set, first " in warnings(), said)
scratch.check("a list that is not given is not set and has no values",
              "titles: 0, not set, first " in warnings(), warnings())
scratch.check("the manifest says all", parameters()["filters"] == "all"
              and "titles" not in parameters(), parameters())

code, said = scratch.run("-s", "listing.filters=0-4095, 0-3")
scratch.check("a range has up to 4096 values, and -s takes lists", code == 0
              and "filters: 4100, set, first 0" in warnings(), said)

for how, sentence in {
        "not_a_list": "asked for its parameter \"how\" as a list",
        "beyond": "asked for value 2 of its parameter \"rates\", which has 2",
        "wrong_type": "\"layers\" of type layer as a real number"}.items():
    scratch.write_ini("[listing]\nhow = %s\n" % how)
    code, said = scratch.run()
    scratch.check("%s makes the job fail with the reason" % how,
                  code == 1 and sentence in said, code, said)


def describe(*options):
    return subprocess.run([program, "describe", "listing", *options], check=True,
                          cwd=scratch.folder, env=scratch.environment,
                          capture_output=True).stdout.decode()


text = describe()
scratch.check("describe names lists, ranges and all",
              "filters: list of int, -10 to 99999, also ranges such as 8-15, or all, "
              "in channels, no default" in text
              and "moods: list of enum, one of calm | wild, no default" in text
              and "how: enum, one of sound" in text, text)
table = {item["name"]: item for item in json.loads(describe("--json"))["parameters"]}
scratch.check("describe --json likewise",
              [table[name]["list"] for name in ("filters", "moods", "how")]
              == [True, True, False]
              and [table[name]["all"] for name in ("filters", "moods", "how")]
              == [True, False, False], table)
scratch.finish()
