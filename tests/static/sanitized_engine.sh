#!/bin/sh
# The libtorch engine with host and plugins under AddressSanitizer and
# UndefinedBehaviorSanitizer, leaks included: its agreement with the reference engine for every
# operation, pictures in its own memory, and techniques on a network that ships. Not among
# the tests, since it builds everything once more; what is built stays for the next time.
#   tests/static/sanitized_engine.sh BUILD [CONFIGURE-ARGUMENT...]
set -eu
[ $# -gt 0 ] || { sed -n 's/^#   /usage: /p' "$0" >&2; exit 99; }
source=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"
shift
# Optimizing the engine takes as long as its tests, and they find the same without.
[ -f Makefile ] || "$source/configure" --quiet --enable-werror --enable-sanitizers \
	CC="${CC:-clang}" CXX="${CXX:-clang++}" CFLAGS="${CFLAGS:--O1 -g}" \
	CXXFLAGS="${CXXFLAGS:--O0 -g1}" "$@"
programs='tests/reference/test_engines tests/optimize/test_canvas'
# One after the other: `all` is a make of its own, beside which these would be made twice.
make -s -j"$(nproc)" all
make -s -j"$(nproc)" $programs tests/reference/engine_without_entry.la \
	tests/reference/engine_other_version.la tests/reference/engine_unresolved.la

top_srcdir=$source top_builddir=$(pwd) XDG_CACHE_HOME=$(pwd)/tests/cache
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# As in tests/tests.am
ASAN_OPTIONS=intercept_tls_get_addr=0
export top_srcdir top_builddir XDG_CACHE_HOME OMP_NUM_THREADS OPENBLAS_NUM_THREADS ASAN_OPTIONS
# The sanitizer looks for the function that throws when a program starts, and ours have no C++
# until the engine is loaded.
LD_PRELOAD=$(${CXX:-clang++} -print-file-name=libstdc++.so.6)
export LD_PRELOAD
for program in $programs; do
	"$program"
done
jobs=grad_cam,finer_cam,full_grad,eigen_grad_cam,recipro_cam,guided_grad_cam,smooth_grad
jobs=$jobs,integrated_gradients,deep_feature_factorization,filter_vis,deep_dream,fooling
./cnnviz run --quiet "$source/conf/demo.ini" --only "$jobs" --output results \
	-s input.images="$source/conf/pictures/scenes/dog-cat.jpg:dog" \
	-s smooth_grad.samples=2 -s filter_vis.iterations=2 -s deep_dream.iterations=2 \
	-s filter_vis.filter=0-1 -s integrated_gradients.steps=8
echo "no findings"
