# `cnnviz test-plugin` finds each fault of tests/conform/faulty.c with the right check, and
# none in a valid plugin; a wrong command line is refused with exit code 2.

. "$top_srcdir/tests/cli/setup.sh"

# compile FAULT: ./FAULT.so
compile() {
	${CC:-cc} -std=gnu11 -shared -fPIC -O1 -w -DFAULT="FAULT_$1" \
		-I"$top_srcdir/include" -o "$1.so" "$top_srcdir/tests/conform/faulty.c" -lm
}

compile NONE || exit 99
check 'a valid plugin conforms' gives 0 "$cnnviz" test-plugin ./NONE.so
check 'and this is printed' holds stdout './NONE.so conforms'
check 'its name, kind and ABI are reported' holds stdout 'technique faulty 1.0, attribution, ABI 1.'
check 'no check finds a fault' [ "$(grep -c '^FAULT' stdout)" -eq 0 ]
# Under a debugger's malloc(), as that of AddressSanitizer, nobody knows.
grep -q '^- *growth' stdout && blind=GROWTH
check '-q succeeds' gives 0 "$cnnviz" test-plugin -q ./NONE.so
check 'and prints nothing' [ ! -s stdout ]

# FAULT, the check that must find it, text of the message
while read -r fault found words; do
	[ "$fault" = "${blind-}" ] && continue
	compile "$fault" || exit 99
	check "$fault does not conform" gives 1 "$cnnviz" test-plugin "./$fault.so"
	check "$fault: found by the check $found" grep -q "^FAULT *$found " stdout
	tr -s '\n ' '  ' <stdout >flat
	check "$fault: the report says so" holds flat "$words"
done <<'FAULTS'
CRASH runs the plugin
EXIT runs the plugin exited with code 0
NAN plain a value that is not finite
BATCH batches the map of ordinary-1 differs
STATE repeats the map of ordinary-1 differs
SEED repeats different bytes
LEAK_TENSOR handles 1 tensors, 0 passes
LEAK_PASS handles 0 tensors, 1 passes
LEAK_STREAM handles 1 random streams
LEAK_ON_ERROR services are not released when
DEAF interrupted instead of CNNVIZ_ERROR_CANCELED
ENDLESS interrupted more calls of services
IGNORES services ignored the failure when pass->forward() fails
NULL memory when tensor->create() call 1 fails
SILENT runs the technique failed without saying why (status 2)
CHOICE choices with mood = wild
UNDECLARED runs a parameter "size" that it does not declare
DENSE dense the plugin
TARGET runs the plugin
CHECK_CRASH runs when it checks its parameters
CHECK_LEAK handles 1 tensors, 0 passes and 0 random streams are not released when it checks its parameters
CHECK_PASS runs pass->forward() is not available in check()
INPUTS runs wrote into the inputs of its batch, which it may only read
OVERRUN runs wrote behind the end of a tensor
OVERRUN_MAP runs wrote behind the end of a tensor
PRINT runs it printed on standard output
ROUNDING runs it changed the rounding mode
FOLDER runs it changed the working folder
MASK runs it changed the umask
LOCALE runs it changed the locale
PART batches in batches of 1 instead of 5, there are 6 results in one and 10 in the
PART_TWICE runs the artifact "part" was given twice
ADJOINT runs the transformation "rolling" pulls gradients back wrongly: <T'(x) d, y> is
GROWTH growth leave memory behind
LATE runs too calm; if this does not depend on a picture, let check() refuse it
FAULTS

printf 'not a plugin\n' >text.so
check 'a file that is not a shared object does not conform' gives 1 "$cnnviz" test-plugin ./text.so
check 'and is named as given' holds stdout './text.so is not a shared object'
check 'a file that does not exist is a wrong command line' \
	gives 2 "$cnnviz" test-plugin ./nothing.so
check 'and is named' holds stderr './nothing.so'
check 'an argument is required' gives 2 "$cnnviz" test-plugin

check '--json has the same verdict' gives 1 "$cnnviz" test-plugin --json ./BATCH.so
check 'it says that the plugin does not conform' holds stdout '"conforms": false'
check 'and why' holds stdout 'in batches of 1 instead of 5'

check 'a value that the technique refuses is reported' \
	gives 1 "$cnnviz" test-plugin -s faulty.mood=furious ./NONE.so
check 'with the key' holds stdout 'mood'
check 'no temporary folder remains' [ -z "$(ls -d "${TMPDIR:-/tmp}"/cnnviz-?????? 2>/dev/null |
	while read -r folder; do [ -O "$folder/plugins/faulty.so" ] && echo "$folder"; done)" ]
finish
