# Commands without computation: their output as text and as JSON, that they load no
# engine and return at once, and that lost output is a failure.

. "$top_srcdir/tests/cli/setup.sh"

cat >case.ini <<END
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[saliency]
END
sed 's/saliency/salience/' case.ini >bad.ini

json() {
	if command -v jq >/dev/null; then
		jq -e "$2" <"$1" >filtered || { cat "$1"; return 1; }
	fi
}

# The program and its help
check '--version succeeds' gives 0 "$cnnviz" --version
check '--version names the version' grep -q '^cnnviz [0-9][0-9.]*$' stdout
check '--version names the plugin ABI' holds stdout 'plugin ABI 1.'
cp stdout version
for command in -V version; do
	check "$command succeeds" gives 0 "$cnnviz" $command
	check "$command prints what --version prints" cmp stdout version
done
check '--help succeeds' gives 0 "$cnnviz" --help
check '--help says how to call it' holds stdout 'Usage: cnnviz'
cp stdout help
check 'help succeeds' gives 0 "$cnnviz" help
check 'help prints what --help prints' cmp stdout help
for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p' help); do
	"$cnnviz" "$command" --help >help
	check "help $command succeeds" gives 0 "$cnnviz" help "$command"
	check "help $command prints what $command --help prints" cmp stdout help
done
check '-q may come before the command' gives 0 "$cnnviz" -q check case.ini
check '-q prints nothing on success' [ ! -s stdout ]
check '-v may come after it' gives 0 "$cnnviz" check -v case.ini
check 'options may follow arguments' gives 0 "$cnnviz" check case.ini -s run.seed=1
check 'long options may be abbreviated' gives 0 "$cnnviz" check case.ini --onl saliency

# techniques
check 'techniques succeeds' gives 0 "$cnnviz" techniques
for technique in vanilla_bp guided_bp saliency grad_cam guided_grad_cam; do
	check "techniques lists $technique" grep -q "^$technique  *[0-9.]*  *1\\.0  *attribution  */" stdout
done
check 'techniques are listed family by family' sh -c \
	'awk "NR > 1 { print \$6 }" stdout | uniq | sort | uniq -d | { ! grep .; }'
check 'and by name within one' sh -c \
	'awk "\$6 == \"cam\" { print \$1 }" stdout | LC_ALL=C sort -c'
check 'those that explain come first' sh -c \
	'awk "NR > 1 { print \$6 }" stdout | uniq | head -n 2 | tr "\n" " " | grep -q "gradient cam"'
check 'those without a family come last' sh -c 'tail -n 1 stdout | grep -q " other "'
check 'techniques shows the general kind' grep -q '^noise_card .* general ' stdout
check 'a refused plugin is a warning' holds stderr 'cnnviz: warning: skipped a plugin: '
check 'the warning names the file' holds stderr 'other_major.so'
check 'techniques --json succeeds' gives 0 "$cnnviz" techniques --json
check 'techniques --json has names, paths and refusals' json stdout \
	'(.techniques | map(.name) | index("grad_cam")) and (.techniques | all(.path | startswith("/")))
	and (.techniques[] | select(.name == "grad_cam") | .family == "cam")
	and (.refused | length == 1) and (.techniques | map(.name) == (map(.name) | sort))'
check 'techniques lists those of a family' gives 0 "$cnnviz" techniques segmentation
check 'and no others' sh -c \
	'awk "NR > 1 { print \$6 }" stdout | uniq | tr "\n" " " | grep -q "^segmentation $"'
check 'in JSON too' gives 0 "$cnnviz" techniques --json cam
check 'and no others in JSON' json stdout \
	'(.techniques | length > 5) and (.techniques | all(.family == "cam"))'
check 'techniques refuses a family that is not there' gives 2 "$cnnviz" techniques cams
check 'and tells which there are' holds stderr \
	'no technique is of the family "cams"; there are gradient, cam, attention, perturbation, '
check 'a folder of plugins that does not exist is skipped' \
	gives 0 env CNNVIZ_PLUGIN_PATH="$work/nix" "$cnnviz" techniques
