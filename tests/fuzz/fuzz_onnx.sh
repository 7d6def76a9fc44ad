#!/bin/sh
# Mutated ONNX files give a sentence or a network: no crash, no leak, no hang.
set -eu
folder=$(mktemp -d "$top_builddir/tests/fuzz-XXXXXX")
trap 'rm -rf "$folder"' EXIT
python3 "$top_srcdir/tests/model/onnx_samples.py" "$folder" || {
	echo "SKIP: no python3 to write the samples"
	exit 77
}
"$top_builddir/tests/fuzz/fuzz_onnx" --mutate "${FUZZ_ROUNDS:-30000}" "$folder"/*.onnx
