#!/bin/sh
# Cut and mutated .pt2 files give a sentence or a network: no crash, no leak, no hang.
set -eu
folder=$(mktemp -d "$top_builddir/tests/fuzz-XXXXXX")
trap 'rm -rf "$folder"' EXIT
python3 "$top_srcdir/tests/model/pt2_samples.py" "$folder" || {
	echo "SKIP: no python3 to write the samples"
	exit 77
}
"$top_builddir/tests/fuzz/fuzz_pt2" --cut "$folder/plain.pt2"
"$top_builddir/tests/fuzz/fuzz_pt2" --mutate "${FUZZ_ROUNDS:-4000}" "$folder"/*.pt2
