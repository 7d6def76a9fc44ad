#!/bin/sh
# Mutated weight files give a sentence or tensors: no crash, no leak, no hang.
set -u
exec "$top_builddir/tests/fuzz/fuzz_weights" --mutate "${FUZZ_ROUNDS:-50000}" \
	"$top_srcdir"/tests/weights/data/*.pth \
	"$top_srcdir"/tests/weights/data/*.pt \
	"$top_srcdir"/tests/weights/data/*.safetensors
