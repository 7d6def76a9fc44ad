#!/bin/sh
# Every project that cnnviz-plugin writes builds against the installed tree alone, passes
# its own tests and the conformance run, and does its work in `cnnviz run`.
#   projects.sh BINDIR LIBDIR DATADIR
# Prints a line for each; cmake, meson and ninja are passed over where they are not.
set -u

bin=$1
lib=$2
data=$3
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99

PATH=$bin:$PATH
PKG_CONFIG_PATH=$lib/pkgconfig
LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
ACLOCAL_PATH=$data/aclocal
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH ACLOCAL_PATH
unset DESTDIR MAKEFLAGS MFLAGS MAKELEVEL CNNVIZ_PLUGIN_PATH CNNVIZ_MODEL_PATH CNNVIZ_ENGINE
unset CNNVIZ_TEMPLATES

build_autotools() {
	autoreconf -i && ./configure --quiet && make -s && make -s check
}
build_make() {
	make -s && make -s check
}
build_cmake() {
	cmake -B build && cmake --build build && (cd build && ctest --output-on-failure)
}
build_meson() {
	meson setup build && ninja -C build && meson test -C build --print-errorlogs
}

needs() {
	case $1 in
	autotools) echo autoreconf libtoolize ;;
	make) echo make ;;
	cmake) echo cmake make ;;
	meson) echo meson ninja ;;
	esac
}

failures=0
passed=0
for build in make autotools cmake meson; do
	missing=
	for tool in $(needs $build); do
		command -v "$tool" >/dev/null || missing=$tool
	done
	if [ -n "$missing" ]; then
		echo "projects.sh: passed over $build: $missing is not there"
		continue
	fi
	for kind in attribution general; do
		name=${kind}_$build
		if cnnviz-plugin new "$name" --kind $kind --build $build >log 2>&1 &&
				(cd "$name" && build_$build && cnnviz run -q "$name.ini") >>log 2>&1 &&
				[ -n "$(find "$name/results/$name/picture" -name '*.png')" ]; then
			passed=$((passed + 1))
			echo "projects.sh: $name builds, passes its tests and runs"
		else
			failures=$((failures + 1))
			echo "projects.sh: FAIL: $name"
			cat log
		fi
	done
done
[ "$passed" -gt 0 ] && [ "$failures" -eq 0 ]
