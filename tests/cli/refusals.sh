# Everything in refusals.txt is refused with the exact exit code and the message, by
# `run` and `check` alike, and nothing is computed or written.

. "$top_srcdir/tests/cli/setup.sh"

# Files for the table that are not text: faulty pictures, weights, plugins.
head -c 60 spot.png >short.png
printf 'GIF89a, but not really' >fake.png
: >empty.png
head -c 300 stripe.jpg >short.jpg
mkdir folder.png pictures dots
cp spot.png 'pictures/a:b.png'
printf 'no weights at all' >text.pth
printf 'PK\003\004 cut short' >short.pth
: >empty.pth
cp text.pth tiny-01234567.pth
header='{"features.0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'
printf "\\$(printf %o ${#header})\\0\\0\\0\\0\\0\\0\\0%s%s" "$header" 12345678 >shape.safetensors
cp "$top_srcdir/tests/weights/data/nested.pth" "$top_srcdir/tests/weights/data/zip.pth" .
printf '\377\377\377\377\377\377\377\177{}' >huge.safetensors
printf 'spot\nstripe\n' >two.labels
printf 'spot\nstripe\nspot\nball\nbox\n' >twice.labels
printf 'not a module' >plugins/no_module.so
printf '\357\273\277[run]\n' >mark.ini
printf '[network]\nname = broken\ninput_size = 8 8\n[layers]\na = konv2d out=3 kernel=3\n' >broken.ini
printf '[network]\ninput_size = 8 8\nweights = a.pth, b.pth\nweights_url = http://a/a.pth\n[layers]\na = flatten\n' >urls.ini
printf '[network]\ninput_size = 8 8\nweights = a.pth\nweights_package = "x; rm -r"\n[layers]\na = flatten\n' >package.ini
printf '[network]\ninput_size = 1024 512\n[layers]\na = conv2d out=32 kernel=1\nb = relu\nc = conv2d out=2 kernel=1\n' >wide.ini
{
	printf '[model]\narchitecture = tiny.ini\nweights = random\n'
	awk 'BEGIN { for (i = 0; i < 4100; i++) print "[n" i "]\ntechnique = noise_card" }'
} >many.ini
printf '# pictures\nspot.png\n\nnix.png\nspot.png:stirpe\n@more.txt\n' >faulty.list
printf 'path,target\nspot.png,stirpe\n"nix\nix.png",1\n@more.csv\n,2\nspot.png,"1\n' >faulty.csv
printf 'spot.png,tabby, tabby cat\n' >plain.csv
printf 'spot.png,1\n' >pairs.txt
printf '# pictures to come\n\n' >empty.list
printf 'spot.png\nb\344r.png\n' >latin.list
awk 'BEGIN { for (i = 0; i < 4096; i++) printf "n"; print "" }' >long.list
awk 'BEGIN { for (i = 0; i < 100; i++) print "prose" }' >prose.list
printf '{\n "pictures": []}\n' >nested.json
printf 'this stays\n' >occupied
# A job that reaches the engine would report that there is none with this name.
engine=no_such_engine

model='[model]
architecture = tiny.ini
weights = random'
input='[input]
images = spot.png'

table=$top_srcdir/tests/cli/refusals.txt
before=$(ls -A | grep -v -e '^stdout$' -e '^stderr$' -e '^case.ini$' -e '^says$')

run_case() {
	set -f
	# The command's words are split here; "%20" stands for a space within one.
	set -- $command
	set +f
	count=$#
	while [ "$count" -gt 0 ]; do
		word=$(printf '%s\n' "$1" | sed 's/%20/ /g')
		shift
		set -- "$@" "$word"
		count=$((count - 1))
	done
	checks=$((checks + 1))
	bad=
	gives "$exit_code" env CNNVIZ_ENGINE="$engine" "$cnnviz" "$@" || bad=yes
	while IFS= read -r fragment; do
		holds stderr "$fragment" || bad=yes
	done <says
	if [ -s stdout ]; then
		printf 'something on standard output:\n'
		cat stdout
		bad=yes
	fi
	after=$(ls -A | grep -v -e '^stdout$' -e '^stderr$' -e '^case.ini$' -e '^says$')
	if [ "$before" != "$after" ]; then
		printf 'files were written:\n%s\n' "$after"
		rm -rf out results
		bad=yes
	fi
	[ -z "$bad" ] || fail "$title (cnnviz $command)"
}

finish_case() {
	[ -n "$title" ] || return
	if [ ! -s says ]; then
		fail "$title: the table names no message"
		return
	fi
	cases=$((cases + 1))
	if [ -n "$command" ]; then
		run_case
	else
		# A sanitized program, which is slow, takes turns.
		if [ -z "${UNDER_SANITIZERS-}" ] || [ $((cases % 2)) -eq 0 ]; then
			command='run case.ini -o out'
			run_case
		fi
		if [ -z "${UNDER_SANITIZERS-}" ] || [ $((cases % 2)) -eq 1 ]; then
			command='check case.ini -o out'
			run_case
		fi
	fi
}

cases=0
title=
while IFS= read -r line; do
	case $line in
	'==== '*)
		finish_case
		title=${line#==== }
		exit_code=2
		command=
		engine=no_such_engine
		: >says
		: >case.ini
		;;
	'exit: '*) exit_code=${line#exit: } ;;
	'says: '*) printf '%s\n' "${line#says: }" >>says ;;
	'command: '*) command=${line#command: } ;;
	'engine: '*) engine=$top_builddir/${line#engine: } ;;
	'@model') printf '%s\n' "$model" >>case.ini ;;
	'@input') printf '%s\n' "$input" >>case.ini ;;
	*) [ -z "$title" ] || printf '%s\n' "$line" >>case.ini ;;
	esac
done <"$table"
finish_case

check 'the table has at least 60 cases' [ "$cases" -ge 60 ]
check 'a file with the name of the output folder is not touched' holds occupied 'this stays'
printf '%s cases\n' "$cases"
finish
