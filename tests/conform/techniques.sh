# Every plugin that ships conforms.
set -u

conforming=0
failures=0
for plugin in "$top_builddir"/plugins/*.la; do
	[ -e "$plugin" ] || continue
	technique=$(basename "$plugin" .la)
	case $technique in
	fooling | disguised_fooling)
		set -- -s "$technique.iterations=150" ;; # a few steps deceive nobody
	shapley_sampling)
		set -- -s "$technique.superpixels=8" ;; # each costs a pass in each order
	xrai)
		set -- -s "$technique.scales=250" ;; # each is a segmentation
	sobol)
		set -- -s "$technique.grid=3" ;; # so does each cell
	tcav) # which tells many pictures from many
		set -- -s "$technique.concept=$top_srcdir/conf/pictures/*.jpg" \
			-s "$technique.random=$top_srcdir/conf/pictures/scenes/*.jpg" -s "$technique.sets=3" ;;
	*)
		set -- ;;
	esac
	if "$top_builddir/cnnviz" test-plugin -q "$@" "$plugin"; then
		conforming=$((conforming + 1))
	else
		failures=$((failures + 1))
	fi
done
echo "$conforming plugins conform, $failures do not"
[ "$conforming" -gt 0 ] && [ "$failures" -eq 0 ]
