#!/bin/sh
# Install missing packages, build with every compiler and checker, run all tests.
#
#   ./check.sh           everything
#   ./check.sh quick     only the first build and its tests
set -eu
cd "$(dirname "$0")"
. ./packages.sh

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $CHECK_PACKAGES

source=$(pwd)
jobs=$(nproc)
summary=$source/build/check-summary
[ -x configure ] || autoreconf -i
mkdir -p build
: >"$summary"

began=$(date +%s)
say()
{
	elapsed=$(($(date +%s) - began))
	printf '\n== %s (after %d:%02d)\n' "$*" $((elapsed / 60)) $((elapsed % 60))
}

# Builds that compile the same C share its objects, if they are to be installed in the same place,
# which is compiled in. The cache may keep what was compiled with the engine's headers read
# beforehand.
export CCACHE_DIR="$source/build/ccache" CCACHE_BASEDIR="$source" CCACHE_NOHASHDIR=yes
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build NAME CONFIGURE-ARGUMENT...: configure (once for these arguments) and make in build/NAME
build()
{
	name=$1
	shift
	mkdir -p "build/$name"
	(
		cd "build/$name"
		if [ ! -f Makefile ] || [ "$(cat arguments 2>/dev/null)" != "$*" ]; then
			../../configure --quiet --enable-werror "$@"
			echo "$*" >arguments
		fi
		make -s -j"$jobs"
	)
}

# result NAME COMMAND...: run it, and write a line for it to the summary
result()
{
	name=$1
	shift
	if "$@"; then
		echo "PASS $name" >>"$summary"
	else
		echo "FAIL $name" >>"$summary"
		failed=1
	fi
}

failed=0
installed=$source/build/installed
rm -rf "$installed"

# Full debug information of libtorch's headers takes half the time of compiling the engine.
say "gcc, libtorch: all tests"
build gcc --prefix="$installed" \
	CC='ccache gcc' CFLAGS='-O2 -g' CXXFLAGS='-O2 -g1'
# One more than there are CPUs, since some tests wait.
(cd build/gcc && make -s -j"$((jobs + 1))" check) || failed=1
sh tests/results.sh build/gcc gcc >>"$summary"

if [ "${1-}" != quick ]; then
	say "the installed program, and plugins built against it"
	make -s -C build/gcc install
	result "gcc installed" make -s -C build/gcc -j"$jobs" installcheck
	rm -rf "$installed"

	# One build serves both: what the tarball lacks fails a test there. Pages were opened in
	# the browser above.
	say "distribution, clang, AddressSanitizer and UndefinedBehaviorSanitizer: all tests"
	distribution=$source/build/gcc/cnnviz-$(sed -n 's/^PACKAGE_VERSION = //p' build/gcc/Makefile)
	results=$source/build/clang-results
	rm -f "$results"
	result "clang distcheck" make -s -C build/gcc -j"$((jobs + 1))" distcheck RESULTS="$results" \
		AM_DISTCHECK_CONFIGURE_FLAGS="--without-torch --enable-werror CHROMIUM=/none \
			--enable-sanitizers CC='ccache clang' CXX=clang++ CFLAGS='-O1 -g'"
	# A build that fails is left where it was.
	[ -s "$results" ] || sh tests/results.sh "$distribution/_build/sub" clang >"$results"
	cat "$results" >>"$summary"

	say "libtorch's engine, clang, AddressSanitizer and UndefinedBehaviorSanitizer"
	result "clang sanitized_engine" env CC='ccache clang' \
		tests/static/sanitized_engine.sh build/sanitized --prefix="$distribution/_inst"

	# libtorch's static state is reported as leaks, so only the host is tested.
	say "valgrind"
	build host --without-torch --prefix="$installed" CC='ccache gcc' CFLAGS='-O2 -g'
	(cd build/host && make -s check-valgrind) || failed=1
	cat build/host/valgrind-summary >>"$summary"
fi

say "Summary"
if grep -q '^SKIP' "$summary"; then
	echo "Skipped:"
	sed -n 's/^SKIP \([^ ]*\) \([^ ]*\) */  \2 (\1): /p' "$summary"
fi
if grep -qv '^SKIP\|^PASS' "$summary"; then
	echo "Failed:"
	grep -v '^SKIP\|^PASS' "$summary" | sed 's/^/  /'
	failed=1
fi
passed=$(grep -c '^PASS' "$summary" || true)
skipped=$(grep -c '^SKIP' "$summary" || true)
wrong=$(grep -cv '^SKIP\|^PASS' "$summary" || true)
echo "$passed passed, $wrong failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
