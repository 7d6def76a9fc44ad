#!/bin/sh
# What the tests of a build folder came to: a line for each with its result, the build's name,
# the test, and for one that was skipped or failed the last line of its output.
#   results.sh BUILD NAME
find "$1/tests" -name '*.trs' | sort | while read -r trs; do
	result=$(sed -n 's/^:global-test-result: //p' "$trs")
	test=${trs#"$1"/}
	echo "$result $2 ${test%.trs} $(grep -v '^SKIP .*exit status' "${trs%.trs}.log" |
		tail -n 1)"
done