check 'silently' [ ! -s stderr ]

# describe
check 'describe succeeds' gives 0 "$cnnviz" describe grad_cam
for text in 'layer: list of layer, each once, default last_features' 'opacity: float, 0 to 1' \
		'at: enum, one of input | picture' 'heatmap.png' \
		'attribution.npy' 'arXiv' '[grad_cam]' 'layer = last_features'; do
	check "describe grad_cam has: $text" holds stdout "$text"
done
check 'describe of a gradient succeeds' gives 0 "$cnnviz" describe vanilla_bp
check 'a gradient is drawn in color' holds stdout 'color.png'
check 'a gradient has no overlay' sh -c '! grep -q overlay.png stdout'
check 'describe shows every type' gives 0 "$cnnviz" describe every_type
for text in 'steps: int, 1 to 100, required' 'rate: float, 0 to 1, default 0.5' \
		'mirror: bool, default no' 'mood: enum, one of calm | wild, default calm' \
		'title: string, no default' 'layer: layer' 'class: class' 'base: job' \
		'mask: path' 'ink: color, default #102030' 'ink = "#102030"' 'steps (scalar)'; do
	check "describe every_type has: $text" holds stdout "$text"
done
check 'no line of a description is too long' sh -c '! grep "^      .\{74\}" stdout'
check 'describe --json succeeds' gives 0 "$cnnviz" describe every_type --json
check 'describe --json has types, ranges and choices' json stdout \
	'(.parameters | map({(.name): .}) | add) as $p | $p.steps.required and $p.steps.maximum == 100
	and $p.mood.choices == ["calm", "wild"] and $p.title.minimum == null and .kind == "general"
	and (.artifacts | length) == 1 and (.sample | startswith("[every_type]"))'
check 'describe --json of an attribution succeeds' gives 0 "$cnnviz" describe saliency --json
check 'common parameters are marked' json stdout \
	'.parameters | map(select(.common) | .name) | index("opacity") != null'
check 'describe run succeeds' gives 0 "$cnnviz" describe run
check 'describe run shows the batch' holds stdout 'batch: int, 0 to 4096, in pictures, default 0'
check 'describe without a name succeeds' gives 0 "$cnnviz" describe
for text in '[run]: ' '[evaluation]: ' 'every_type ' 'vanilla_bp '; do
	check "describe covers everything: $text" grep -qF "$text" stdout
done
check 'describe input --json succeeds' gives 0 "$cnnviz" describe input --json
check 'describe input --json has the ways to resize' json stdout \
	'.parameters[] | select(.name == "resize") | .choices == ["stretch", "crop", "pad", "none"]'

# models
check 'models succeeds' gives 0 "$cnnviz" models
check 'models shows size, parameters and layers' \
	grep -q '^vgg16  *224x224  *138357544  *[0-9]*  */.*/vgg16.ini$' stdout
check 'models --json succeeds' gives 0 "$cnnviz" models --json
check 'models --json has them all' json stdout \
	'map({(.name): .}) | add | .alexnet.parameters == 61100840 and .inception_v3.input_size == [299, 299]'
mkdir first
cp tiny.ini first/tiny.ini
printf '[network]\nname = broken\n' >first/broken.ini
CNNVIZ_MODEL_PATH=$work/first
export CNNVIZ_MODEL_PATH
cp tiny.labels first
check 'a broken description does not hide the others' gives 0 "$cnnviz" models
check 'a broken description is reported' holds stderr 'warning: skipped the network broken: '
check 'CNNVIZ_MODEL_PATH adds networks' grep -q '^tiny  *32x32  *' stdout
unset CNNVIZ_MODEL_PATH

