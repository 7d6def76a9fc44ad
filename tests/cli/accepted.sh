# Files that are valid: each of these passes `check`, with the given number of jobs and
# pictures.

. "$top_srcdir/tests/cli/setup.sh"

mkdir sub 'sub/[odd] name' hub hub/hub hub/hub/checkpoints own own/models
cp spot.png 'sub/a:b.png'
cp spot.png 'sub/[odd] name/one, two.png'
cp spot.png sub/.hidden.png
cp stripe.jpg sub
cp tiny.ini own/models/mine.ini
cp tiny.labels own/models
sed 's/^labels .*/&\nweights = tiny-published.safetensors/' tiny.ini >published.ini

# A complete weights file of zeros, with the sizes of tiny.ini
zeros() {
	printf '"%s":{"dtype":"F32","shape":[%s],"data_offsets":[%s,%s]}' "$1" "$2" \
		"$offset" "$((offset + 4 * $3))"
	offset=$((offset + 4 * $3))
}
offset=0
header="{$(zeros features.0.weight 6,3,3,3 162)"
offset=648
header="$header,$(zeros features.0.bias 6 6)"
offset=672
header="$header,$(zeros features.3.weight 8,6,3,3 432)"
offset=2400
header="$header,$(zeros features.3.bias 8 8)"
offset=2432
header="$header,$(zeros classifier.weight 5,512 2560)"
offset=12672
header="$header,$(zeros classifier.bias 5 5)}"
length=${#header}
{
	printf "\\$(printf %o $((length % 256)))\\$(printf %o $((length / 256)))"
	printf '\0\0\0\0\0\0%s' "$header"
	head -c 12692 /dev/zero
} >hub/hub/checkpoints/tiny-published.safetensors
TORCH_HOME=$work/hub
export TORCH_HOME

# fine WHAT FINDINGS [OPTION...]: case.ini passes `check` with these findings
fine() {
	title=$1
	findings=$2
	shift 2
	checks=$((checks + 1))
	if ! gives 0 "$cnnviz" check case.ini "$@" || ! holds stdout "case.ini: fine: $findings"; then
		fail "$title"
	fi
}

# accepts WHAT FINDINGS [OPTION...]: the same for the file on standard input
accepts() {
	cat >case.ini
	fine "$@"
}

# pictures WHAT NUMBER IMAGES [LINE]: a value of images gives this many pictures
pictures() {
	plural=s
	[ "$2" -ne 1 ] || plural=
	printf '[model]\narchitecture = tiny.ini\nweights = random\n[input]\nimages = %s\n%s\n[saliency]\n' \
		"$3" "${4:-}" >case.ini
	fine "$1" "1 job, $2 picture$plural, tiny"
}

pictures 'a path' 1 'spot.png'
pictures 'an absolute path' 1 "$work/spot.png"
pictures 'several paths' 2 'spot.png, stripe.png'
pictures 'a path twice' 2 'spot.png,spot.png'
pictures 'a JPEG' 1 'stripe.jpg'
pictures 'wildcards' 2 's*.png'
pictures 'wildcards in folders' 2 'sub/*.*'
pictures 'wildcards pass over what is hidden' 1 'sub/*.png'
pictures 'a hidden file by name' 1 'sub/.hidden.png'
pictures 'a target by index' 1 'spot.png:4'
pictures 'a target by name' 1 'spot.png:tiger'
pictures 'a target by name that another name begins with' 1 'spot.png:tiger cat'
pictures 'a target by one of its synonyms, in capitals' 1 'spot.png:Tabby Cat'
pictures 'a target with wildcards' 2 's*.png:stripe'
pictures 'a path with a colon' 1 'sub/a:b.png'
pictures 'a path with a colon and a target' 1 'sub/a:b.png:3'
pictures 'a path with commas, brackets and blanks, in quotes' 2 \
	"'\"sub/[odd] name/one, two.png\", spot.png'"
pictures 'a target with a comma, in quotes' 1 "'\"spot.png:tabby, tabby cat\"'"
mkdir lists lists/sub
cp spot.png lists/sub/here.png
cp spot.png lists/sub/@odd.png
printf 'sub/here.png\n' >lists/plain.txt
printf '\357\273\277# a comment\r\n\r\n  sub/here.png: spot \r\n../sub/a:b.png:3\r\n../s*.png:tabby, tabby cat' \
	>lists/windows.txt
printf './sub/@odd.png\n../sub/[odd] name/one, two.png:4\n' >lists/odd.txt
pictures 'a list, with paths relative to it' 1 '@lists/plain.txt'
pictures 'a list with a mark, comments, empty lines, targets, wildcards and CR LF' 4 \
	'@lists/windows.txt'
pictures 'a list of odd names' 2 '@lists/odd.txt'
pictures 'lists between pictures' 8 \
	'spot.png, @lists/plain.txt, "@lists/windows.txt", ./stripe.png, @lists/plain.txt'
pictures 'a list at an absolute path' 1 "@$work/lists/plain.txt"
many=$(awk 'BEGIN { for (i = 1; i < 2000; i++) print "spot.png:" i % 5 ", \\"; print "spot.png" }')
pictures '2000 paths on lines that are joined' 2000 "$many"
pictures '2000 paths on one line' 2000 "$(printf '%s' "$many" | tr -d '\\\n')"
printf '%s\n' "$many" | tr -d ', \\' >many.txt
pictures '2000 paths in a list' 2000 '@many.txt'
pictures 'one number for a size' 1 spot.png 'size = 32'
pictures 'a size with a cross' 1 spot.png 'size = 32x32'
pictures 'a size with a blank' 1 spot.png 'size = 33 34'
pictures 'a picture in its own size' 1 spot.png 'resize = none'
pictures 'another way to resize and another filter' 1 spot.png 'resize = pad
filter = nearest'

accepts 'random weights with a seed' '1 job, 1 picture, tiny' <<END
[model]
architecture = tiny.ini
weights = random:12
[input]
images = spot.png
[saliency]
END
accepts 'a weights file by name in the torch hub' '1 job, 1 picture, tiny' <<END
[model]
architecture = tiny.ini
weights = tiny-published.safetensors
[input]
images = spot.png
[saliency]
END
accepts 'published weights by default' '1 job, 1 picture, tiny' <<END
[model]
architecture = published.ini
[input]
images = spot.png
[saliency]
END
accepts 'a network in a folder of the file' '1 job, 1 picture, tiny' <<END
[run]
model_path = own/models
[model]
architecture = mine
weights = random
[input]
images = spot.png
[saliency]
END
accepts 'capitals in sections and keys, comments, quotes, joined lines' \
	'1 job, 2 pictures, tiny' <<END
; a comment
[Model]
Architecture = "tiny.ini" ; another
WEIGHTS = random # and one more
[INPUT]
images = spot.png, \\
	stripe.png
[Mine]
Technique = grad_cam
layer = features.3
END
accepts 'blocks, the input, the last map and the scores as layers' \
	'4 jobs, 1 picture, tiny' <<END
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[a]
technique = grad_cam
layer = features
[b]
technique = grad_cam
layer = input
[c]
technique = grad_cam
layer = last_conv
[d]
technique = inversion
layer = logits
END
accepts 'a job that needs no picture' '1 job, 0 pictures, tiny' <<END
[model]
architecture = tiny.ini
weights = random
[noise_card]
END
accepts 'jobs in any order, and techniques of every kind' '5 jobs, 1 picture, tiny' <<END
[model]
architecture = tiny.ini
weights = random
[guided_grad_cam]
[contact_sheet]
[every_type]
steps = 100
rate = 1e-3
mirror = ON
mood = wild
title = "a title; with a semicolon"
layer = classifier
class = spot
base = Guided_BP
mask = spot.png
ink = "#a0b0c0"
[guided_bp]
[grad_cam]
[input]
images = spot.png
END
accepts 'British spelling of keys and choices' '2 jobs, 1 picture, tiny' \
	-s class_image.optimiser=normalised -s saliency.colourmap=grey <<END
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[class_image]
target = 0
Regulariser = l2
start = constant
start_colour = grey
optimizer = adam
quantise = yes
[saliency]
colormap = jet
END
accepts '-s adds sections, keys and jobs' '2 jobs, 2 pictures, tiny' \
	-s model.architecture=tiny.ini -s model.weights=random -s 'input.images=s*.png' \
	-s saliency.target=spot <<END
[vanilla_bp]
END
accepts '--only leaves jobs out, but none that is needed' '2 jobs, 1 picture, tiny' \
	--only guided_grad_cam -s guided_grad_cam.cam=saliency \
	-s guided_grad_cam.gradient=saliency <<END
[model]
architecture = tiny.ini
weights = random
[input]
images = spot.png
[saliency]
[vanilla_bp]
END

# Paths of -s and -o are relative to the current folder, those of a file to it.
cat >sub/case.ini <<END
[run]
output = out
[model]
architecture = ../tiny.ini
weights = random
[input]
images = stripe.jpg
[saliency]
END
check 'paths are relative to the file' gives 0 "$cnnviz" check sub/case.ini
check 'paths of -s are relative to the current folder' gives 0 "$cnnviz" check sub/case.ini \
	-s input.images=stripe.jpg -s model.architecture=tiny.ini -s model.labels=tiny.labels
check 'a list of -s too, and what it names is relative to the list' gives 0 "$cnnviz" check \
	sub/case.ini -s input.images=@lists/plain.txt -s model.architecture=tiny.ini \
	-s model.labels=tiny.labels
check 'a file elsewhere is not found there' gives 2 "$cnnviz" check sub/case.ini \
	-s input.images=a:b.png
sed -e 's#stripe.jpg#*.png#' -e 's#\.\./#../../#' sub/case.ini >'sub/[odd] name/case.ini'
check "the file's own folder is no pattern" gives 0 "$cnnviz" check 'sub/[odd] name/case.ini'
check "wildcards work in such a folder" holds stdout '1 job, 1 picture, tiny'
check 'check writes nothing' [ ! -e sub/out ]

# The sample section of every technique is valid.
for technique in $("$cnnviz" techniques | awk 'NR > 1 { print $1 }'); do
	{
		printf '[model]\narchitecture = tiny.ini\nweights = random\n[input]\nimages = spot.png\n'
		"$cnnviz" describe "$technique" | sed '1,/^Sample$/d'
	} >case.ini
	set --
	case $technique in
	deconvnet_segmentation) set -- -s model.architecture=segmenter ;;
	attention_*) set -- -s model.architecture=vit_b_32 ;;
	expected_gradients) set -- -s expected_gradients.references=spot.png ;;
	tcav) # whose pictures are several
		set -- -s "tcav.concept=$top_srcdir/conf/pictures/*.jpg" \
			-s "tcav.random=$top_srcdir/conf/pictures/scenes/*.jpg" -s tcav.sets=3 ;;
	cam) set -- -s model.architecture=resnet18 ;; # which ends in an average and a linear layer
	esac
	check "the sample of $technique is fine" gives 0 "$cnnviz" check case.ini "$@"
done
finish
