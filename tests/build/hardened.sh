#!/bin/sh
# Program, plugins and engines have the protections that configure found, and do not name the
# folder that they were built in.
#   hardened.sh [FILE...]: those files; without any, what is in the build tree
set -u
builddir=${top_builddir:-.}
command -v readelf >/dev/null || { echo "SKIP: no readelf"; exit 77; }

flags=$(sed -n 's/^HARDEN_[A-Z]*FLAGS = //p; s/^PIE_LDFLAGS = //p; s/^PREFIX_MAP_FLAGS = //p' \
	"$builddir/Makefile" | tr '\n' ' ')
prefix=$(sed -n 's/^prefix = //p' "$builddir/Makefile")
[ -n "$(printf %s "$flags" | tr -d ' ')" ] || { echo "SKIP: built without hardening"; exit 77; }

if [ $# -eq 0 ]; then
	# libtool keeps a program with shared libraries of its own, and all modules, in .libs.
	program=$builddir/.libs/cnnviz
	[ -e "$program" ] || program=$builddir/cnnviz
	set -- "$program" "$builddir"/plugins/.libs/*.so "$builddir"/core/engine/.libs/*.so
fi

failures=0
fail()
{
	failures=$((failures + 1))
	echo "FAIL: $*"
}

# wants FLAG: configure found it
wants()
{
	case $flags in *"$1"*) return 0 ;; *) return 1 ;; esac
}

# uses_checks FILE: some function of it is guarded; small modules may have nothing to guard
uses_checks()
{
	readelf -W --dyn-syms "$1" | grep -q "$2"
}

for file; do
	[ -e "$file" ] || continue
	name=${file##*/}
	headers=$(readelf -W -h -l -d -n "$file" 2>/dev/null)
	has()
	{
		printf '%s\n' "$headers" | grep -q "$1"
	}
	has 'Type: *DYN' || fail "$name is at a fixed address"
	if wants '-z,now'; then
		has GNU_RELRO || fail "$name: its tables of addresses stay writable"
		has 'BIND_NOW\|Flags:.*NOW' || fail "$name: functions are looked up late"
	fi
	has 'GNU_STACK.*RWE' && fail "$name: its stack is executable"
	if wants '-fcf-protection' && [ "$(uname -m)" = x86_64 ]; then
		# endbr64; the linker's note is lost where the system's start files have none.
		LC_ALL=C grep -qaP '\xf3\x0f\x1e\xfa' "$file" || fail "$name: jumps are not guarded"
	fi
	case $name in
	cnnviz | torch.so)
		if wants -fstack-protector-strong; then
			uses_checks "$file" __stack_chk_fail || fail "$name: no stack protector"
		fi
		;;
	esac
	if [ "$name" = cnnviz ]; then
		has 'PIE\|INTERP' || fail "$name has no loader"
		if wants _FORTIFY_SOURCE; then
			uses_checks "$file" '__[a-z]*_chk@' || fail "$name: no checked functions"
		fi
	fi
	if wants -ffile-prefix-map; then
		for folder in "${abs_builddir:-$(cd "$builddir" && pwd)}" \
				"$(cd "${top_srcdir:-.}" && pwd)"; do
			# Where plugins are installed may lie below it, and the program names that.
			case $prefix/ in
			"$folder"/*) ;;
			*) ! grep -qaF "$folder/" "$file" || fail "$name names $folder" ;;
			esac
		done
	fi
done
echo "$# files, $failures failures"
[ "$failures" -eq 0 ]
