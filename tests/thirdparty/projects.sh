#!/bin/sh
# Third-party plugins build against the installed tree alone, with gcc and with clang, give
# the results of an independent computation, conform and run. They show that the ABI is
# sufficient: they use only headers in include/cnnviz, and no symbol of the host.
#   projects.sh SOURCE BINDIR LIBDIR INCLUDEDIR DATADIR
set -u

source=$1
bin=$2
lib=$3
include=$4
data=$5
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cp "$source"/* "$work" 2>/dev/null
cd "$work" || exit 99

PATH=$bin:$PATH
PKG_CONFIG_PATH=$lib/pkgconfig
LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH
unset DESTDIR MAKEFLAGS MFLAGS MAKELEVEL CNNVIZ_MODEL_PATH CNNVIZ_ENGINE
cp "$data/cnnviz/templates/picture.png" . || exit 1
chmod -R u+w .

failures=0
passed=0

# step WHAT COMMAND...: continues only while every command succeeds
step() {
	[ -z "$broken" ] || return
	what=$1
	shift
	"$@" >log 2>&1 && return
	broken=$what
	cat log
}

# Only the technique's own libraries: of the host nothing
own_symbols() {
	! nm -D --undefined-only "$1" | awk '{ print $NF }' | grep -i cnnviz
}

own_headers() {
	make -s dependencies | tr ' \\' '\n\n' | grep "^$include" | grep -v "^$include/cnnviz/" &&
		return 1
	make -s dependencies | grep -q "$include/cnnviz/cnnviz.h"
}

known_answer() {
	"./test_$1" >answer || { cat answer; return 1; }
	"${PYTHON3:-python3}" "$work/oracle.py" "$1" <answer
	code=$?
	[ $code -ne 77 ] || echo "projects.sh: skipped the known answer: no numpy"
	[ $code -eq 0 ] || [ $code -eq 77 ]
}

drawn() {
	{ cat "$work/project.ini"; echo "[$1]"; } >"$work/run.ini"
	CNNVIZ_PLUGIN_PATH=. cnnviz run -q -o results "$work/run.ini" &&
		[ -n "$(find "results/$1/picture" -name '*.png')" ]
}

for pair in gcc:g++ clang:clang++; do
	CC=${pair%:*}
	CXX=${pair#*:}
	export CC CXX
	command -v "$CC" >/dev/null && command -v "$CXX" >/dev/null || {
		echo "projects.sh: skipped $CC: it is not there"
		continue
	}
	for project in occlusion score_cam contact_sheet; do
		broken=
		rm -rf "$work/$project"
		cp -r "$source/$project" "$work" && chmod -R u+w "$work/$project" &&
			cd "$work/$project" || exit 99
		step 'it builds' make -s -e
		step 'it uses no header of the host' own_headers
		step 'it uses no symbol of the host' own_symbols "$project.so"
		step 'its test and the oracle agree' known_answer "$project"
		step 'it conforms' cnnviz test-plugin "./$project.so"
		step 'cnnviz run draws it' drawn "$project"
		cd "$work" || exit 99
		if [ -z "$broken" ]; then
			passed=$((passed + 1))
			echo "projects.sh: $project with $CC: succeeds"
		else
			failures=$((failures + 1))
			echo "projects.sh: FAIL: $project with $CC: that $broken"
		fi
	done
done
[ "$passed" -gt 0 ] && [ "$failures" -eq 0 ]
