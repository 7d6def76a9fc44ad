# shellcheck shell=sh
# Sourced by demo.sh and check.sh: install the packages that are missing.

BUILD_PACKAGES='gcc g++ make autoconf automake libtool autoconf-archive pkg-config
	libtorch-dev libdnnl-dev libopenblas0-pthread libltdl-dev libiniparser-dev libpng-dev
	libjpeg-dev libexif-dev libgif-dev libjansson-dev libssl-dev libkissfft-dev zlib1g-dev
	libopencv-imgproc-dev'
CHECK_PACKAGES='libcunit1-dev python3 python3-torch python3-torchvision python3-numpy
	python3-pil clang libclang-rt-14-dev valgrind chromium binutils abigail-tools
	cmake meson ninja-build groff locales clang-format-14 ccache
	bash fish zsh libonnx-testdata parallel'

# install_packages NAME...
install_packages()
{
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	if [ -z "$missing" ]; then
		return 0
	fi
	echo "Installing:$missing"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
			as_root=sudo
		else
			echo "These packages are missing; as root, run" >&2
			echo "  apt-get install --no-install-recommends$missing" >&2
			return 1
		fi
	fi
	$as_root apt-get update -qq
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $missing
}
