#!/bin/sh
# Lines of core that tests reach, by room, from a build with
#   CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage, after its tests have run.
#   coverage.sh BUILD [FOLDER]: and each file of FOLDER, such as weights
set -eu
build=$(cd "$1" && pwd)
only=${2-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
find "$build/core" -name '*.gcda' -exec gcov -r -p -s "$build/../.." {} + >/dev/null 2>&1 || true
# A file is compiled once for each library; a line counts as run if it was in one of them.
for file in *.gcov; do
	sed -n 's/^ *\([^:]*\): *\([1-9][0-9]*\):.*/\1 \2/p' "$file" | sed "s,^,$file ,"
done | sed 's/[^ ]*#core#/core#/; s/\.gcov / /; s,#,/,g' |
	awk -v only="$only" '
	$1 !~ /^core\// || $2 == "-" { next }
	{
		key = $1 " " $3
		if (!(key in seen)) {
			seen[key] = 1
			split($1, part, "/")
			room = part[2]
			lines[room]++
			file_lines[$1]++
			rooms_of[key] = room
		}
		if ($2 !~ /^[#=\/]/ && !(key in hit)) {
			hit[key] = 1
			ran[rooms_of[key]]++
			file_ran[$1]++
		}
	}
	END {
		for (room in lines) {
			printf "%-10s %6d of %6d  %5.1f %%\n", room, ran[room], lines[room],
				100 * ran[room] / lines[room]
			all += lines[room]
			all_ran += ran[room]
		}
		printf "%-10s %6d of %6d  %5.1f %%\n", "~core", all_ran, all, 100 * all_ran / all
		for (file in file_lines)
			if (only != "" && file ~ "^core/" only "/")
				printf "%-40s %5d of %5d  %5.1f %%\n", file, file_ran[file],
					file_lines[file], 100 * file_ran[file] / file_lines[file]
	}' | sort
