#!/bin/sh
# Measure attribution techniques on held-out scenes, and put the tables into
# docs/EVALUATION.md.
#
#   models/train/evaluate.sh SPRITES.npz FOLDER [STYLE]
# Writes 200 scenes with a distractor, not used in training (in a STYLE such as openmoji, or
# in the known ones), to FOLDER, and runs conf/evaluation.ini on them; then every technique,
# by every measure, on the first SCENES of them (10, or what the environment says).
set -eu
sprites=$1 folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
cnnviz=${CNNVIZ:-cnnviz}

[ -f "$folder/scenes/annotations.json" ] ||
	python3 "$here/scenes.py" write "$sprites" "$folder/scenes" 200 5000 2 128 "$@"
"$cnnviz" evaluate "$here/../../conf/evaluation.ini" -o "$folder/results" \
	-s evaluation.annotations="$folder/scenes/annotations.json"
every=$(python3 "$here/every_technique.py" "$cnnviz" "$folder/scenes/annotations.json" \
	"${SCENES:-10}" "$folder/every")
"$cnnviz" evaluate "$every" -o "$folder/every/results"
# So few scenes say nothing about single classes.
sed '/: POINTING by class$/,$d' "$folder/every/results/evaluation.txt" >"$folder/every/tables.txt"
python3 "$here/tables.py" "$here/../../docs/EVALUATION.md" \
	held_out "$folder/results/evaluation.txt" every "$folder/every/tables.txt"
