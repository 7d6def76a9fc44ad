#!/bin/sh
# Mutated records give a sentence, or a record that says the same: no crash, no leak.
set -u
exec "$top_builddir/tests/fuzz/fuzz_record" --mutate "${FUZZ_ROUNDS:-20000}" \
	"$top_srcdir"/tests/output/record.json
