#!/bin/sh
# Install missing packages, build, run the demos and print where the galleries are.
set -eu
cd "$(dirname "$0")"
. ./packages.sh

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES

[ -x configure ] || autoreconf -i
mkdir -p build/demo
cd build/demo
# Without debug information compiling takes half as long.
[ -f Makefile ] || ../../configure --quiet CFLAGS=-O2 CXXFLAGS=-O2
make -s -j"$(nproc)"
cd ../..

build/demo/cnnviz run conf/demo.ini -o results/demo
build/demo/cnnviz run conf/demo_segmentation.ini -o results/demo_segmentation
echo "Segmentation gallery: $(pwd)/results/demo_segmentation/index.html"
echo "Gallery: $(pwd)/results/demo/index.html"
