#!/bin/sh
# gcc -fanalyzer, clang-tidy and cppcheck find nothing but what stands in NAME.supp beside
# this file, with the reason. On demand, since it takes minutes:
#   CNNVIZ_ANALYZE="gcc cppcheck tidy" make check TESTS=tests/static/analyze.sh
set -u
[ -n "${CNNVIZ_ANALYZE-}" ] || {
	echo "SKIP: set CNNVIZ_ANALYZE to some of gcc, cppcheck, tidy"
	exit 77
}
here=$top_srcdir/tests/static
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0
ran=0
packages='libpng zlib libjpeg libexif jansson libcrypto kissfft-float'
# shellcheck disable=SC2086
flags="-std=gnu11 -DHAVE_CONFIG_H -D_GNU_SOURCE -I$top_srcdir/include -I$top_srcdir/core -I$top_srcdir/plugins -I$top_builddir
	-I$top_builddir/core -DPLUGIN_FOLDER=\"p\" -DENGINE_FOLDER=\"e\" -DMODEL_FOLDER=\"m\"
	$(pkg-config --cflags $packages)"
(cd "$top_srcdir" && find core plugins -name '*.c' | sort) >"$folder/files"
sed "s,^,$top_srcdir/," "$folder/files" >"$folder/paths"

# name_functions: after FILE:LINE: write the function that the line is in, since lines move
name_functions()
{
	awk -F: -v source="$top_srcdir" '{
		path = source "/" $1
		name = ""
		for (n = 0; n < $2 + 0 && (getline text <path) > 0; n++)
			if (text ~ /^[A-Za-z_][^;"]*[(]/) {
				sub(/[(].*/, "", text)
				sub(/.*[ *]/, "", text)
				name = text
			}
		close(path)
		place = $1 ":" $2 ":"
		print place (name != "" ? name ":" : "") substr($0, length(place) + 1)
	}'
}

# judge TOOL FINDINGS: those that no line of TOOL.supp (a regular expression; # a reason) excuses
judge()
{
	grep -v '^#' "$here/$1.supp" | grep -v '^$' >"$folder/excused"
	sort -u "$2" | name_functions >"$folder/named"
	set -- "$1" "$folder/named"
	if [ -s "$folder/excused" ]; then
		sort -u "$2" | grep -v -f "$folder/excused" >"$folder/left"
	else
		sort -u "$2" >"$folder/left"
	fi
	printf '%s: %s findings, %s not excused\n' "$1" "$(sort -u "$2" | wc -l)" \
		"$(wc -l <"$folder/left")"
	[ ! -s "$folder/left" ] || failures=$((failures + 1))
	cat "$folder/left"
	ran=$((ran + 1))
}

for tool in $CNNVIZ_ANALYZE; do
	case $tool in
	gcc)
		# shellcheck disable=SC2086
		xargs -P "$(nproc)" -n 1 gcc -c -O1 -fanalyzer -o /dev/null $flags \
			<"$folder/paths" 2>"$folder/gcc"
		grep 'warning:\|error:' "$folder/gcc" | sed "s,^$top_srcdir/,," >"$folder/found"
		judge gcc "$folder/found"
		;;
	cppcheck)
		command -v cppcheck >/dev/null || { echo "no cppcheck"; continue; }
		# shellcheck disable=SC2086
		cppcheck -j "$(nproc)" --quiet --enable=warning,performance,portability \
			--inline-suppr --std=c11 --suppress='*:/usr/include/*' \
			--suppress=missingInclude --suppress=missingIncludeSystem \
			--template='{file}:{line}: {id}: {message}' \
			-I"$top_srcdir/include" -I"$top_srcdir/core" -I"$top_builddir" \
			--file-list="$folder/paths" 2>"$folder/cppcheck"
		sed "s,^$top_srcdir/,," "$folder/cppcheck" | grep '^core\|^plugins' >"$folder/found"
		judge cppcheck "$folder/found"
		;;
	tidy)
		tidy=$(command -v clang-tidy || command -v clang-tidy-14) ||
			{ echo "no clang-tidy"; continue; }
		grep "^$top_srcdir/core/" "$folder/paths" >"$folder/core"
		# shellcheck disable=SC2086
		xargs -P "$(nproc)" -n 1 sh -c '"$0" --quiet --checks="-*,bugprone-*,cert-*,clang-analyzer-*,$1" \
			"$3" -- $2' "$tidy" "$(sed -n 's/^#!//p' "$here/tidy.supp" | tr '\n' ',')" \
			"$(echo $flags)" <"$folder/core" >"$folder/tidy" 2>/dev/null
		grep 'warning:\|error:' "$folder/tidy" |
			sed "s,^$(cd "$top_srcdir" && pwd)/,,; s,^$top_srcdir/,," >"$folder/found"
		judge tidy "$folder/found"
		;;
	esac
done
[ "$ran" -gt 0 ] || { echo "SKIP: none of these tools is there"; exit 77; }
[ "$failures" -eq 0 ]
