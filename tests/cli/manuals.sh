# The manuals describe every command, option, key and parameter, with its default, and are
# valid mdoc.

. "$top_srcdir/tests/cli/setup.sh"

page1=$top_srcdir/docs/cnnviz.1
page5=$top_srcdir/docs/cnnviz.ini.5

# The part of a page between two headings
part() {
	awk -v from="$2" '$0 ~ /^\.S[hs] / { inside = index($0, from) > 0 } inside' "$1"
}

"$cnnviz" --help >help || exit 99
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p' help)
check 'there are sixteen commands' [ "$(echo $commands | wc -w)" -eq 16 ]
for command in $commands; do
	check "cnnviz(1) shows how to call $command" holds "$page1" ".Cm $command"
	check "cnnviz(1) explains $command" grep -q "^\\.It Cm $command" "$page1"
	check "cnnviz $command --help succeeds" gives 0 "$cnnviz" "$command" --help
	check "the help of $command names it" holds stdout "Usage: cnnviz $command "
	check "the help of $command is on standard output alone" [ ! -s stderr ]
	cat stdout >>help
done
options=$(sed -n 's/^ .* --\([a-z-]*\).*/\1/p' help | sort -u)
check 'there are more than fourteen options' [ "$(echo $options | wc -w)" -gt 14 ]
for option in $options; do
	check "cnnviz(1) explains --$option" \
		grep -q "^\\.It Fl .*-$option\\( \\|\$\\)" "$page1"
done
for letter in $(sed -n 's/^ *-\([a-zA-Z]\), --.*/\1/p' help | sort -u); do
	check "cnnviz(1) explains -$letter" grep -q "^\\.It Fl $letter ," "$page1"
done

# Keys, as `describe` has them from the tables that check files
for section in run model input evaluation; do
	"$cnnviz" describe "$section" >described || exit 99
	part "$page5" "The section $section" >section
	keys=$(sed -n 's/^  \([a-z_]*\): .*/\1/p' described)
	check "[$section] has keys" [ -n "$keys" ]
	for key in $keys; do
		check "cnnviz.ini(5) explains [$section] $key" holds section ".It Cm $key"
		default=$(sed -n "s/^  $key: .*, default //p" described)
		[ -z "$default" ] || check "cnnviz.ini(5) has the default of [$section] $key" \
			holds section "$default"
	done
	for key in $(sed -n 's/^\.It Cm \([a-z_]*\)$/\1/p' section); do
		check "[$section] has the key $key of cnnviz.ini(5)" holds described "  $key: "
	done
done

"$cnnviz" describe vanilla_bp | sed -n '/^Parameters of every/,/^$/p' >described
part "$page5" 'Sections of jobs' >section
for key in $(sed -n 's/^  \([a-z_]*\): .*/\1/p' described); do
	check "cnnviz.ini(5) explains the parameter $key" holds section ".It Cm $key"
	default=$(sed -n "s/^  $key: .*, default //p" described)
	[ -z "$default" ] || check "cnnviz.ini(5) has the default of $key" \
		holds section "$default"
done
check 'there are parameters of every attribution job' [ -s described ]

for page in "$top_srcdir"/docs/*.[1-8]; do
	for name in $(sed -n 's/^\.Xr \(cnnviz[^ ]*\) \([1-8]\).*/\1.\2/p' "$page" | sort -u); do
		check "${page##*/} refers to a page that there is, $name" \
			[ -e "$top_srcdir/docs/$name" -o "$name" = cnnviz-plugin.7 ]
	done
	if command -v mandoc >/dev/null; then
		check "mandoc finds no fault in ${page##*/}" mandoc -T lint -W warning "$page"
	fi
	if command -v groff >/dev/null; then
		groff -mandoc -ww -z "$page" >faults 2>&1
		check "groff finds no fault in ${page##*/}" [ ! -s faults ]
	fi
done
finish
