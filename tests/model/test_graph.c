/* What a network's description may say, what it means, and what is refused. */

#include <stdbool.h>
#include <stdint.h>

#include "graph/import_ini.h"
#include "graph/importers.h"
#include "model/scratch.h"
#include "support/cunit_main.h"

#define NETWORK "[network]\ninput_size = 32 48\n"
#define LAYERS NETWORK "[layers]\n"

static struct graph *import(const char *text, struct problems *problems)
{
	char *path = scratch_text("net.ini", text);
	struct graph *graph = graph_import_ini(path, NULL, NULL, problems);

	free(path);
	return graph;
}

/** A description that must be right */
static struct graph *import_good(const char *text)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = import(text, &problems);

	for (size_t i = 0; i < problems.count; i++) {
		char *sentence = problem_sentence(&problems.items[i]);

		printf("\n    %s", sentence);
		free(sentence);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
	CU_ASSERT_EQUAL(problems.count, 0);
	problems_free(&problems);
	return graph;
}

static bool has_shape(const struct graph_shape *shape, int64_t c, int64_t h, int64_t w)
{
	return shape->rank == 3 && shape->extent[0] == c && shape->extent[1] == h
			&& shape->extent[2] == w;
}

/* ---- What is refused ------------------------------------------------------ */

static const struct {
	const char *text;
	int line;
	const char *message; /* fragment */
} bad_descriptions[] = {
	/* sections and [network] */
	{ "", 0, "is empty" },
	{ "[layers]\na = relu\n", 0, "section is missing" },
	{ NETWORK, 0, "section is missing" },
	{ LAYERS, 0, "has no layers" },
	{ LAYERS "a = flatten\n[layer]\nb = relu\n", 5, "did you mean \"layers\"?" },
	{ "[network]\n[layers]\na = flatten\n", 0, "such as 224 224" },
	{ "[network]\ninput_size = 0 4\n[layers]\na = flatten\n", 2, "height and width" },
	{ "[network]\ninput_size = 4 4 4\n[layers]\na = flatten\n", 2,
			"height and width" },
	{ "[network]\ninput_size = 4.5\n[layers]\na = flatten\n", 2, "height and width" },
	{ "[network]\ninput_size = 99999 4\n[layers]\na = flatten\n", 2, "1 to 32768" },
	{ NETWORK "inputsize = 3\n[layers]\na = flatten\n", 3,
			"did you mean \"input_size\"?" },
	{ NETWORK "channels = rgb\n[layers]\na = flatten\n", 3,
			"not one of RGB, BGR, gray" },
	{ NETWORK "mean = 1 2\n[layers]\na = flatten\n", 3, "each of 3 channels" },
	{ NETWORK "mean = 1 2 x\n[layers]\na = flatten\n", 3, "each of 3 channels" },
	{ NETWORK "channels = gray\nmean = 1 2 3\n[layers]\na = flatten\n", 4,
			"each of 1 channels" },
	{ NETWORK "std = 1 0 1\n[layers]\na = flatten\n", 3, "above 0 for each" },
	{ NETWORK "std = 0\n[layers]\na = flatten\n", 3, "above 0 for each" },
	{ NETWORK "std = nan\n[layers]\na = flatten\n", 3, "above 0 for each" },
	{ NETWORK "scale = -1\n[layers]\na = flatten\n", 3, "number above 0" },
	{ NETWORK "labels = nowhere.labels\n[layers]\na = flatten\n", 3,
			"nowhere.labels" },
	{ NETWORK "weights = sub/a.pth\n[layers]\na = flatten\n", 3, "without a folder" },
	{ NETWORK "rename = a b\n[layers]\na = flatten\n", 3, "OLD -> NEW" },

	/* one line of [layers] */
	{ LAYERS "a = conv3d out=3\n", 4, "did you mean \"conv2d\"?" },
	{ LAYERS "a = input\n", 4, "no operation \"input\"" },
	{ LAYERS "input = relu\n", 4, "another name" },
	{ LAYERS "a..b = relu\n", 4, "single dots" },
	{ LAYERS "a b = relu\n", 4, "letters, digits" },
	{ LAYERS "a = conv2d out=3\n", 4, "conv2d needs kernel=" },
	{ LAYERS "a = conv2d kernel=3\n", 4, "conv2d needs out=" },
	{ LAYERS "a = linear\n", 4, "linear needs out=" },
	{ LAYERS "a = max_pool2d\n", 4, "max_pool2d needs kernel=" },
	{ LAYERS "a = adaptive_avg_pool2d\n", 4, "needs output=" },
	{ LAYERS "a = lrn\n", 4, "lrn needs size=" },
	{ LAYERS "a = conv2d out=3 kernl=3\n", 4, "did you mean \"kernel\"?" },
	{ LAYERS "a = relu kernel=3\n", 4, "relu has no setting \"kernel\"" },
	{ LAYERS "a = conv2d out=3 kernel = 3\n", 4, "not of the form setting=value" },
	{ LAYERS "a = conv2d out=3 kernel=\n", 4, "not of the form setting=value" },
	{ LAYERS "a = conv2d out=3 kernel=3 kernel=3\n", 4, "given twice" },
	{ LAYERS "a = conv2d out=0 kernel=3\n", 4,
			"out: \"0\" is not a whole number from 1" },
	{ LAYERS "a = conv2d out=-3 kernel=3\n", 4, "out: \"-3\" is not" },
	{ LAYERS "a = conv2d out=3,3 kernel=3\n", 4, "out: \"3,3\" is not" },
	{ LAYERS "a = conv2d out=99999999999 kernel=3\n", 4, "is not a whole number" },
	{ LAYERS "a = conv2d out=3 kernel=1,2,3\n", 4, "two (height,width)" },
	{ LAYERS "a = conv2d out=3 kernel=3 padding=1,2,3\n", 4, "or same" },
	{ LAYERS "a = conv2d out=3 kernel=3 padding=-1\n", 4, "or same" },
	{ LAYERS "a = conv2d out=3 kernel=3 bias=none\n", 4, "neither yes nor no" },
	{ LAYERS "a = batch_norm2d eps=0\n", 4, "not a number from 1e-30 up" },
	{ LAYERS "a = lrn size=5 alpha=x\n", 4, "not a number" },

	/* how layers hang together */
	{ LAYERS "a = relu from=b\nb = relu\n", 4, "listed before" },
	{ LAYERS "a = relu from=a\n", 4, "listed before" },
	{ LAYERS "conv1 = relu\nb = relu from=conv2\n", 5, "did you mean \"conv1\"?" },
	{ LAYERS "a = add\n", 4, "add needs from=" },
	{ LAYERS "a = add from=input\n", 4, "at least 2 inputs" },
	{ LAYERS "a = relu from=input,input\n", 4, "takes one input" },
	{ LAYERS "a = relu\nb = flatten from=input\n", 4, "no layer uses its output" },

	/* shapes */
	{ LAYERS "a = linear out=3\n", 4, "put a flatten before it" },
	{ LAYERS "a = flatten\nb = conv2d out=3 kernel=1\n", 5, "but gets (4608)" },
	{ LAYERS "a = flatten\nb = batch_norm2d\n", 5, "(channels,height,width)" },
	{ LAYERS "a = conv2d out=4 kernel=33\nb = flatten\n", 4, "33 high" },
	{ LAYERS "a = conv2d out=4 kernel=3,49\nb = flatten\n", 4, "49 wide" },
	{ LAYERS "a = conv2d out=4 kernel=1 groups=3\nb = flatten\n", 4,
			"groups=3 does not divide" },
	{ LAYERS "a = conv2d out=4 kernel=1 groups=2\nb = flatten\n", 4,
			"3 input and 4 output" },
	{ LAYERS "a = max_pool2d kernel=3 padding=3\nb = flatten\n", 4,
			"nothing of the input" },
	{ LAYERS "a = reshape shape=3,32,47\nb = flatten\n", 4, "(3,32,48)" },
	{ LAYERS "a = slice range=2,33 axis=height\nb = flatten\n", 4,
			"no part of its 32 rows" },
	{ LAYERS "a = flatten\nb = slice range=0,9 axis=width\n", 5,
			"axis=width is none of a row" },
	{ LAYERS "a = pad padding=33,0 mode=circular\nb = flatten\n", 4, "has only 32" },
	{ LAYERS "a = upsample scale=2 mode=bilinear rounding=ceil\nb = flatten\n", 4,
			"rounding goes with mode=nearest" },
	{ LAYERS "a = upsample scale=2 mode=bilinear align_corners=yes "
		 "coordinates=asymmetric\nb = flatten\n",
			4, "goes with coordinates=pytorch" },
	{ LAYERS "a = conv2d out=4 kernel=1\nb = add from=a,input\nc = flatten\n", 5,
			"a gives (4,32,48), input gives (3,32,48)" },
	{ LAYERS "a = max_pool2d kernel=2\nb = concat from=a,input\nc = flatten\n", 5,
			"do not fit together" },
	{ LAYERS "a = conv2d out=16000000 kernel=32000 padding=16000\nb = flatten\n", 4,
			"too large" },
	{ LAYERS "a = adaptive_avg_pool2d output=1\n", 0,
			"end the network with a flatten" },

	{ LAYERS "a = sum\nb = conv2d out=4 kernel=1 from=input\nc = mul from=a,b\n", 6,
			"a gives (3,1,1), b gives (4,32,48)" },
	{ LAYERS "a = mul from=input,input,input\n", 4, "fewer inputs" },
	{ LAYERS "a = clip min=2 max=1\n", 4, "min=2 is not below its max=1" },
	{ LAYERS "a = clipped_relu max=0\n", 4, "max: \"0\" is not a number" },
	{ LAYERS "a = pad padding=1,32,0,0 mode=reflect\n", 4,
			"mirrors 32 values, but beside an edge are only 31" },
	{ LAYERS "a = pad padding=same\n", 4, "not a whole number" },
	{ LAYERS "a = upsample scale=0.01,1\n", 4, "leaves nothing of 32" },
	{ LAYERS "a = upsample scale=2,2,2\n", 4, "two (height,width)" },
	{ LAYERS "a = upsample scale=2 align_corners=yes\n", 4, "mode=bilinear" },
	{ LAYERS "a = flatten\nb = interpolate like=a from=input\n", 5,
			"without height and width" },

	/* transposed convolutions and unpooling */
	{ LAYERS "a = conv_transpose2d out=3\n", 4, "conv_transpose2d needs kernel=" },
	{ LAYERS "a = conv_transpose2d out=3 kernel=2 padding=same\n", 4,
			"not a whole number" },
	{ LAYERS "a = conv_transpose2d out=4 kernel=1 groups=2\n", 4,
			"groups=2 does not divide" },
	{ LAYERS "a = conv_transpose2d out=4 kernel=3 stride=2 output_padding=2\n", 4,
			"less than its stride of 2" },
	{ LAYERS "a = conv_transpose2d out=4 kernel=3 output_padding=-1\n", 4,
			"from 0 to" },
	{ LAYERS "a = conv_transpose2d out=4 kernel=1 padding=16\n", 4, "cuts off all" },
	{ LAYERS "a = conv2d out=4 kernel=1 output_padding=1\n", 4,
			"conv2d has no setting \"output_padding\"" },
	{ LAYERS "a = max_pool2d kernel=2\nb = max_unpool2d\n", 5,
			"max_unpool2d needs pool=" },
	{ LAYERS "pool1 = max_pool2d kernel=2\nb = max_unpool2d pool=pool2\n", 5,
			"did you mean \"pool1\"?" },
	{ LAYERS "a = max_pool2d kernel=2\nb = relu\nc = max_unpool2d pool=b\n", 6,
			"switches come from a max_pool2d" },
	{ LAYERS "a = max_pool2d kernel=2\nb = conv2d out=4 kernel=1\n"
		 "c = max_unpool2d pool=a\n",
			6, "shape of a, (3,16,24), but gets (4,16,24)" },
	{ LAYERS "a = max_pool2d kernel=2\nb = max_unpool2d pool=a from=a,a\n", 5,
			"takes one input" },
};

