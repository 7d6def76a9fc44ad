# Recipes of plugins that were compiled against an earlier or a later minor do what those
# of the present one do.

. "$top_srcdir/tests/cli/setup.sh"

mkdir sizes || exit 99
${CC:-cc} -std=c11 -Wall -Wextra -Werror -shared -fPIC -I"$top_srcdir/include" \
	-o sizes/sizes.so "$top_srcdir/tests/abi/sizes.c" || exit 99
cat >run.ini <<INI
[run]
engine = $top_builddir/core/engine/reference.la
plugin_path = sizes
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[sizes]
INI
for length in shorter present longer; do
	check "a recipe that is $length is run" \
		gives 0 "$cnnviz" run -o "results-$length" -s "sizes.length=$length" run.ini
	check "and gives what the present one gives: $length" cmp \
		"results-$length/sizes/spot/picture.npy" results-shorter/sizes/spot/picture.npy
done
check 'the three conform' gives 0 "$cnnviz" test-plugin sizes/sizes.so
finish
