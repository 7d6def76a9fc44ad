# docs/library.md shows the examples, and what they say; both are built and run here.

. "$top_srcdir/tests/cli/setup.sh"

examples=$top_srcdir/docs/examples
CNNVIZ_ENGINE=$top_builddir/core/engine/reference.la
LD_LIBRARY_PATH=$top_builddir/.libs
export CNNVIZ_ENGINE LD_LIBRARY_PATH
unset CNNVIZ_PLUGIN_PATH
picture=$top_srcdir/conf/pictures/scenes/dog-cat.jpg

# shown LANGUAGE: the listings of the page in a language
shown() {
	awk -v fence="\`\`\`$1" '/^```/ { inside = $0 == fence; next } inside' \
		"$top_srcdir/docs/library.md"
}

shown c >shown.c
check 'the page shows the example in C' cmp shown.c "$examples/embed.c"
shown python >shown.py
check 'the page shows the example in Python' cmp shown.py "$examples/embed.py"
shown sh | grep -v '^python3' | sed "s|\$(pkg-config --cflags --libs libcnnviz)|-I$top_srcdir/include -L$top_builddir/.libs -lcnnviz|" >commands
cp "$examples/embed.c" . && cp "$picture" dog.jpg || exit 99
if nm -D "$top_builddir/.libs/libcnnviz.so" | grep -q -E '__(asan|ubsan|tsan)_'; then
	echo 'SKIP: built with sanitizers, whose symbols a program without them lacks'
	exit 77
fi
check 'its commands succeed' gives 0 sh -e ./commands
shown text >wanted
check 'the example in C says what the page says' cmp stdout wanted
check 'and nothing else' [ ! -s stderr ]
if command -v python3 >/dev/null; then
	check 'the example in Python is run' gives 0 python3 "$examples/embed.py" dog.jpg
	check 'and says the same' cmp stdout wanted
	check 'without more' [ ! -s stderr ]
fi
printf 'no picture' >broken.png
check 'what is wrong is told' gives 1 ./embed broken.png
check 'by the function for pictures' holds stdout 'neither a PNG nor a JPEG picture'
finish
