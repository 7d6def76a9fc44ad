#!/bin/sh
# Measure every attribution technique on held-out scenes: the figures of docs/EVALUATION.md.
#
#   models/train/evaluate.sh SPRITES.npz FOLDER [STYLE]
#
# Draws 200 scenes with a distractor that no training saw (of a STYLE such as openmoji, or of
# the known ones) into FOLDER, and runs conf/evaluation.ini on them.
set -eu
sprites=$1 folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
cnnviz=${CNNVIZ:-cnnviz}

[ -f "$folder/scenes/annotations.json" ] ||
	python3 "$here/scenes.py" write "$sprites" "$folder/scenes" 200 5000 2 128 "$@"
exec "$cnnviz" evaluate "$here/../../conf/evaluation.ini" -o "$folder/results" \
	-s evaluation.annotations="$folder/scenes/annotations.json"