static void bad_descriptions_are_refused_with_line_and_reason(void)
{
	size_t count = sizeof(bad_descriptions) / sizeof(bad_descriptions[0]);

	for (size_t i = 0; i < count; i++) {
		struct problems problems = { NULL, 0 };
		struct graph *graph = import(bad_descriptions[i].text, &problems);
		bool found = false;

		CU_ASSERT_PTR_NULL(graph);
		for (size_t k = 0; k < problems.count; k++) {
			found = found
					|| (problems.items[k].line == bad_descriptions[i].line
							&& strstr(problems.items[k].text,
									   bad_descriptions[i]
											   .message)
									!= NULL);
		}
		CU_ASSERT(found);
		if (!found || graph != NULL) {
			printf("\n    %s\n    wanted line %d: %s",
					bad_descriptions[i].text,
					bad_descriptions[i].line,
					bad_descriptions[i].message);
			for (size_t k = 0; k < problems.count; k++) {
				char *sentence = problem_sentence(&problems.items[k]);

				printf("\n    got %s", sentence);
				free(sentence);
			}
		}
		graph_free(graph);
		problems_free(&problems);
	}
}

static void every_fault_of_a_description_is_reported(void)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = import(LAYERS "a = rellu\nb = conv2d out=0 kernel=x\n"
					    "c = add from=a,nobody\n",
			&problems);

	CU_ASSERT_PTR_NULL(graph);
	CU_ASSERT_EQUAL(problems.count, 4);
	for (size_t i = 0; i < problems.count; i++) {
		CU_ASSERT_STRING_EQUAL(problems.items[i].section, "layers");
	}
	problems_free(&problems);
}

