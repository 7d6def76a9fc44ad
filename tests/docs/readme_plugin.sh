#!/bin/sh
# The plugin in README.md is the one in docs/examples, compiles without a warning,
# is found, and runs.
set -u
example=$top_srcdir/docs/examples/grad_times_input.c
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

sed -n '/^```c$/,/^```$/p' "$top_srcdir/README.md" | sed '1d;$d' >"$work/readme.c"
cmp "$work/readme.c" "$example" ||
	{ echo "FAIL README.md shows another plugin than docs/examples"; exit 1; }
[ "$(wc -l <"$example")" -le 27 ] || { echo "FAIL more than 27 lines"; exit 1; }

${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -shared -fPIC \
	-I"$top_srcdir/include" -o "$work/grad_times_input.so" "$example" || exit 1

CNNVIZ_PLUGIN_PATH=$work "$top_builddir/cnnviz" techniques | grep '^grad_times_input ' ||
	{ echo "FAIL the plugin is not found"; exit 1; }

CNNVIZ_ENGINE=$top_builddir/core/engine/reference.la
export CNNVIZ_ENGINE
cat >"$work/run.ini" <<INI
[model]
architecture = $top_srcdir/tests/data/tiny.ini
weights = random
[input]
images = $top_srcdir/conf/pictures/cat.jpg
[grad_times_input]
INI
CNNVIZ_PLUGIN_PATH=$work "$top_builddir/cnnviz" run -q -o "$work/out" "$work/run.ini" ||
	{ echo "FAIL the run failed"; exit 1; }
for file in color.png gray.png positive.png negative.png attribution.npy; do
	[ -s "$work/out/grad_times_input/cat/$file" ] ||
		{ echo "FAIL $file is missing"; exit 1; }
done
echo "ok: the plugin of README.md runs"
