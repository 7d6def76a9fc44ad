# A shipped plugin exports cnnviz_plugin and nothing else, needs nothing but libc
# and libm, and has all its symbols bound when it is loaded. An engine exports cnnviz_engine
# and nothing else: a template of C++ that it showed would be taken by other libraries.
set -u

for tool in nm readelf; do
	if ! command -v $tool >/dev/null; then
		echo "SKIP: $tool is not there"
		exit 77
	fi
done

failures=0
checked=0

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

for plugin in "$top_builddir"/plugins/.libs/*.so; do
	[ -e "$plugin" ] || continue
	name=${plugin##*/}
	if nm -D --undefined-only "$plugin" | grep -q -E '__(asan|ubsan)_'; then
		echo "SKIP: built with sanitizers, whose symbols stay undefined in modules"
		exit 77
	fi
	exported=$(nm -D --defined-only "$plugin" | awk '{ print $NF }' | tr '\n' ' ')
	[ "$exported" = "cnnviz_plugin " ] ||
		fail "$name exports $exported"
	# Weak ones belong to the compiler's start-up code.
	foreign=$(nm -D --undefined-only "$plugin" |
		awk '$1 != "w" && $NF !~ /@GLIBC_/ { print $NF }')
	libraries=$(readelf -d "$plugin" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -v -x -E 'lib[cm]\.so\.[0-9]+')
	if [ "$name" = saliency_segmentation.so ]; then
		# OpenCV's, and what C++ needs, alone
		foreign=$(echo "$foreign" | grep -i cnnviz)
		libraries=$(echo "$libraries" | grep -v -x -E \
			'lib(opencv_core|opencv_imgproc|stdc\+\+|gcc_s)\.so\.[0-9]+')
	fi
	[ -z "$foreign" ] || fail "$name needs symbols of others:" $foreign
	[ -z "$libraries" ] || fail "$name links" $libraries
	readelf -d "$plugin" | grep -q -E 'BIND_NOW|FLAGS_1.*NOW' ||
		fail "$name binds lazily"
	checked=$((checked + 1))
done

for engine in "$top_builddir"/core/engine/.libs/*.so; do
	exported=$(nm -D --defined-only "$engine" | awk '{ print $NF }' | sort | head -n 5 |
		tr '\n' ' ')
	[ "$exported" = "cnnviz_engine " ] || fail "${engine##*/} exports $exported"
	checked=$((checked + 1))
done

# The library shows what its header declares, no more and no less.
library=$top_builddir/.libs/libcnnviz.so
declared=$(sed -n 's/^CNNVIZ_EXPORT .*\(cnnviz_plan_[a-z]*\)(.*/\1/p' \
	"$top_srcdir/include/cnnviz/library.h" | sort | tr '\n' ' ')
exported=$(nm -D --defined-only "$library" | awk '{ print $NF }' | sort | tr '\n' ' ')
[ "$(echo $declared | wc -w)" -eq 5 ] && [ "$exported" = "$declared" ] ||
	fail "libcnnviz.so exports $exported, and its header declares $declared"
if readelf -d "$library" | grep -q -E 'NEEDED.*lib(torch|c10|stdc)'; then
	fail "libcnnviz.so links libtorch, which engines load"
fi

for source in "$top_srcdir"/plugins/*.c; do
	stem=${source##*/}
	stem=${stem%.c}
	if [ "$stem" = saliency_segmentation ] &&
		! grep -q '^#define WITH_OPENCV' "$top_builddir/config.h"; then
		continue
	fi
	[ -e "$top_builddir/plugins/.libs/$stem.so" ] ||
		fail "plugins/$stem.c was not built to a plugin of its name"
	if grep -n '#include *"' "$source" | grep -v '"common/'; then
		fail "plugins/$stem.c includes a header of the host"
	fi
done

echo "$checked plugins and engines, $failures failures"
[ "$checked" -gt 0 ] && [ "$failures" -eq 0 ]
