#!/bin/sh
# Every project that cnnviz-plugin writes builds against the installed tree alone, passes
# its tests and the conformance checks, works in `cnnviz run`, and is installed where the
# program looks for plugins. With clang two of the four build systems are tried.
#   projects.sh BINDIR LIBDIR DATADIR INCLUDEDIR MANDIR
# Prints a line for each; cmake, meson and ninja are skipped if they are missing.
set -u

bin=$1
lib=$2
data=$3
include=$4
man=$5
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
plugins=$(pkg-config --variable=plugindir cnnviz) || exit 1

build_autotools() {
	autoreconf -i && ./configure --quiet && make -s && make -s check
}
# The Makefile's programs find the library for tests by themselves
build_make() {
	make -s && env -u LD_LIBRARY_PATH make -s check
}
build_cmake() {
	cmake -B build && cmake --build build && (cd build && ctest --output-on-failure)
}
build_meson() {
	meson setup build && ninja -C build && meson test -C build --print-errorlogs
}

install_autotools() {
	make -s install
}
install_make() {
	make -s install
}
install_cmake() {
	cmake --install build
}
install_meson() {
	meson install -C build
}

needs() {
	case $1 in
	autotools) echo autoreconf libtoolize ;;
	make) echo make ;;
	cmake) echo cmake make ;;
	meson) echo meson ninja ;;
	esac
}

# try KIND BUILD: write a project in a folder of the compiler, build and run it
try() {
	name=${1}_$2
	mkdir -p "$work/$CC" && cd "$work/$CC" || exit 99
	if cnnviz-plugin new "$name" --kind "$1" --build "$2" >log 2>&1 &&
			(cd "$name" && "build_$2" && cnnviz run -q "$name.ini") >>log 2>&1 &&
			[ -n "$(find "$name/results/$name/picture" -name '*.png')" ] &&
			(cd "$name" && DESTDIR=$PWD/stage && export DESTDIR && "install_$2" &&
				cnnviz run -q -s "run.plugin_path=$DESTDIR$plugins" -o again \
					"$name.ini" && [ -s "$DESTDIR$plugins/$name.so" ]) >>log 2>&1; then
		passed=$((passed + 1))
		echo "projects.sh: $name with $CC: builds, passes its tests, installs and runs"
	else
		failures=$((failures + 1))
		echo "projects.sh: FAIL: $name with $CC"
		cat log
	fi
	cd "$work" || exit 99
}

# refused MAJOR MINOR: CNNVIZ_PLUGIN stops configure if the ABI does not match
refused() {
	(
		cd "$work/$CC/attribution_autotools" || exit 99
		sed -i "s/CNNVIZ_PLUGIN(.*)/CNNVIZ_PLUGIN([$1], [$2])/" configure.ac
		autoreconf && ! ./configure --quiet
	) >log 2>&1
	if grep -q "its plugin ABI is [0-9.]*; $1\.$2 is needed" log; then
		echo "projects.sh: CNNVIZ_PLUGIN refuses a build for the ABI $1.$2"
	else
		failures=$((failures + 1))
		echo "projects.sh: FAIL: CNNVIZ_PLUGIN([$1], [$2]) is not refused"
		cat log
	fi
}

failures=0
passed=0

# present FILE: whether it was installed
present() {
	[ -e "$1" ] && return
	failures=$((failures + 1))
	echo "projects.sh: FAIL: there is no $1"
}
for page in 1/cnnviz.1 1/cnnviz-plugin.1 3/libcnnviz.3 5/cnnviz.ini.5 5/cnnviz-network.5 7/cnnviz-plugin.7; do
	present "$man/man$page"
done
for header in cnnviz host library optimize plugin test types; do
	present "$include/cnnviz/$header.h"
done
present "$plugins/vanilla_bp.so"
present "$(pkg-config --variable=modeldir cnnviz)/vgg16.ini"
present "$(pkg-config --variable=confdir cnnviz)/gradients.ini"
present "$data/aclocal/cnnviz.m4"
for part in major minor; do
	grep -q "CNNVIZ_ABI_$(echo $part | tr a-z A-Z) UINT32_C($(pkg-config \
			--variable=abi_$part cnnviz))" "$include/cnnviz/types.h" || {
		failures=$((failures + 1))
		echo "projects.sh: FAIL: cnnviz.pc has another abi_$part than the headers"
	}
done

for compiler in gcc clang; do
	command -v $compiler >/dev/null || {
		echo "projects.sh: skipped $compiler: it is not there"
		continue
	}
	CC=$compiler
	export CC
	case $compiler in
	gcc) builds='make autotools cmake meson' ;;
	*) builds='make meson' ;;
	esac
	for build in $builds; do
		missing=
		for tool in $(needs $build); do
			command -v "$tool" >/dev/null || missing=$tool
		done
		if [ -n "$missing" ]; then
			echo "projects.sh: skipped $build: $missing is not there"
			continue
		fi
		for kind in attribution general; do
			try $kind $build
		done
	done
	if [ -d "$work/$CC/attribution_autotools" ]; then
		refused "$(pkg-config --variable=abi_major cnnviz)" \
			"$(($(pkg-config --variable=abi_minor cnnviz) + 1))"
		refused "$(($(pkg-config --variable=abi_major cnnviz) + 1))" 0
	fi
done
[ "$passed" -gt 0 ] && [ "$failures" -eq 0 ]
