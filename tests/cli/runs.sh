# Runs on a small network with the tests' engine: the effects of -o, -s, --only and
# --fail-fast, exit codes, and classify.

. "$top_srcdir/tests/cli/setup.sh"

CNNVIZ_ENGINE=$top_builddir/core/engine/reference.la
export CNNVIZ_ENGINE
if [ ! -e "$CNNVIZ_ENGINE" ]; then
	echo "SKIP: there is no $CNNVIZ_ENGINE"
	exit 77
fi
rm plugins/other_major.so

printf '[network]\ninput_size = 1024 512\n[layers]\na = conv2d out=32 kernel=1\nb = relu\nc = conv2d out=2 kernel=1\n' >wide.ini
mkdir set
cat >set/case.ini <<END
[run]
output = made
[model]
architecture = ../tiny.ini
weights = random:5
[input]
images = ../spot.png:tiger, ../stripe.png
[vanilla_bp]
[grad_cam]
[guided_bp]
[guided_grad_cam]
[noise_card]
size = 4
END

check 'a run succeeds' gives 0 "$cnnviz" run set/case.ini
check 'a run prints nothing on standard output' [ ! -s stdout ]
for result in manifest.json index.html vanilla_bp/spot/color.png \
		vanilla_bp/stripe/attribution.npy grad_cam/spot/heatmap.png \
		guided_grad_cam/stripe/positive.png noise_card/card.png; do
	check "a run writes $result" [ -s "set/made/$result" ]
done
check 'no temporary file remains' [ -z "$(find set/made -name '.*' -type f)" ]

check '-o overrides the file' gives 0 "$cnnviz" run set/case.ini -o here
check '-o is relative to the current folder' [ -s here/manifest.json ]
check 'a second run gives the same map' \
	cmp set/made/grad_cam/spot/attribution.npy here/grad_cam/spot/attribution.npy

check 'no more is written than the limit allows' gives 1 "$cnnviz" run set/case.ini -o small \
	--only noise_card -s run.limits.output_bytes=8000
check 'the limit is named' holds stderr 'the results have more than 8000 bytes; if that is meant, raise limits.output_bytes in [run]'
rm -rf small

check '-q succeeds' gives 0 "$cnnviz" run -q set/case.ini -o quiet
check '-q prints nothing' [ ! -s stderr ]

check '--only succeeds' gives 0 "$cnnviz" run set/case.ini -o only --only guided_grad_cam
check '--only does not write maps that are only needed' [ ! -e only/grad_cam/spot/heatmap.png ]
check '--only gives the same map' cmp only/guided_grad_cam/spot/attribution.npy \
	here/guided_grad_cam/spot/attribution.npy
check '--only takes several jobs' gives 0 "$cnnviz" run set/case.ini -o two \
	--only noise_card,vanilla_bp
check '--only runs all of them' [ -s two/noise_card/card.png ]
check '--only runs all of them, of each picture too' [ -s two/vanilla_bp/spot/gray.png ]
check '--only runs no others' [ ! -e two/grad_cam ]

check '-s succeeds' gives 0 "$cnnviz" run set/case.ini -o changed --only grad_cam \
	-s grad_cam.layer=features.0 -s input.images=spot.png:0 -s run.output=nowhere
check '-s changes a parameter' \
	sh -c '! cmp -s changed/grad_cam/spot/attribution.npy here/grad_cam/spot/attribution.npy'
check '-s resolves paths from the current folder' [ -d changed/grad_cam/spot ]
check '-s replaces a list' [ ! -e changed/grad_cam/stripe ]
check '-o overrides -s' [ ! -e nowhere ]
check '-s gives a map of the other layer, 32x32 instead of 16x16' \
	grep -aqF '(1,32,32)' changed/grad_cam/spot/attribution.npy
check 'the file has the last layer, 16x16' \
	grep -aqF '(1,16,16)' here/grad_cam/spot/attribution.npy

# A job that fails at run time: the maps of grad_cam are smaller than the input
check 'a failed job gives 1' gives 1 "$cnnviz" run set/case.ini -o failed -s guided_grad_cam.gradient=grad_cam
check 'the failed job is named' holds stderr '[guided_grad_cam]'
check 'the other jobs continue' [ -s failed/vanilla_bp/stripe/gray.png ]
check 'later jobs continue too' [ -s failed/noise_card/card.png ]
check '--fail-fast gives 1 too' gives 1 "$cnnviz" run set/case.ini -o fast --fail-fast \
	-s guided_grad_cam.gradient=grad_cam
check '--fail-fast does not continue' [ ! -e fast/noise_card ]
check 'an engine that does not exist gives 2' gives 2 env CNNVIZ_ENGINE=nix "$cnnviz" run set/case.ini -o none
check 'and it is named' holds stderr nix

# A batch that needs too much memory, on an engine that never has any
check 'an engine without memory gives 1' gives 1 \
	env CNNVIZ_ENGINE="$top_builddir/tests/cli/limited_engine.la" "$cnnviz" run set/case.ini \
	-o full --only vanilla_bp -s model.architecture=wide.ini -s run.batch=2 \
	-s 'input.images=spot.png, stripe.png'
check 'that the batch was taken apart is told, with the reason' holds stderr \
	'warning: the network failed on a batch of 2 pictures, so each is tried by itself: the toy is full; a batch of 2 at'
check 'each picture is named' [ "$(grep -c 'images: the toy is full; a batch of 1 at' stderr)" -eq 2 ]

# classify
check 'classify succeeds' gives 0 "$cnnviz" classify -m ./tiny.ini -w random:5 spot.png stripe.jpg
check 'classify names the pictures' [ "$(grep -c '^s[a-z]*\.[a-z]*$' stdout)" -eq 2 ]
check 'classify gives five classes by default' [ "$(grep -c '^  0\.[0-9]\{4\}  *[0-4]  ' stdout)" -eq 10 ]
check 'classify names classes' grep -q '  2  tabby, tabby cat$' stdout
check 'classify puts the best first' sh -c \
	'sed -n "2,6p" stdout | awk "{ print \$1 }" >given; sort -rn given | diff given -'
check 'probabilities of all classes add up to 1' sh -c \
	'sed -n "2,6p" stdout | awk "{ s += \$1 } END { exit !(s > 0.999 && s < 1.001) }"'
check '-k shows as many classes' gives 0 "$cnnviz" classify -m ./tiny.ini -w random:5 -k 2 spot.png
check '-k 2 gives two' [ "$(grep -c '^  0' stdout)" -eq 2 ]
check '-k above the number of classes shows all' gives 0 "$cnnviz" classify -m ./tiny.ini -w random -k 99 spot.png
check '-k 99 gives five' [ "$(grep -c '^  [01]' stdout)" -eq 5 ]
check 'classify -s and --json succeed' gives 0 "$cnnviz" classify -m ./tiny.ini -w random:5 \
	-s input.resize=crop --json -k 1 spot.png
if command -v jq >/dev/null; then
	check 'classify --json is well formed' jq -e '.model == "tiny" and .pictures[0].picture == "spot.png"
		and (.pictures[0].classes | length) == 1
		and (.pictures[0].classes[0] | .probability > 0.2 and (.index | type) == "number" and .name != null)' \
		stdout >/dev/null
fi
check 'classify takes labels' gives 0 "$cnnviz" classify -m ./tiny.ini -w random -l ./tiny.labels spot.png
check 'classify writes nothing' [ ! -e results ]
finish
