#!/bin/sh
# Measure every attribution technique on held-out scenes: the numbers in docs/EVALUATION.md.
#
#   models/train/evaluate.sh SPRITES.npz FOLDER [STYLE]
# Writes 200 scenes with a distractor, not used in training (in a STYLE such as openmoji, or
# in the known ones), to FOLDER, and runs conf/evaluation.ini on them.
set -eu
sprites=$1 folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
cnnviz=${CNNVIZ:-cnnviz}

[ -f "$folder/scenes/annotations.json" ] ||
	python3 "$here/scenes.py" write "$sprites" "$folder/scenes" 200 5000 2 128 "$@"
exec "$cnnviz" evaluate "$here/../../conf/evaluation.ini" -o "$folder/results" \
	-s evaluation.annotations="$folder/scenes/annotations.json"
