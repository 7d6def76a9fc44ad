# Plugins that were compiled against the headers of minor 0 still load, run and conform.

. "$top_srcdir/tests/cli/setup.sh"

for source in tests/abi/1.0/every_service.c docs/examples/grad_times_input.c; do
	stem=${source##*/}
	stem=${stem%.c}
	mkdir old
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -shared -fPIC -I"$top_srcdir/tests/abi/1.0" \
		-o "old/$stem.so" "$top_srcdir/$source" || exit 99
	check "$stem conforms" gives 0 "$cnnviz" test-plugin "old/$stem.so"
	check "$stem says that it is of minor 0" holds stdout 'ABI 1.0'
	cat >run.ini <<INI
[run]
engine = $top_builddir/core/engine/reference.la
plugin_path = old
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[vanilla_bp]
[$stem]
INI
	[ "$stem" = every_service ] && echo 'base = vanilla_bp' >>run.ini
	check "$stem runs" gives 0 "$cnnviz" run -o "results-$stem" run.ini
	check "$stem leaves its results" [ -n "$(find "results-$stem/$stem" -name '*.png')" ]
	mv old "done-$stem"
done
check 'the host told it of its own, later minor' holds \
	results-every_service/manifest.json 'made for minor 0, run by minor 1'
finish
