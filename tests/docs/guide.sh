# Every listing of docs/plugin-guide.md compiles without a warning, conforms and runs, and
# the smallest plugin is the one in docs/examples.

. "$top_srcdir/tests/cli/setup.sh"

guide=$top_srcdir/docs/plugin-guide.md

# A comment in front of each listing names its file, or that it goes on.
awk '
	/^<!-- (file|more): / { file = $3; if ($2 == "more:" && !(file in known)) exit 1
		known[file] = 1; next }
	/^ *```/ && inside { inside = 0; file = ""; next }
	/^```(c|ini)$/ && file != "" { inside = 1; next }
	/^ *```/ || (!inside && /^(    |\t)/) {
		print "a listing that is not tried, line " NR; exit 1 }
	inside { print >file }
' "$guide" || fail 'each listing names its file'
check 'there are listings' [ -s tour.c ]
check 'the smallest plugin is that of docs/examples' \
	cmp grad_times_input.c "$top_srcdir/docs/examples/grad_times_input.c"
check 'it has at most 27 lines' [ "$(wc -l <grad_times_input.c)" -le 27 ]

warnings='-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
for source in *.c; do
	stem=${source%.c}
	case $stem in
	test_*) continue ;;
	esac
	check "$source compiles" ${CC:-cc} $warnings -shared -fPIC -I"$top_srcdir/include" \
		-o "plugins/$stem.so" "$source"
	gives 0 "$cnnviz" test-plugin "plugins/$stem.so" ||
		{ fail "$source conforms"; cat stdout; }
done

# Every service that the headers have, called in some listing
awk '
	match($0, /struct cnnviz_[a-z]+_api \{/) { table = substr($0, RSTART + 14, RLENGTH - 20) }
	/^typedef struct cnnviz_host \{/ { table = "host" }
	/^}/ { table = "" }
	table != "" && match($0, /\(\*[a-z_]+\)\(/) {
		print table "->" substr($0, RSTART + 2, RLENGTH - 4) "(" }
' "$top_srcdir"/include/cnnviz/types.h "$top_srcdir"/include/cnnviz/host.h \
	"$top_srcdir"/include/cnnviz/optimize.h "$top_srcdir"/include/cnnviz/rules.h >services
check 'the headers have services' [ "$(wc -l <services)" -ge 60 ]
cat ./*.c >listings
while read -r service; do
	check "there is an example of $service)" grep -qF -- "$service" listings
done <services

cp "$top_srcdir/core/kit/templates/picture.png" .
for stem in grad_times_input hires_cam fade tour channel gradient_deviation; do
	sed "s/^\[grad_times_input\]/[$stem]/" smallest.ini >"$stem.ini"
	[ $stem = tour ] && printf 'other = picture.png\n' >>tour.ini
	check "$stem runs" gives 0 "$cnnviz" run -o "out-$stem" "$stem.ini"
	check "$stem draws" [ -n "$(find "out-$stem/$stem/picture" -name '*.png')" ]
done
sed "s/^\[grad_times_input\]/[rising_gradient]\n[falling_gradient]/" smallest.ini >several.ini
check 'two techniques of one file run' gives 0 "$cnnviz" run -o out-several several.ini
for name in rising_gradient falling_gradient; do
	check "$name draws" [ -e "out-several/$name/picture/heatmap.png" ]
done
check 'a channel that is not there is refused' \
	gives 2 "$cnnviz" check channel.ini -s channel.channel=4096
check 'by its key' holds stderr '[channel] channel: there is no channel 4096 in the layer '
check 'a layer without places is refused by check()' \
	gives 2 "$cnnviz" check channel.ini -s channel.layer=logits
check 'by its key too' holds stderr '[channel] layer: the layer '
check 'hires_cam leaves its number' holds out-hires_cam/manifest.json '"evidence"'
check 'the tour leaves what it declares' [ "$(find out-tour/tour/picture -type f | wc -l)" -ge 9 ]

# The test is linked as an author's is; with sanitizers the library needs theirs.
if nm -D "$top_builddir/.libs/libcnnviz-test.so" | grep -q -E '__(asan|ubsan)_'; then
	echo 'not tried: the test of the guide, since the library has sanitizers in it'
else
	for test in test_*.c; do
		stem=${test%.c}
		check "$test compiles" ${CC:-cc} $warnings -I"$top_srcdir/include" -o "$stem" \
			"$test" "${stem#test_}.c" -L"$top_builddir/.libs" -lcnnviz-test
		check "$test passes" env LD_LIBRARY_PATH="$top_builddir/.libs" "./$stem"
	done
fi

awk -f "$top_srcdir/docs/guide.awk" "$guide" >cnnviz-plugin.7
if command -v mandoc >/dev/null; then
	check 'mandoc finds no fault in cnnviz-plugin(7)' \
		mandoc -T lint -W warning cnnviz-plugin.7
fi
finish
