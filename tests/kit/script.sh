# cnnviz-plugin writes complete projects without placeholders, and refuses invalid arguments
# before it writes anything. tests/kit/projects.sh checks with an installed tree that the
# projects build.

. "$top_srcdir/tests/cli/setup.sh"

CNNVIZ_TEMPLATES=$top_srcdir/core/kit/templates
export CNNVIZ_TEMPLATES
plugin=$top_builddir/core/kit/cnnviz-plugin

for kind in attribution general; do
	for build in autotools make cmake meson; do
		project=${kind}_$build
		check "$project is written" gives 0 "$plugin" new "$project" --kind $kind --build $build
		for file in "$project.c" "test_$project.c" "$project.ini" README.md LICENSE picture.png; do
			check "$project has $file" [ -s "$project/$file" ]
		done
		check "$project: no placeholder remains" \
			[ -z "$(grep -rIl '@[A-Z_]*@' "$project")" ]
		check "$project: the README tells how to run it" \
			holds "$project/README.md" "cnnviz run $project.ini"
	done
done
check 'autotools: configure.ac asks for the ABI of these headers' holds \
	attribution_autotools/configure.ac "CNNVIZ_PLUGIN([$(sed -n \
	's/^#define CNNVIZ_ABI_MAJOR UINT32_C(\([0-9]*\))/\1/p' \
	"$top_srcdir/include/cnnviz/types.h")], [$(sed -n \
	's/^#define CNNVIZ_ABI_MINOR UINT32_C(\([0-9]*\))/\1/p' \
	"$top_srcdir/include/cnnviz/types.h")])"

if command -v autoconf >/dev/null; then
	(cd attribution_autotools && autoconf -f 2>&1) >said
	check 'autotools: without cnnviz.m4, autoconf names the macro that it lacks' \
		holds said 'undefined macro: CNNVIZ_PLUGIN'
fi
check 'make: the test finds its library wherever it is installed' holds \
	attribution_make/Makefile '-rpath,$(testlibdir)'

check '--folder sets the folder' gives 0 "$plugin" new other --folder=elsewhere
check 'and holds the project' [ -s elsewhere/other.c ]
check 'an existing folder is not overwritten' gives 2 "$plugin" new other --folder elsewhere
check 'and named' holds stderr 'elsewhere already exists'

while read -r words; do
	# shellcheck disable=SC2086
	check "refused: cnnviz-plugin $words" gives 2 "$plugin" $words
	check "with a message: cnnviz-plugin $words" [ "$(wc -l <stderr)" -eq 1 ]
done <<'CASES'
make thing
new
new Thing
new 2things
new thing-two
new run
new thing --kind picture
new thing --build scons
new thing --build
new thing --sort general
new thing other
new thing other --kind general
new test --build cmake
new install --build=meson
new other --folder elsewhere
CASES
check 'none of these wrote anything' [ -z "$(find . -name thing -o -name test -o -name install)" ]
check '--help succeeds' gives 0 "$plugin" --help
for option in kind build folder; do
	check "the manual explains --$option" \
		grep -q "^\\.It Fl -$option" "$top_srcdir/docs/cnnviz-plugin.1"
	check "the help lists --$option" holds stdout "--$option"
done
finish