static void a_missing_file_is_reported(void)
{
	struct problems problems = { NULL, 0 };

	CU_ASSERT_PTR_NULL(graph_import_ini("/nowhere/net.ini", NULL, NULL, &problems));
	CU_ASSERT_EQUAL(problems.count, 1);
	problems_free(&problems);
}

static void a_file_is_known_by_its_content_before_its_name(void)
{
	static const struct {
		const char *name;
		const char *text;
		const char *message; /* fragment; NULL: taken */
	} cases[] = {
		{ "net.txt", LAYERS "a = flatten\n", NULL },
		{ "net", LAYERS "a = flatten\n", NULL },
		{ "picture.png", "\x89PNG\r\n\x1a\n",
				"picture.png is not a network: this is a PNG picture; "
				"cnnviz "
				"reads ONNX networks (.onnx), programs of "
				"torch.export (.pt2), descriptions (.ini)" },
		{ "nothing", "", "is not a network" },
		{ "binary.ini", "\x89PNG\r\n\x1a\n", "UTF-8" },
		{ "empty.ini", "", "is empty" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problems problems = { NULL, 0 };
		char *path = scratch_text(cases[i].name, cases[i].text);
		struct graph *graph = graph_import(path, NULL, NULL, &problems);

		CU_ASSERT_EQUAL(graph != NULL, cases[i].message == NULL);
		CU_ASSERT_EQUAL(problems.count > 0, cases[i].message != NULL);
		if (problems.count > 0 && cases[i].message != NULL) {
			CU_ASSERT_PTR_NOT_NULL(strstr(problems.items[0].text,
					cases[i].message));
		}
		graph_free(graph);
		problems_free(&problems);
		free(path);
	}
}

/* ---- What is understood ------------------------------------------------------ */

static void settings_have_pytorchs_defaults(void)
{
	struct graph *graph = import_good(LAYERS
			"c = conv2d out=8 kernel=3\n"
			"n = batch_norm2d\np = max_pool2d kernel=2,3\nf = flatten\n");
	const struct graph_settings *conv = &graph->nodes[1].settings;
	const struct graph_settings *pool = &graph->nodes[3].settings;

	CU_ASSERT(conv->stride[0] == 1 && conv->stride[1] == 1);
	CU_ASSERT(conv->padding[0] == 0 && conv->padding[3] == 0);
	CU_ASSERT(conv->dilation[0] == 1 && conv->groups == 1 && conv->bias);
	CU_ASSERT(graph->nodes[2].settings.eps == 1e-5);
	CU_ASSERT(pool->stride[0] == 2 && pool->stride[1] == 3);
	CU_ASSERT_FALSE(pool->ceil_mode);
	CU_ASSERT(has_shape(&graph->nodes[1].shape, 8, 30, 46));
	CU_ASSERT(has_shape(&graph->nodes[3].shape, 8, 15, 15));
	graph_free(graph);
}

static void padding_takes_one_two_four_numbers_or_same(void)
{
	static const struct {
		const char *text;
		int64_t padding[4];
		int64_t out[2];
	} cases[] = {
		{ "padding=1", { 1, 1, 1, 1 }, { 32, 48 } },
		{ "padding=0,2", { 0, 0, 2, 2 }, { 30, 50 } },
		{ "padding=0,1,2,3", { 0, 1, 2, 3 }, { 31, 51 } },
		/* TensorFlow: ceil(32 / 5) = 7 windows span 33; the odd pixel at the end */
		{ "stride=5,4 padding=same", { 0, 1, 0, 0 }, { 7, 12 } },
		{ "dilation=2 padding=same", { 2, 2, 2, 2 }, { 32, 48 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = memory_format(LAYERS "c = conv2d out=8 kernel=3 %s\n"
						  "f = flatten\n",
				cases[i].text);
		struct graph *graph = import_good(text);
		int64_t padding[4];

		graph_resolve_padding(&graph->nodes[1].settings, 32, 48, padding);
		CU_ASSERT(memcmp(padding, cases[i].padding, sizeof(padding)) == 0);
		CU_ASSERT(has_shape(&graph->nodes[1].shape, 8, cases[i].out[0],
				cases[i].out[1]));
		graph_free(graph);
		free(text);
	}
}

static void ceil_mode_drops_a_window_that_begins_in_the_padding_after(void)
{
	static const struct {
		int64_t extent;
		const char *settings;
		int64_t out;
	} cases[] = {
		{ 7, "kernel=2", 3 },
		{ 7, "kernel=2 ceil_mode=yes", 4 },
		/* a third window would begin at 6, past 5 and the 0 before it */
		{ 5, "kernel=2 stride=3 ceil_mode=yes", 2 },
		/* (4 + 2 - 2 + 2) / 3 + 1 = 3, but the third begins at 6 >= 4 + 1 */
		{ 4, "kernel=2 stride=3 padding=1 ceil_mode=yes", 2 },
		/* a window larger than its input counts when rounded up */
		{ 2, "kernel=3 stride=2 ceil_mode=yes", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = memory_format("[network]\ninput_size = %d\n[layers]\n"
					   "p = max_pool2d %s\nf = flatten\n",
				(int)cases[i].extent, cases[i].settings);
		struct graph *graph = import_good(text);

		CU_ASSERT(has_shape(&graph->nodes[1].shape, 3, cases[i].out,
				cases[i].out));
		graph_free(graph);
		free(text);
	}
}

static void normalization_is_read_per_channel_or_for_all(void)
{
	struct graph *graph = import_good(NETWORK
			"channels = BGR\nscale = 255\n"
			"mean = 104, 117, 123\nstd = 2\n[layers]\nf = flatten\n");
	const struct normalization *n = &graph->normalization;

	CU_ASSERT(n->channels == 3 && n->bgr && n->scale == 255.0f);
	CU_ASSERT(n->mean[0] == 104.0f && n->mean[2] == 123.0f);
	CU_ASSERT(n->std[0] == 2.0f && n->std[1] == 2.0f && n->std[2] == 2.0f);
	graph_free(graph);

	graph = import_good(NETWORK
			"channels = gray\nmean = 0.5\n[layers]\nf = flatten\n");
	CU_ASSERT(graph->normalization.channels == 1);
	CU_ASSERT(graph->nodes[1].shape.extent[0] == 32 * 48);
	graph_free(graph);
}

/* ---- Names --------------------------------------------------------------------- */

#define BRANCHES \
	LAYERS \
	"Stem.conv   = conv2d out=4 kernel=3 padding=1\n" \
	"Stem.relu   = relu\n" \
	"mix.a.conv  = conv2d out=4 kernel=1\n" \
	"mix.a.relu  = relu\n" \
	"mix.b.conv  = conv2d out=8 kernel=1 from=Stem\n" \
	"mix.b.relu  = relu\n" \
	"mix         = concat from=mix.a,mix.b\n" \
	"res.conv    = conv2d out=12 kernel=1\n" \
	"res.relu@1  = relu\n" \
	"res.add     = add from=res.relu@1,mix\n" \
	"res.relu    = relu\n" \
	"pool        = adaptive_avg_pool2d output=1\n" \
	"flat        = flatten\n" \
	"fc          = linear out=7\n" \
	"soft        = softmax\n"

static void names_lead_to_nodes_and_blocks_to_their_last_node(void)
{
	static const struct {
		const char *name;
		const char *node;
	} cases[] = {
		{ "Stem.conv", "Stem.conv" },
		{ "Stem", "Stem.relu" },
		{ "mix.a", "mix.a.relu" },
		{ "mix", "mix" }, /* a node's own name wins */
		{ "res", "res.relu" },
		{ "res.relu", "res.relu" },
		{ "res.relu@1", "res.relu@1" },
		{ "input", "input" },
		{ "logits", "fc" },
		{ "last_features", "res.relu" },
		{ "last_conv", "res.relu" },
		{ "stem", NULL }, /* capitals matter */
		{ "Ste", NULL },
		{ "mix.", NULL },
		{ "", NULL },
		{ "res.relu@2", NULL },
	};
	struct graph *graph = import_good(BRANCHES);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int32_t node = graph_find(graph, cases[i].name);

		if (cases[i].node == NULL) {
			CU_ASSERT_EQUAL(node, CNNVIZ_LAYER_NONE);
			continue;
		}
		CU_ASSERT_FATAL(node >= 0);
		CU_ASSERT_STRING_EQUAL(graph->nodes[node].name, cases[i].node);
	}
	graph_free(graph);
}

static void from_takes_the_branches_it_names(void)
{
	struct graph *graph = import_good(BRANCHES);
	const struct graph_node *mix = &graph->nodes[graph_find(graph, "mix")];
	const struct graph_node *b = &graph->nodes[graph_find(graph, "mix.b.conv")];

	CU_ASSERT_EQUAL(mix->input_count, 2);
	CU_ASSERT_EQUAL(mix->inputs[0], graph_find(graph, "mix.a.relu"));
	CU_ASSERT_EQUAL(mix->inputs[1], graph_find(graph, "mix.b.relu"));
	CU_ASSERT_EQUAL(b->inputs[0], graph_find(graph, "Stem.relu"));
	CU_ASSERT(has_shape(&mix->shape, 12, 32, 48));
	graph_free(graph);
}

static void a_slip_in_a_name_finds_the_nearest(void)
{
	static const char *const cases[][2] = {
		{ "stem.conv", "Stem.conv" },
		{ "mix.c", "mix.a" },
		{ "Stemm", "Stem" },
		{ "last_conf", "last_conv" },
		{ "last_feature", "last_features" },
		{ "something else entirely", NULL },
	};
	struct graph *graph = import_good(BRANCHES);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *nearest = graph_nearest(graph, cases[i][0]);

		if (cases[i][1] == NULL) {
			CU_ASSERT_PTR_NULL(nearest);
		} else {
			CU_ASSERT_PTR_NOT_NULL_FATAL(nearest);
			CU_ASSERT_STRING_EQUAL(nearest, cases[i][1]);
		}
		free(nearest);
	}
	graph_free(graph);
}

/* ---- Landmarks ----------------------------------------------------------------- */

static void logits_and_last_features_are_found(void)
{
	static const struct {
		const char *layers;
		const char *logits;
		const char *last_features;
	} cases[] = {
		/* the convolution that gives the scores is skipped */
		{ "a = conv2d out=8 kernel=3\nr = relu\nb = conv2d out=5 kernel=1\n"
		  "p = adaptive_avg_pool2d output=1\nf = flatten\n",
				"f", "r" },
		/* unless it is the only one */
		{ "b = conv2d out=5 kernel=1\np = adaptive_avg_pool2d output=1\n"
		  "f = flatten\n",
				"f", "b" },
		/* as many channels as classes mean nothing before a linear layer */
		{ "a = conv2d out=8 kernel=3\nr = relu\nb = conv2d out=5 kernel=1\n"
		  "p = adaptive_avg_pool2d output=1\nf = flatten\n"
		  "l = linear out=5\n",
				"l", "b" },
		/* a convolution without space left is skipped */
		{ "a = conv2d out=8 kernel=3\np = adaptive_avg_pool2d output=1\n"
		  "b = conv2d out=9 kernel=1\nr = relu\nf = flatten\n"
		  "l = linear out=5\n",
				"l", "a" },
		/* forward through what one layer alone takes */
		{ "a = conv2d out=8 kernel=3\nn = batch_norm2d\nr = silu\n"
		  "s = add from=r,n\nf = flatten\nl = linear out=5\n",
				"l", "n" },
		{ "a = conv2d out=8 kernel=3\nn = batch_norm2d\nr = relu6\n"
		  "c = concat from=r,r\nf = flatten\nl = linear out=5\n",
				"l", "c" },
		/* a network may end in a map for each class */
		{ "a = conv2d out=8 kernel=3\nr = relu\ns = conv2d out=5 kernel=1\n", "s",
				"r" },
		{ "p = max_pool2d kernel=2\nu = max_unpool2d pool=p\n"
		  "d = conv_transpose2d out=8 kernel=3\nn = batch_norm2d\nr = relu\n"
		  "s = conv2d out=5 kernel=1\nm = softmax\n",
				"s", "r" },
		/* softmax and the dropout before it are no logits */
		{ "f = flatten\nl = linear out=5\nd = dropout\ns = softmax\n", "l",
				NULL },
		{ "p = adaptive_avg_pool2d output=1\nf = flatten\ns = softmax\n", "f",
				NULL },
		/* nor is a sigmoid, but within a network it is an activation */
		{ "a = conv2d out=8 kernel=3\nr = sigmoid\nf = flatten\nl = linear "
		  "out=5\n"
		  "s = sigmoid\n",
				"l", "r" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = memory_format("%s%s", LAYERS, cases[i].layers);
		struct graph *graph = import_good(text);

		CU_ASSERT_STRING_EQUAL(graph->nodes[graph->logits].name, cases[i].logits);
		if (cases[i].last_features == NULL) {
			CU_ASSERT_EQUAL(graph->last_features, CNNVIZ_LAYER_NONE);
		} else {
			CU_ASSERT_FATAL(graph->last_features >= 0);
			CU_ASSERT_STRING_EQUAL(graph->nodes[graph->last_features].name,
					cases[i].last_features);
		}
		graph_free(graph);
		free(text);
	}
}

/* ---- Other input sizes --------------------------------------------------------- */

static void another_input_size_works_where_the_network_allows(void)
{
	struct graph *graph = import_good(BRANCHES);
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	struct error error;

	CU_ASSERT_EQUAL(graph_infer(graph, 17, 90, shapes, &error), CNNVIZ_OK);
	CU_ASSERT(has_shape(&shapes[graph_find(graph, "mix")], 12, 17, 90));
	CU_ASSERT(shapes[graph->logits].rank == 1);
	CU_ASSERT(shapes[graph->logits].extent[0] == 7);
	free(shapes);
	graph_free(graph);
}

static void refusals_of_an_input_size_name_the_layer_and_the_numbers(void)
{
	static const struct {
		const char *layers;
		int64_t height, width;
		const char *fragments[6];
	} cases[] = {
		{ "features.0 = conv2d out=2 kernel=3\nflat = flatten\n"
		  "classifier.1 = linear out=5\n",
				40, 50,
				{ "classifier.1", "linear", "2760", "3648", "40x50",
						"32x48" } },
		{ "features.0 = conv2d out=2 kernel=7\nflat = flatten\n", 5, 50,
				{ "features.0", "conv2d", "7 high", "5" } },
		{ "f = flatten\n", 0, 50, { "0x50" } },
		{ "f = flatten\n", 50, 32769, { "32769" } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = memory_format("%s%s", LAYERS, cases[i].layers);
		struct graph *graph = import_good(text);
		struct graph_shape *shapes = memory_new(graph->node_count,
				sizeof(*shapes));
		struct error error;

		CU_ASSERT_EQUAL(graph_infer(graph, cases[i].height, cases[i].width,
						shapes, &error),
				CNNVIZ_ERROR_INPUT);
		for (size_t k = 0; k < 6 && cases[i].fragments[k] != NULL; k++) {
			bool named = strstr(error.text, cases[i].fragments[k]) != NULL;

			CU_ASSERT(named);
			if (!named) {
				printf("\n    no %s in: %s", cases[i].fragments[k],
						error.text);
			}
		}
		free(shapes);
		graph_free(graph);
		free(text);
	}
}

static void weights_have_torchs_shapes(void)
{
	struct graph *graph = import_good(LAYERS
			"c = conv2d out=6 kernel=3,5 groups=3 bias=no\nn = batch_norm2d\n"
			"f = flatten\nl = linear out=7\n");
	int64_t shape[4];

	CU_ASSERT_EQUAL(graph_weight_shape(graph, 1, GRAPH_WEIGHT, shape), 4);
	CU_ASSERT(shape[0] == 6 && shape[1] == 1 && shape[2] == 3 && shape[3] == 5);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 1, GRAPH_BIAS, shape), 0);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 1, GRAPH_RUNNING_VAR, shape), 0);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 2, GRAPH_RUNNING_VAR, shape), 1);
	CU_ASSERT(shape[0] == 6);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 3, GRAPH_WEIGHT, shape), 0);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 4, GRAPH_WEIGHT, shape), 2);
	CU_ASSERT(shape[0] == 7 && shape[1] == 6 * 30 * 44);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 4, GRAPH_BIAS, shape), 1);
	CU_ASSERT(shape[0] == 7);
	CU_ASSERT_EQUAL(graph_weight_shape(graph, 0, GRAPH_WEIGHT, shape), 0);
	graph_free(graph);
}

#define TEST(function) \
	{ \
#function, function \
	}

int main(void)
{
	static CU_TestInfo tests[] = {
		TEST(bad_descriptions_are_refused_with_line_and_reason),
		TEST(every_fault_of_a_description_is_reported),
		TEST(a_missing_file_is_reported),
		TEST(a_file_is_known_by_its_content_before_its_name),
		TEST(settings_have_pytorchs_defaults),
		TEST(padding_takes_one_two_four_numbers_or_same),
		TEST(ceil_mode_drops_a_window_that_begins_in_the_padding_after),
		TEST(normalization_is_read_per_channel_or_for_all),
		TEST(names_lead_to_nodes_and_blocks_to_their_last_node),
		TEST(from_takes_the_branches_it_names),
		TEST(a_slip_in_a_name_finds_the_nearest),
		TEST(logits_and_last_features_are_found),
		TEST(another_input_size_works_where_the_network_allows),
		TEST(refusals_of_an_input_size_name_the_layer_and_the_numbers),
		TEST(weights_have_torchs_shapes),
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ "descriptions of networks", scratch_open, scratch_close, NULL, NULL,
				tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
