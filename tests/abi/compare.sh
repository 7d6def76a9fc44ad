# The public ABI only grows: structs at their end, nothing else. Compared by libabigail
# with what was recorded of this minor (cnnviz-1.abi).
#
#   compare.sh --record    write cnnviz-1.abi anew, after the minor has grown (or, before the first release, changed)
set -u

here=$top_srcdir/tests/abi
for tool in abidw abidiff gcc; do
	command -v $tool >/dev/null || {
		echo "SKIP: $tool is not there (package abigail-tools)"
		exit 77
	}
done
[ "$(uname -m)" = x86_64 ] || {
	echo "SKIP: the ABI was recorded for x86-64"
	exit 77
}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# build NAME INCLUDE-FOLDER: $work/NAME.so
build() {
	gcc -std=c11 -g -O0 -w -shared -fPIC -Wl,-soname,cnnviz-1 -I"$2" -o "$work/$1.so" \
		"$here/public.c" || exit 99
}

# What abidw writes, without what differs between two machines
dump() {
	abidw --no-show-locs --no-corpus-path --no-comp-dir-path --short-locs "$1" |
		sed -e "s|$work/||g" -e "s|producer='[^']*'|producer='gcc'|g"
}

# keeps OLD NEW: whether NEW has all of OLD at its old places; ./report says what differs.
# Members behind the last one are all that may be there besides.
keeps() {
	abidiff --no-show-locs "$1" "$2" >"$work/report" 2>&1
	code=$?
	# Bits: 1 error, 2 wrong use, 4 change, 8 change that cannot be harmless
	[ $((code & 3)) -eq 0 ] || { cat "$work/report"; exit 99; }
	! grep -E -q 'offset changed from|member deletion|[1-9][0-9]* Removed|(entity|name) changed from|array type subrange|of type .* was (added|removed)' \
			"$work/report"
}

failures=0
build new "$top_srcdir/include"
if [ "${1-}" = --record ]; then
	dump "$work/new.so" >"$here/cnnviz-1.abi"
	exit
fi

if keeps "$here/cnnviz-1.abi" "$work/new.so"; then
	echo 'the headers keep the recorded ABI'
	if [ -s "$work/report" ]; then
		echo 'FAIL: they have grown; record the new minor: tests/abi/compare.sh --record'
		cat "$work/report"
		failures=1
	fi
else
	echo 'FAIL: the headers break the recorded ABI'
	cat "$work/report"
	failures=1
fi

# The comparison can fail: each of these changes breaks plugins.
cp -r "$top_srcdir/include" "$work/broken" && chmod -R u+w "$work/broken" || exit 99
while read -r what file change; do
	cp "$top_srcdir/include/cnnviz/$file" "$work/broken/cnnviz/$file"
	sed -i "$change" "$work/broken/cnnviz/$file"
	if cmp -s "$top_srcdir/include/cnnviz/$file" "$work/broken/cnnviz/$file"; then
		echo "FAIL: $what: the change does not apply any more"
		failures=$((failures + 1))
	fi
	build broken "$work/broken"
	if keeps "$here/cnnviz-1.abi" "$work/broken.so"; then
		echo "FAIL: $what is not noticed"
		failures=$((failures + 1))
	fi
	cp "$top_srcdir/include/cnnviz/$file" "$work/broken/cnnviz/$file"
done <<'CHANGES'
a-member-in-the-middle host.h s/^\tconst cnnviz_tensor_api \*tensor;/\tvoid *extra; const cnnviz_tensor_api *tensor;/
a-removed-member host.h s/^\tconst cnnviz_random_api \*random;//
a-wider-recipe optimize.h s/^\tuint32_t capture_count;/\tuint64_t capture_count;/
a-wider-integer plugin.h s/^\tuint32_t parameter_count;/\tuint64_t parameter_count;/
a-result-without-its-class library.h s/^\tint64_t target;//
another-argument types.h s/^\tuint32_t (\*rank)(const cnnviz_tensor \*tensor);/\tuint32_t (*rank)(const cnnviz_tensor *tensor, int unit);/
CHANGES

echo "$failures failures"
[ "$failures" -eq 0 ]
