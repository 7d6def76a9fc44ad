#!/bin/sh
# Every INI file in conf/ is a valid plan and is installed, and each technique of the tree is
# used in at least one of them.
set -u
status=0
fail()
{
	echo "FAIL $*"
	status=1
}

# onnx.ini and attention.ini are for networks that the user has: ours stand for them.
its_network()
{
	case $1 in
	*/onnx.ini) echo "-s model.architecture=alexnet" ;;
	*/attention.ini) echo "-s model.architecture=$top_srcdir/tests/conf/transformer.ini" ;;
	esac
}

opencv=yes
grep -q '^#define WITH_OPENCV' "$top_builddir/config.h" || opencv=no

for file in "$top_srcdir"/conf/*.ini; do
	if [ $opencv = no ] && grep -q '^\[saliency_segmentation\]' "$file"; then
		echo "not checked: $file needs OpenCV"
	elif ! "$top_builddir/cnnviz" check "$file" -s model.weights=random \
		$(its_network "$file"); then
		fail "$file is refused"
	fi
	grep -q "conf/${file##*/}" "$top_srcdir/conf/conf.am" ||
		fail "$file is not installed: conf/conf.am does not name it"
done

for plugin in "$top_srcdir"/plugins/*.c; do
	technique=$(basename "$plugin" .c)
	grep -lqE "^\[$technique\]|^technique *= *$technique\$" "$top_srcdir"/conf/*.ini ||
		fail "no file of conf/ shows $technique"
	case $technique in
	cam | attention_*) ;; # which its network cannot have: it has no attention, and two linear layers
	*)
		grep -lqE "^\[$technique\]" "$top_srcdir"/conf/demo*.ini ||
			fail "the demo does not show $technique"
		;;
	esac
done
exit $status
