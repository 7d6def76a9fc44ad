# Values have the same meaning in locales with a decimal comma and with a different
# lower-case letter for "I": runs the unit tests in such locales.
set -u

folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT

for locale in de_DE tr_TR; do
	if ! localedef -i $locale -f UTF-8 "$folder/$locale.UTF-8" 2>/dev/null; then
		echo "SKIP: localedef cannot make $locale.UTF-8"
		exit 77
	fi
done
LOCPATH=$folder
export LOCPATH
if [ "$(LC_ALL=de_DE.UTF-8 locale decimal_point)" != , ]; then
	echo "SKIP: a locale made by localedef is not used"
	exit 77
fi
for test in test_value test_ini; do
	if [ ! -x "$top_builddir/tests/unit/$test" ]; then
		echo "SKIP: built without CUnit"
		exit 77
	fi
	"$top_builddir/tests/unit/$test" || exit 1
done