# layers
check 'layers succeeds' gives 0 "$cnnviz" layers ./tiny.ini
check 'layers shows the input' grep -q '^input  *input  *3x32x32 *$' stdout
check 'layers shows a convolution' grep -q '^features\.0  *conv2d  *6x32x32  *168$' stdout
check 'layers shows a pool' grep -q '^features\.2  *max_pool2d  *6x16x16 *$' stdout
check 'layers shows a linear layer' grep -q '^classifier  *linear  *5  *2565$' stdout
check 'layers prints totals' holds stdout '8 layers, 3173 parameters'
check 'layers --size succeeds' gives 0 "$cnnviz" layers vgg16 --size 64x96
check 'layers --size changes shapes' grep -q '^features\.30  *max_pool2d  *512x2x3 *$' stdout
check 'layers --json succeeds' gives 0 "$cnnviz" layers resnet18 --json
check 'layers --json has names and shapes' json stdout \
	'.model == "resnet18" and .parameters == 11689512
	and (.layers[] | select(.name == "fc") | .shape == [1000] and .operation == "linear")'

# check
check 'check --json of a valid file succeeds' gives 0 "$cnnviz" check case.ini --json
check 'check --json of a valid file is ok' json stdout '. == {"ok": true, "problems": []}'
check 'check --json of a faulty file exits with 2' gives 2 "$cnnviz" check bad.ini --json
check 'check --json has file, line, section, key and text' json stdout \
	'.ok == false and (.problems | length) == 1 and (.problems[0] | .file == "bad.ini" and .line == 6
	and .section == "salience" and .key == null and (.text | contains("saliency")))'
check 'check --json prints problems only on standard output' sh -c '! grep -q bad.ini stderr'
bad=$(printf 'no\377such.png')
check 'a file name that is not UTF-8 gives valid JSON' sh -c '
	"$0" check case.ini --json -s "input.images=$1" >stdout 2>stderr; [ $? -eq 2 ]' "$cnnviz" "$bad"
check 'and the JSON is well formed' json stdout '.ok == false'

# None of them loads an engine, as the dynamic linker's report shows.
for command in techniques models 'describe grad_cam' 'layers vgg16' 'check case.ini'; do
	# shellcheck disable=SC2086
	LD_DEBUG=files LD_DEBUG_OUTPUT=$work/linker "$cnnviz" $command >/dev/null 2>&1
	cat linker.* >linked 2>/dev/null
	rm -f linker.*
	check "the linker reports on $command" grep -q libjansson linked
	check "$command loads no libtorch" sh -c '! grep -q -e libtorch -e libc10 linked'
done

# They take 30 ms on an idle machine. This one may be busy, so processor time is measured, as
# the best of several tries, with a bound that loading libtorch would exceed.
for command in techniques models 'describe grad_cam' 'layers vgg16' 'check case.ini'; do
	best=
	for try in 1 2 3 4 5 6; do
		# shellcheck disable=SC2016,SC2086
		took=$(sh -c '"$@" >/dev/null 2>&1; times' sh "$cnnviz" $command | LC_ALL=C awk '
			NR == 2 {
				for (i = 1; i <= 2; i++) {
					split($i, part, "m")
					ms += 60000 * part[1] + 1000 * part[2]
				}
				printf "%d", ms
			}')
		if [ -z "$best" ] || [ "$took" -lt "$best" ]; then
			best=$took
		fi
	done
	printf '%s: %s ms\n' "$command" "$best"
	check "$command answers at once" [ "$best" -lt "${CLI_TIME_LIMIT:-200}" ]
done

# Output that is lost
if [ -w /dev/full ]; then
	"$cnnviz" models >/dev/full 2>stderr
	check 'a full disk is a failure' [ $? -eq 1 ]
	check 'a full disk is named' holds stderr 'cannot write to standard output: No space left'
	"$cnnviz" layers vgg16 --json >/dev/full 2>stderr
	check 'a full disk is a failure with JSON' [ $? -eq 1 ]
fi
"$cnnviz" models >&- 2>stderr
check 'a closed output is a failure' [ $? -eq 1 ]
{ sleep 1; "$cnnviz" models 2>stderr; echo $? >code; } | :
check 'a pipe without a reader is a failure' [ "$(cat code)" -eq 1 ]
check 'a pipe without a reader is named' holds stderr 'cannot write to standard output'
finish
