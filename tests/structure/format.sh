#!/bin/sh
# Sources are as clang-format leaves them. Its versions differ, so one of them decides.
set -u
version=14

formatter=
for candidate in clang-format-$version clang-format; do
	case $($candidate --version 2>/dev/null) in
	*"version $version."*) formatter=$candidate && break ;;
	esac
done
if [ -z "$formatter" ]; then
	echo "SKIP there is no clang-format of version $version"
	exit 77
fi

# Parts of the gallery are made by the build, possibly into this tree.
cd "$top_srcdir" || exit 99
find core docs include plugins tests -name '*.[ch]' -o -name '*.cc' |
	grep -v '/gallery_parts\.h$' | sort |
	xargs "$formatter" --style=file --dry-run -Werror
