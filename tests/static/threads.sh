#!/bin/sh
# ThreadSanitizer finds no race in what threads do side by side: reading, drawing and writing
# pictures, and the digest of the weights. With the reference engine, since libtorch is not built
# for it. On demand, since all is built for it:
#   CNNVIZ_TSAN=1 make check TESTS=tests/static/threads.sh
set -u
[ -n "${CNNVIZ_TSAN-}" ] || {
	echo "SKIP: set CNNVIZ_TSAN=1"
	exit 77
}
source=$(cd "$top_srcdir" && pwd)
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
"$source/configure" --quiet --without-torch --enable-sanitizers=thread \
	CC="${CC-gcc}" CFLAGS='-O1 -g' CXXFLAGS='-O1 -g' >configure.out 2>&1 &&
	make -s -j"$(nproc)" >make.out 2>&1 || {
	tail -n 20 configure.out make.out
	exit 99
}
# None that crashes on purpose, or has another library before the program
tests='tests/unit/test_pool tests/library/test_library tests/run/overlap.py tests/run/sharing.py tests/run/pictures.py
	tests/run/output.py tests/run/interrupt.py tests/run/failures.py'
TSAN_OPTIONS="exitcode=66 log_path=$folder/race" make -s check TESTS="$(echo $tests)" \
	>check.out 2>&1
# What a test has against a slow program is no race; one that finds none has to pass, though.
grep '^PASS\|^FAIL\|^ERROR\|^SKIP' check.out
grep -q '^PASS' check.out
code=$?
for log in race.*; do
	[ ! -e "$log" ] || {
		code=1
		head -n 60 "$log"
	}
done
exit "$code"
