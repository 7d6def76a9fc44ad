# Sourced by the scripts in this folder: creates a temporary folder with a small network,
# pictures and plugins; sets $cnnviz to the program under test; counts failures.

set -u

cnnviz=${CNNVIZ:-$top_builddir/cnnviz}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM

for file in spot.png stripe.jpg stripe.png tiny.ini tiny.labels; do
	cp "$top_srcdir/tests/data/$file" "$work" && chmod u+w "$work/$file" || exit 99
done
mkdir "$work/plugins" || exit 99
for plugin in tests/cli/every_type tests/plugins/contact_sheet tests/plugins/noise_card \
		tests/plugins/other_major tests/run/alike tests/run/listing; do
	ln -s "$top_builddir/${plugin%/*}/.libs/${plugin##*/}.so" "$work/plugins" || exit 99
done

# The caller's environment must not matter.
unset CNNVIZ_ENGINE CNNVIZ_MODEL_PATH TORCH_HOME
XDG_CACHE_HOME=$top_builddir/tests/cache
CNNVIZ_PLUGIN_PATH=$work/plugins
export XDG_CACHE_HOME CNNVIZ_PLUGIN_PATH
cd "$work" || exit 99

checks=0
failures=0

fail() {
	failures=$((failures + 1))
	printf 'FAIL: %s\n' "$*"
}

# check NAME COMMAND...: the command must succeed
check() {
	checks=$((checks + 1))
	name=$1
	shift
	"$@" || fail "$name"
}

# holds FILE TEXT: the text is somewhere in the file
holds() {
	grep -qF -- "$2" "$1" && return 0
	printf '"%s" is not in:\n' "$2"
	cat "$1"
	return 1
}

# gives CODE COMMAND...: run with output to ./stdout and ./stderr
gives() {
	wanted=$1
	shift
	"$@" >stdout 2>stderr
	code=$?
	[ "$code" -eq "$wanted" ] && return 0
	printf 'exit code %s instead of %s:\n' "$code" "$wanted"
	cat stderr
	return 1
}

finish() {
	printf '%s checks, %s failures\n' "$checks" "$failures"
	[ "$checks" -gt 0 ] && [ "$failures" -eq 0 ]
	exit
}
