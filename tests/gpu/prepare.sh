#!/bin/sh
# Fill a folder with what run.sh needs on a machine without any package registry: the
# source archive, and the packages of Debian that cnnviz is built with, except compilers
# and libtorch.
#
#   tests/gpu/prepare.sh FOLDER BUILD
#
# BUILD is a configured build tree; apt-get and its lists are those of this machine.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ $# -ne 2 ] || [ ! -f "$2/Makefile" ]; then
	echo "usage: tests/gpu/prepare.sh FOLDER BUILD" >&2
	exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
. "$top/packages.sh"

# What every machine that can compile has, and what is only a way to it
is_there()
{
	case $1 in
	libc6 | libc6-dev | libgcc-s1 | gcc-*-base | libstdc++6) return 0 ;;
	perl* | *mesa* | debconf* | dpkg | tar | m4 | autoconf | automake | autotools-dev) return 0 ;;
	libtorch-dev | libopenblas* | libtool) return 0 ;;
	esac
	return 1
}

# The packages given and all that they depend on, once each, in $packages
packages=
add_packages()
{
	for package in "$@"; do
		case " $packages " in
		*" $package "*) continue ;;
		esac
		if is_there "$package"; then
			continue
		fi
		packages="$packages $package"
		# shellcheck disable=SC2046
		add_packages $(apt-cache depends "$package" |
			sed -n 's/^ *|\{0,1\}Depends: \([a-z].*\)/\1/p')
	done
}

for package in $BUILD_PACKAGES libcunit1-dev; do
	case $package in
	lib*) add_packages "$package" ;;
	esac
done
add_packages pkgconf
rm -f "$folder"/*.deb "$folder"/cnnviz-*.tar.gz
# shellcheck disable=SC2086
(cd "$folder" && apt-get download -qq $packages)
make -s -C "$build" dist-gzip
mv "$build"/cnnviz-*.tar.gz "$folder"
size=$(du -sm "$folder" | cut -f1)
echo "$folder: $(find "$folder" -name '*.deb' | wc -l) packages and the source archive, $size MiB"
[ "$size" -lt 64 ]
