#!/bin/sh
# The ImageNet SqueezeNet beside the checkout loads unchanged and names the
# photographs' animals. SKIP where file or photographs are absent.
set -u
shared=$top_srcdir/../shared
weights=$shared/models/squeezenet1_0-imagenet.pth
[ -f "$weights" ] || { echo "SKIP no $weights"; exit 77; }
[ -f "$top_builddir/core/engine/torch.la" ] || { echo "SKIP built without libtorch"; exit 77; }

status=0
# expect PICTURE NAME PROBABILITY: the first class and at least this probability
expect()
{
	line=$("$top_builddir/cnnviz" classify -m squeezenet1_0 -w "$weights" -k 1 --json \
		"$shared/images/$1") || { echo "FAIL $1: classify failed"; status=1; return; }
	printf '%s' "$line" | python3 -c '
import json, sys
best = json.load(sys.stdin)["pictures"][0]["classes"][0]
ok = best["name"] == sys.argv[1] and best["probability"] >= float(sys.argv[2])
print("ok" if ok else "FAIL", sys.argv[3], best)
sys.exit(not ok)' "$2" "$3" "$1" || status=1
}
expect cat_dog.png 'bull mastiff' 0.88
expect snake.png 'king snake' 0.99
expect spider.png 'garden spider' 0.3
expect apple.JPEG 'Granny Smith' 0.99
expect bird.JPEG junco 0.99
exit $status
