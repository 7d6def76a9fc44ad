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

# Three builds compile the same C; the first keeps its objects for the others.
export CCACHE_DIR="$source/build/ccache" CCACHE_BASEDIR="$source" CCACHE_NOHASHDIR=yes

# build NAME CONFIGURE-ARGUMENT...: configure (once) and make in build/NAME
build()
{
	name=$1
	shift
	mkdir -p "build/$name"
	(
		cd "build/$name"
		if [ ! -f Makefile ]; then
			../../configure --quiet --enable-werror "$@"
		fi
		make -s -j"$jobs"
	)
}

# run_tests NAME [MAKE-ARGUMENT...]: make check in build/NAME, counting results
run_tests()
{
	name=$1
	shift
	status=0
	(cd "build/$name" && make -s -j"$jobs" check "$@") || status=$?
	count_results "$name"
	return $status
}

# Each test writes a .trs file with its result and a .log with its output.
count_results()
{
	find "build/$1/tests" -name '*.trs' | sort | while read -r trs; do
		result=$(sed -n "s/^:global-test-result: //p" "$trs")
		log=${trs%.trs}.log
		test=${trs#build/"$1"/}
		echo "$result $1 ${test%.trs} $(grep -v "^SKIP .*exit status" "$log" | tail -n 1)" >>"$summary"
	done
}

failed=0

# Full debug information of libtorch's headers takes half the time of compiling the engine.
say "gcc, libtorch: all tests"
build gcc CC='ccache gcc' CFLAGS='-O2 -g' CXXFLAGS='-O2 -g1'
run_tests gcc || failed=1

if [ "${1-}" != quick ]; then
	say "clang, AddressSanitizer and UndefinedBehaviorSanitizer"
	build clang --without-torch --enable-sanitizers CC=clang CXX=clang++ \
		CFLAGS='-O1 -g'
	run_tests clang || failed=1

	# libtorch's static state is reported as leaks, so only the host is tested.
	say "valgrind"
	build host --without-torch CC='ccache gcc' CFLAGS='-O2 -g'
	(cd build/host && make -s check-valgrind) || failed=1
	cat build/host/valgrind-summary >>"$summary"

	say "distribution: build, test, install and uninstall from the tarball"
	without="--without-torch PYTHON_ORACLE=none CHROMIUM=none"
	if (cd build/gcc && make -s -j"$jobs" distcheck AM_DISTCHECK_CONFIGURE_FLAGS="$without \
			--enable-werror CC='ccache gcc' CFLAGS='-O2 -g'"); then
		echo "PASS distcheck distcheck" >>"$summary"
	else
		echo "FAIL distcheck distcheck" >>"$summary"
		failed=1
	fi
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
