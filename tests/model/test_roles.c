/* What axes of layers are: how layers are shown, and which is the last feature map. */

#include <stdint.h>

#include "graph/importers.h"
#include "graph/roles.h"
#include "graph/shapes.h"
#include "model/scratch.h"
#include "support/cunit_main.h"

/* 4x6 patches, and a class token in front of them */
#define PATCHES \
	"[network]\ninput_size = 32 48\n[layers]\n" \
	"p = conv2d out=6 kernel=8 stride=8\n"
#define TOKENS \
	PATCHES \
	"r = reshape shape=6,24\n" \
	"t = permute order=2,1\n" \
	"token = parameter shape=1,6\n" \
	"c = concat from=token,t\n" \
	"place = parameter shape=25,6\n" \
	"a = add from=c,place\n"

/* Attention with two heads of three channels, and what follows it */
#define ATTENTION \
	"n = layer_norm\n" \
	"qkv = linear out=18\n" \
	"h = reshape shape=25,3,2,3\n" \
	"o = permute order=2,3,1,4\n" \
	"q = slice range=0,1\n" \
	"k = slice range=1,2 from=o\n" \
	"v = slice range=2,0 from=o\n" \
	"turned = permute order=1,2,4,3 from=k\n" \
	"scores = matmul from=q,turned\n" \
	"shares = softmax axis=fourth\n" \
	"mixed = matmul from=shares,v\n" \
	"i = permute order=1,3,2,4\n" \
	"j = reshape shape=25,6\n" \
	"proj = linear out=6\n" \
	"s = add from=a,proj\n" \
	"n2 = layer_norm\n" \
	"fc = linear out=12\n" \
	"g = gelu\n" \
	"fc2 = linear out=6\n" \
	"s2 = add from=s,fc2\n" \
	"last = layer_norm\n"

#define READ_TOKEN "cls = slice range=0,1\nf = flatten\nl = linear out=5\n"
#define READ_MEAN "body = slice range=1,0\nm = mean\nl = linear out=5\n"

/* Channels last, in windows of 2x3 and back */
#define WINDOWS \
	PATCHES \
	"l = permute order=2,3,1\n" \
	"n = layer_norm\n" \
	"w = reshape shape=2,2,2,18\n" \
	"x = permute order=1,3,2,4\n" \
	"y = reshape shape=4,6,6\n" \
	"z = linear out=6\n" \
	"u = reshape shape=2,2,2,18\n" \
	"v = permute order=1,3,2,4\n" \
	"b = reshape shape=4,6,6\n" \
	"s = add from=l,b\n" \
	"up = slice range=0,2\n" \
	"down = slice range=2,0 from=s\n" \
	"rolled = concat from=down,up\n" \
	"sum = add from=rolled,s\n" \
	"even = slice range=0,0 step=2\n" \
	"odd = slice range=1,0 step=2 from=sum\n" \
	"merged = concat from=even,odd axis=width\n" \
	"m = mean\nmm = mean\ne = linear out=5\n"

/** A description that must be right, or a file's network */
static struct graph *import(const char *path)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = graph_import(path, NULL, NULL, &problems);

	for (size_t i = 0; i < problems.count; i++) {
		char *sentence = problem_sentence(&problems.items[i]);

		printf("\n    %s", sentence);
		free(sentence);
	}
	problems_free(&problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
	return graph;
}

static struct graph *import_text(const char *text)
{
	char *path = scratch_text("net.ini", text);
	struct graph *graph = import(path);

	free(path);
	return graph;
}

/** Check in which shape a layer is shown, and how many of its tokens are left out. */
static void check_shown(const struct graph *graph, const char *name, const char *shape,
		int64_t others)
{
	int32_t node = graph_find(graph, name);
	char text[96];

	CU_ASSERT_FATAL(node >= 0);
	const struct graph_roles *roles = &graph->roles[node];
	struct graph_shape shown = graph_shown_shape(roles, &graph->nodes[node].shape);

	shape_text(&shown, text);
	if (strcmp(text, shape) != 0) {
		printf("\n    %s is shown as %s instead of %s", name, text, shape);
	}
	CU_ASSERT_STRING_EQUAL(text, shape);
	CU_ASSERT_EQUAL(graph_other_tokens(roles, &graph->nodes[node].shape), others);
}

static void check_last(const struct graph *graph, const char *name)
{
	CU_ASSERT_FATAL(graph->last_features >= 0);
	CU_ASSERT_STRING_EQUAL(graph->nodes[graph->last_features].name, name);
}

/* ---- Small networks -------------------------------------------------------------- */

