#!/bin/sh
# Damaged files of every format give a sentence or what they say: no crash, no leak, no hang.
# Each target gets its seeds, all of their beginnings, and mutations for FUZZ_SECONDS.
set -u
folder=$(mktemp -d "$top_builddir/tests/fuzz-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
python3 "$top_srcdir/tests/fuzz/corpus.py" "$folder" || {
	echo "SKIP: no python3 to write the seeds"
	exit 77
}
# No plugins and networks of the machine: only what stands in the tree
CNNVIZ_PLUGIN_PATH=$folder CNNVIZ_MODEL_PATH=$folder
export CNNVIZ_PLUGIN_PATH CNNVIZ_MODEL_PATH
failed=0
for seeds in "$folder"/*/; do
	name=$(basename "$seeds")
	printf '%s: ' "$name"
	"$top_builddir/tests/fuzz/fuzz_$name" "${FUZZ_SECONDS:-1}" "$seeds"* 2>"$folder/log" || {
		echo "FAIL: fuzz_$name ends with $?"
		tail -n 40 "$folder/log"
		failed=1
	}
done
exit $failed
