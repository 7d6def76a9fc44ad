#!/bin/sh
# Lines of core that tests reach, by room, from a build with
#   CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage, after its tests have run.
#   coverage.sh BUILD [FOLDER]: and each file of FOLDER, such as weights
set -eu
cd "$1"
# A file is compiled once for each library; a line counts as run if it was in one of them.
find . -path './core/*' -name '*.gcda' -exec gcov -t {} + 2>/dev/null |
	sed -n 's/^ *-: *0:Source:.*core\/\(.*\)$/FILE \1/p; s/^ *-: *0:Source:.*/FILE -/p
		s/^ *\([0-9#=][^:]*\): *\([1-9][0-9]*\):.*/\1 \2/p' |
	awk -v only="${2-}" '
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
	}' | LC_ALL=C sort
