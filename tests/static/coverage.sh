#!/bin/sh
# Lines of core that tests reach, by room. On demand, since it builds all C and runs most tests:
#   coverage.sh BUILD [FOLDER]    each file of FOLDER, such as weights, too
# BUILD is configured and its tests are run if it is not there yet; remove it to begin anew.
# Fails where core has less than 92 %, or the readers of pickles, zip archives and ONNX files
# less than 97 %.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)

# Libraries of others, pages in a browser, what is installed, and networks of many layers
# reach no lines of core that the other tests do not.
left_out='tests/\(abi\|bench\|build\|debian\|docs\|embedded\|gallery\|gpu\|kit\|published\|static\|structure\)/'

if [ ! -f "$1/Makefile" ]; then
	mkdir -p "$1"
	cd "$1"
	gcc -c "$source/tests/static/coverage_exit.c" -o coverage_exit.o
	"$source/configure" --quiet --without-torch CHROMIUM=none CC="${CC:-gcc}" \
		CFLAGS='-O0 -g --coverage' \
		LDFLAGS="--coverage -Wl,--wrap=_exit $(pwd)/coverage_exit.o"
	make -s -j"$(nproc)"
	# Some fail: they compare messages, and the processes of others write coverage too.
	make -s -k -j"$(nproc)" check TESTS="$(make -s print-tests | tr ' ' '\n' |
		grep -v "$left_out" | tr '\n' ' ')" || true
	cd - >/dev/null
fi
cd "$1"
readers='^weights/(pickle|zip|torch_file)[.]c|^graph/onnx/(wire|file|attribute|tensor|ports|path|metadata)[.]c'
# A file is compiled once for each library; a line counts as run if it was in one of them.
find . -path './core/*' -name '*.gcda' -exec gcov -t {} + 2>/dev/null |
	sed -n 's/^ *-: *0:Source:.*core\/\(.*\)$/FILE \1/p; s/^ *-: *0:Source:.*/FILE -/p
		s/^ *\([0-9#=][^:]*\): *\([1-9][0-9]*\):.*/\1 \2/p' |
	awk -v only="${2-}" -v readers="$readers" '
	$1 == "FILE" { file = $2; split(file, part, "/"); room = part[1]; next }
	file == "-" { next }
	{
		key = file " " $2
		if (!(key in seen)) {
			seen[key] = 1
			lines[room]++
			file_lines[file]++
		}
		if ($1 ~ /^[0-9]/ && !(key in ran_already)) {
			ran_already[key] = 1
			ran[room]++
			file_ran[file]++
		}
	}
	function row(name, part, whole) {
		printf "%-40s %5d of %5d  %5.1f %%\n", name, part, whole, 100 * part / whole
	}
	END {
		for (room in lines) {
			row(room, ran[room], lines[room])
			all += lines[room]
			all_ran += ran[room]
		}
		row("~ core", all_ran, all)
		for (file in file_lines)
			if (only != "" && index(file, only "/") == 1)
				row(file, file_ran[file], file_lines[file])
		for (file in file_lines)
			if (file ~ readers) {
				reader += file_lines[file]
				reader_ran += file_ran[file]
			}
		row("~ readers of pickles, zip, ONNX", reader_ran, reader)
	}' | LC_ALL=C sort >coverage-rooms
cat coverage-rooms
awk '/^~ core/ && $(NF - 1) < 92 || /^~ readers/ && $(NF - 1) < 97 { low = 1 }
	END { exit low }' coverage-rooms
