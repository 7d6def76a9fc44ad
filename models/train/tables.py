#!/usr/bin/env python3
"""Put the tables of an evaluation in place of those in a document.

    tables.py DOCUMENT.md NAME EVALUATION.txt [NAME EVALUATION.txt ...]
A table stands in a fence behind a line <!-- NAME --> or <!-- NAME: PART -->; PART is the first
words of the block that it begins with, and it goes to the next part, or to the end.
"""
import re
import sys

FENCE = re.compile(r"<!-- (?P<name>\w+)(: (?P<part>[^>]*))? -->\n```\n(?P<text>.*?)```\n", re.S)


def part_of(evaluation, part, others):
    """From the line that begins with a part to that with the next one"""
    starts = [0 if each is None else evaluation.index("\n" + each) + 1 for each in others]
    start = starts[others.index(part)]
    return evaluation[start:min([s for s in starts if s > start], default=None)]


def main():
    path, *pairs = sys.argv[1:]
    evaluations = dict(zip(pairs[::2], pairs[1::2]))
    with open(path, encoding="utf-8") as file:
        document = file.read()
    fences = list(FENCE.finditer(document))

    def replace(fence):
        name = fence["name"]
        if name not in evaluations:
            return fence[0]
        with open(evaluations[name], encoding="utf-8") as file:
            evaluation = file.read()
        others = [other["part"] for other in fences if other["name"] == name]
        made = part_of(evaluation, fence["part"], others).strip("\n")
        return fence[0].replace("```\n" + fence["text"], "```\n" + made + "\n")

    unknown = set(evaluations) - {fence["name"] for fence in fences}
    if unknown:
        sys.exit(f"{path} has no table named {', '.join(sorted(unknown))}")
    made = FENCE.sub(replace, document)
    with open(path, "w", encoding="utf-8") as file:
        file.write(made)


main()
