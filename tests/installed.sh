#!/bin/sh
# What `make install` has installed works without the build tree.
#   installed.sh CNNVIZ CONFDIR
set -eu
cnnviz=$1
conf=$2

# The program does not find the files of a staged installation (DESTDIR).
if [ -n "${DESTDIR-}" ]; then
	"$cnnviz" --version
	exit 0
fi

"$cnnviz" --version
for technique in vanilla_bp guided_bp saliency grad_cam guided_grad_cam; do
	"$cnnviz" techniques | grep "^$technique " >/dev/null ||
		{ echo "installed.sh: technique $technique is not found" >&2; exit 1; }
	"$cnnviz" describe "$technique" >/dev/null
done
"$cnnviz" models | grep '^vgg16 ' >/dev/null ||
	{ echo "installed.sh: network vgg16 is not found" >&2; exit 1; }
"$cnnviz" check "$conf/gradients.ini" -s model.weights=random
echo "installed.sh: the installed tree works"