static void tokens_are_at_positions(void)
{
	struct graph *graph = import_text(TOKENS ATTENTION READ_TOKEN);

	check_shown(graph, "p", "(6,4,6)", 0);
	check_shown(graph, "r", "(6,4,6)", 0);
	check_shown(graph, "t", "(6,4,6)", 0);
	check_shown(graph, "token", "(1,6)", 0);
	check_shown(graph, "c", "(6,4,6)", 1);
	check_shown(graph, "a", "(6,4,6)", 1);
	check_shown(graph, "qkv", "(18,4,6)", 1);
	check_shown(graph, "turned", "(6,4,6)", 1);
	check_shown(graph, "scores", "(1,2,25,25)", 0);
	check_shown(graph, "mixed", "(6,4,6)", 1);
	check_shown(graph, "j", "(6,4,6)", 1);
	check_shown(graph, "s2", "(6,4,6)", 1);
	check_shown(graph, "cls", "(1,6)", 0);
	check_shown(graph, "logits", "(5)", 0);
	check_last(graph, "n");
	graph_free(graph);

	graph = import_text(TOKENS ATTENTION READ_MEAN);
	check_shown(graph, "body", "(6,4,6)", 0);
	check_shown(graph, "m", "(6)", 0);
	check_last(graph, "body");
	graph_free(graph);
}

static void windows_are_not_and_their_sum_is(void)
{
	struct graph *graph = import_text(WINDOWS);

	check_shown(graph, "n", "(6,4,6)", 0);
	check_shown(graph, "x", "(2,2,2,18)", 0);
	check_shown(graph, "z", "(4,6,6)", 0);
	check_shown(graph, "b", "(4,6,6)", 0);
	CU_ASSERT_FALSE(graph->roles[graph_find(graph, "b")].known);
	check_shown(graph, "s", "(6,4,6)", 0);
	CU_ASSERT_FALSE(graph->roles[graph_find(graph, "up")].known);
	CU_ASSERT_FALSE(graph->roles[graph_find(graph, "rolled")].known);
	check_shown(graph, "sum", "(6,4,6)", 0);
	check_shown(graph, "even", "(6,2,6)", 0);
	check_shown(graph, "merged", "(12,2,6)", 0);
	check_last(graph, "merged");
	graph_free(graph);
}

/** Other rows and columns: what is known of them is of the input's size. */
static void roles_follow_the_size_of_the_input(void)
{
	struct graph *graph = import_text(PATCHES "l = permute order=2,3,1\n"
						  "n = layer_norm\n"
						  "back = permute order=3,1,2\n"
						  "a = adaptive_avg_pool2d output=1\n"
						  "f = flatten\ne = linear out=5\n");
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	struct graph_roles *roles = memory_new(graph->node_count, sizeof(*roles));
	int32_t n = graph_find(graph, "n");
	char text[96];

	check_last(graph, "n");
	CU_ASSERT_EQUAL_FATAL(graph_infer(graph, 64, 16, shapes, NULL), CNNVIZ_OK);
	graph_infer_roles(graph, shapes, NULL, roles);
	struct graph_shape shown = graph_shown_shape(&roles[n], &shapes[n]);

	CU_ASSERT_STRING_EQUAL(shape_text(&shown, text), "(6,8,2)");
	CU_ASSERT_FALSE(graph_map_differs(&roles[n + 1], &shapes[n + 1]));
	free(roles);
	free(shapes);
	graph_free(graph);
}

/* ---- Files beside the checkout --------------------------------------------------- */

static void networks_of_exporters_have_roles(void)
{
	static const struct {
		const char *file;
		const char *last; /* features */
		const char *shape;
		int64_t others;
		const char *sum; /* of a block's input and what came of it */
		const char *sum_shape;
	} cases[] = {
		{ "test_vit-ts17.onnx", "blocks.5.norm1", "(64,10,10)", 1, "blocks.0.add",
				"(64,10,10)" },
		{ "test_vit-dy.onnx", "blocks.5.norm1", "(64,10,10)", 1, "blocks.0.add",
				"(64,10,10)" },
		{ "test_vit.pt2", "blocks.5.norm1", "(64,10,10)", 1, "blocks.0.add",
				"(64,10,10)" },
		{ "swin_small-ts17.onnx", "norm", "(48,14,14)", 0, "features.1.0.add",
				"(24,28,28)" },
		{ "swin_small-dy.onnx", "norm", "(48,14,14)", 0, "features.1.0.add",
				"(24,28,28)" },
		{ "test_convnext-dy.onnx", "stages.3.blocks.1.add", "(64,5,5)", 0,
				"stages.3.blocks.0.add", "(64,5,5)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *path = memory_format("%s/../shared/networks/%s",
				getenv("top_srcdir"), cases[i].file);

		if (path_is_file(path)) {
			struct graph *graph = import(path);

			check_last(graph, cases[i].last);
			check_shown(graph, cases[i].last, cases[i].shape,
					cases[i].others);
			check_shown(graph, cases[i].sum, cases[i].sum_shape,
					cases[i].others);
			graph_free(graph);
		} else {
			printf("\n    %s is not there", path);
		}
		free(path);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "tokens_are_at_positions", tokens_are_at_positions },
		{ "windows_are_not_and_their_sum_is", windows_are_not_and_their_sum_is },
		{ "roles_follow_the_size_of_the_input",
				roles_follow_the_size_of_the_input },
		{ "networks_of_exporters_have_roles", networks_of_exporters_have_roles },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "roles", scratch_open, scratch_close, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
