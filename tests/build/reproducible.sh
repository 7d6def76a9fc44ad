#!/bin/sh
# Two builds in different folders give the same bytes. On demand, since it builds all C twice:
#   CNNVIZ_REPRODUCIBLE=1 make check TESTS=tests/build/reproducible.sh
set -eu
[ -n "${CNNVIZ_REPRODUCIBLE-}" ] || {
	echo "SKIP: set CNNVIZ_REPRODUCIBLE=1 to build everything twice"
	exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
source=$(cd "$top_srcdir" && pwd)
# What a compiler cache has kept would be the same in any case.
CCACHE_DISABLE=1
export CCACHE_DISABLE
for build in one/build another/folder/with/a/longer/name; do
	mkdir -p "$folder/$build"
	(
		cd "$folder/$build"
		"$source/configure" --quiet --without-torch --prefix=/usr \
			CFLAGS="${CFLAGS--g -O2}" >log 2>&1
		make -s -j"$(nproc)" >>log 2>&1
		make -s install DESTDIR="$folder/$build/installed" >>log 2>&1
	) || { tail -n 30 "$folder/$build/log"; exit 99; }
done
diff -r "$folder/one/build/installed" \
	"$folder/another/folder/with/a/longer/name/installed" && echo "the same bytes"
