# The examples of the library are built and run with what is installed.
#   installed.sh EXAMPLES LIBDIR PICTURE
set -eu
examples=$1
libdir=$2
picture=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir
export PKG_CONFIG_PATH LD_LIBRARY_PATH
[ -e "$libdir/cnnviz/engines/torch.so" ] || export CNNVIZ_ENGINE=reference
cd "$work"
${CC:-cc} -std=c11 -Wall -Wextra -Werror "$examples/embed.c" \
	$(pkg-config --cflags --libs libcnnviz) -o embed
./embed "$picture" >said
cat said
grep -q '^upload: dog, probability 0\.' said
grep -q '^grad_cam for dog: 8 x 8, maximum ' said
[ "$(ls)" = "$(printf 'embed\nsaid')" ] ||
	{ echo "installed.sh: FAIL: embed has left files: $(ls)"; exit 1; }
if [ -z "${PYTHON3-}" ]; then
	echo "installed.sh: skipped embed.py: there is no python3"
	exit 0
fi
"$PYTHON3" "$examples/embed.py" "$picture" >said-python
cmp said said-python
echo "installed.sh: the library is there"
