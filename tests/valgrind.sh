# valgrind.sh PROGRAM: whether a test passes under valgrind, in one line; its output on standard
# error if it does not
log=valgrind-$(echo "$1" | tr / -).log
code=0
export UNDER_VALGRIND=yes
# LIBTOOL is a command with arguments.
# shellcheck disable=SC2086
$LIBTOOL --silent --mode=execute "$VALGRIND" --quiet --error-exitcode=9 --leak-check=full \
	--errors-for-leak-kinds=definite --suppressions="$top_srcdir/tests/valgrind.supp" \
	"./$1" >"$log" 2>&1 || code=$?
case $code in
0) line="PASS valgrind $1" ;;
77) line="SKIP valgrind $1 $(tail -n 1 "$log")" code=0 ;;
*)
	line="FAIL valgrind $1"
	cat "$log" >&2
	;;
esac
rm -f "$log"
printf '%s\n' "$line"
[ "$code" -eq 0 ]
