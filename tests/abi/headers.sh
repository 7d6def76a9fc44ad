# Every public header compiles alone, twice included and without a warning, as
# C11, C17 and C++17, and names nothing of any tensor library.
set -u

include=$top_srcdir/include
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror"
c_warnings="$warnings -Wstrict-prototypes -Wmissing-prototypes -Wc++-compat"
cxx_warnings="$warnings -Wold-style-cast"
failures=0
compiled=0

# compile COMPILER LANGUAGE STANDARD WARNINGS HEADER
compile() {
	if ! printf '#include <cnnviz/%s>\n#include <cnnviz/%s>\n' "$5" "$5" |
			"$1" -x "$2" "-std=$3" $4 -fsyntax-only -I"$include" -; then
		echo "FAIL: $5 does not compile alone with $1 -std=$3"
		failures=$((failures + 1))
	fi
	compiled=$((compiled + 1))
}

for path in "$include"/cnnviz/*.h; do
	header=${path##*/}
	for compiler in gcc clang; do
		command -v $compiler >/dev/null || continue
		compile $compiler c c11 "$c_warnings" "$header"
		compile $compiler c c17 "$c_warnings" "$header"
	done
	for compiler in g++ clang++; do
		command -v $compiler >/dev/null || continue
		compile $compiler c++ c++17 "$cxx_warnings" "$header"
	done
	if grep -n -i -E 'torch(::|/)|\bat::|c10(::|/)|#include *"' "$path"; then
		echo "FAIL: $header names a tensor library or a header of the host"
		failures=$((failures + 1))
	fi
done

if [ "$compiled" -eq 0 ]; then
	echo "SKIP: neither gcc nor clang is there"
	exit 77
fi
echo "$compiled compilations, $failures failures"
[ "$failures" -eq 0 ]
