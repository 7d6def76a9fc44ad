#!/bin/sh
# Build, test and measure cnnviz on a machine with a graphics card of NVIDIA's and
# PyTorch, whose libtorch is used. Nothing is installed.
#
#   tests/gpu/run.sh FOLDER [PART...]
#
# FOLDER is what prepare.sh has filled. PART is operations, techniques, sharing or speed;
# all of them if none is given. The build is kept in ${WORK:-/tmp/cnnviz-gpu}.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ] || ! ls "$1"/cnnviz-*.tar.gz >/dev/null 2>&1; then
	echo "usage: tests/gpu/run.sh FOLDER [PART...]; fill FOLDER with tests/gpu/prepare.sh" >&2
	exit 2
fi
folder=$(cd "$1" && pwd)
shift
parts=${*:-operations techniques sharing speed}
work=${WORK:-/tmp/cnnviz-gpu}
python=${PYTHON3:-python3}
packages=$work/packages
libraries=$packages/usr/lib/x86_64-linux-gnu
started=$(date +%s)

say()
{
	printf '== %4d s: %s\n' $(($(date +%s) - started)) "$*"
}

# Each package is unpacked into one private folder. Links to /lib in packages are meant
# for a machine where /lib is /usr/lib.
unpack()
{
	mkdir -p "$packages/lib" "$packages/usr"
	ln -sfn usr/lib "$packages/lib.tmp"
	rmdir "$packages/lib" 2>/dev/null && mv "$packages/lib.tmp" "$packages/lib"
	mkdir -p "$packages/usr/lib"
	for package in "$folder"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar -x -C "$packages" --keep-directory-symlink
	done
	find "$libraries" -type l -lname '/*' | while read -r link; do
		ln -sfn "$packages$(readlink "$link")" "$link"
	done
	for alternative in blas lapack; do
		for library in "$libraries/$alternative"/*.so.3; do
			ln -sfn "$library" "$libraries/$(basename "$library")"
		done
	done
	cat >"$work/pkg-config" <<-EOF
		#!/bin/sh
		PKG_CONFIG_SYSROOT_DIR='$packages'
		PKG_CONFIG_LIBDIR='$libraries/pkgconfig:$packages/usr/share/pkgconfig'
		LD_LIBRARY_PATH='$libraries'
		export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR LD_LIBRARY_PATH
		exec '$packages/usr/bin/pkgconf' "\$@"
	EOF
	chmod +x "$work/pkg-config"
}

build()
{
	torch=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
	tar -xzf "$folder"/cnnviz-*.tar.gz -C "$work" --strip-components=1
	(
		cd "$work"
		# The packages' libraries are found by the paths in what is linked, those that
		# they need too, so that nothing else on the machine meets them.
		./configure --quiet --with-libtorch="$torch" PYTHON_ORACLE=none \
			PYTHON3="$python" PKG_CONFIG="$work/pkg-config" \
			CPPFLAGS="-I$packages/usr/include -I$packages/usr/include/x86_64-linux-gnu -I$packages/usr/include/opencv4" \
			LDFLAGS="-L$libraries -Wl,--disable-new-dtags,-rpath,$libraries,-rpath-link,$libraries"
		make -s -j"$(nproc)"
	)
}

mkdir -p "$work"
if [ ! -x "$work/cnnviz" ]; then
	say "unpacking packages"
	unpack
	say "building"
	build
fi
top_srcdir=$work
top_builddir=$work
PYTHONPATH=$here
PYTHONDONTWRITEBYTECODE=1
export top_srcdir top_builddir PYTHONPATH PYTHONDONTWRITEBYTECODE
cd "$work"
failed=
for part in $parts; do
	say "$part"
	case $part in
	operations)
		make -s -j"$(nproc)" core/engine/reference.la tests/reference/test_engines \
			tests/reference/engine_without_entry.la \
			tests/reference/engine_other_version.la \
			tests/reference/engine_unresolved.la
		CNNVIZ_TEST_DEVICE=${CNNVIZ_TEST_DEVICE:-cuda} stdbuf -oL ./tests/reference/test_engines >engines.log 2>&1 ||
			failed="$failed $part"
		tail -n 12 engines.log
		;;
	*)
		"$python" "$here/$part.py" || failed="$failed $part"
		;;
	esac
done
say "done"
if [ -n "$failed" ]; then
	echo "FAILED:$failed"
	exit 1
fi
