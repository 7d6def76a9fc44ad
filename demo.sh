#!/bin/sh
# Install what is missing, build, run the main job and say where the gallery is.
set -eu
cd "$(dirname "$0")"
. ./packages.sh

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES

[ -x configure ] || autoreconf -i
mkdir -p build/demo
cd build/demo
[ -f Makefile ] || ../../configure --quiet
make -s -j"$(nproc)"
cd ../..

# A trained network and photographs beside the checkout make the convincing table.
weights=../shared/models/squeezenet1_0-imagenet.pth
photographs=../shared/images
set -- conf/gradients.ini -o results/demo -s model.architecture=squeezenet1_0
if [ -f "$weights" ]; then
	set -- "$@" -s "model.weights=$weights"
	if [ -d "$photographs" ]; then
		set -- "$@" -s "input.images=$photographs/snake.png:56,$photographs/cat_dog.png:243,$photographs/spider.png"
	fi
else
	echo "No trained network is at hand: the demo runs on seeded random weights."
	echo "The pictures show that everything works, not what a network has learned;"
	echo "README.md tells how to get ImageNet weights."
	set -- "$@" -s model.weights=random
fi
build/demo/cnnviz run "$@"
echo "Gallery: $(pwd)/results/demo/index.html"
