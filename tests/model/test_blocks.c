/* Blocks, ranges and parameters of descriptions: what they stand for, and what is refused. */

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "graph/import_ini.h"
#include "graph/importers.h"
#include "graph/write_ini.h"
#include "model/same_graph.h"
#include "model/scratch.h"
#include "support/cunit_main.h"

#define LAYERS "[network]\ninput_size = 32 48\n[layers]\n"

static struct graph *import(const char *text, struct problems *problems)
{
	char *path = scratch_text("net.ini", text);
	struct graph *graph = graph_import_ini(path, NULL, NULL, problems);

	free(path);
	return graph;
}

static void print_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char *sentence = problem_sentence(&problems->items[i]);

		printf("\n    %s", sentence);
		free(sentence);
	}
}

/* ---- What lines stand for ------------------------------------------------------ */

static const struct {
	const char *text, *flat;
} pairs[] = {
	/* a block by itself, and its output by its name */
	{ LAYERS "a = pair\nb = add from=a,a.one\n[block pair]\none = relu\ntwo = "
		 "sigmoid\n",
			LAYERS "a.one = relu\na.two = sigmoid\nb = add from=a,a.one\n" },
	/* input is what the block gets, wherever that comes from */
	{ LAYERS "a = relu\nb = flat from=input\nc = add from=a,b\n"
		 "[block flat]\none = tanh\ntwo = add from=one,input\n",
			LAYERS "a = relu\nb.one = tanh from=input\n"
			       "b.two = add from=b.one,input\nc = add from=a,b\n" },
	/* ranges of blocks and of layers, inside of blocks too */
	{ LAYERS "a.x{3..4}y = twice\nz{0..1} = relu\n"
		 "[block twice]\nr.{9..10} = relu\nend = add from=r,input\n",
			LAYERS "a.x3y.r.9 = relu\na.x3y.r.10 = relu\n"
			       "a.x3y.end = add from=a.x3y.r.10,input\n"
			       "a.x4y.r.9 = relu\na.x4y.r.10 = relu\n"
			       "a.x4y.end = add from=a.x4y.r.10,a.x3y.end\n"
			       "z0 = relu\nz1 = relu\n" },
	/* parameters: words, numbers, products, and handed on; sections may come first */
	{ "[network]\ninput_size = 32 48\n"
	  "[block Inner]\nconv = conv2d out={2*n/m} kernel={k}\n"
	  "[layers]\na = outer width=6 act=tanh\n"
	  "[block outer]\nin = inner n={width} m=4 k=1,3\nact = {act}\n",
			LAYERS "a.in.conv = conv2d out=3 kernel=1,3\na.act = tanh\n" },
	/* values in turn */
	{ LAYERS "a{0..3} = conv kernel=1|3 out=3|4|5\n"
		 "[block conv]\nc = conv2d out={out} kernel={kernel} padding=1\n",
			LAYERS "a0.c = conv2d out=3 kernel=1 padding=1\n"
			       "a1.c = conv2d out=4 kernel=3 padding=1\n"
			       "a2.c = conv2d out=5 kernel=1 padding=1\n"
			       "a3.c = conv2d out=3 kernel=3 padding=1\n" },
	/* sums, and blocks in turn */
	{ LAYERS "a{0..2} = one|two n=5\n[block one]\nc = conv2d out={2*n-3*n/5+1} "
		 "kernel=1\n"
		 "[block two]\nd = conv2d out={n} kernel=1\n",
			LAYERS
			"a0.c = conv2d out=8 kernel=1\na1.d = conv2d out=5 kernel=1\n"
			"a2.c = conv2d out=8 kernel=1\n" },
	/* other inputs are the block's own as well */
	{ LAYERS "a = up\n[block up]\np = max_pool2d kernel=2\nu = max_unpool2d pool=p\n"
		 "i = interpolate like=input\n",
			LAYERS "a.p = max_pool2d kernel=2\na.u = max_unpool2d pool=a.p\n"
			       "a.i = interpolate like=input\n" },
};

static void blocks_and_ranges_are_the_layers_that_they_stand_for(void)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct problems problems = { NULL, 0 };
		struct graph *graph = import(pairs[i].text, &problems);
		struct graph *flat = import(pairs[i].flat, &problems);

		print_problems(&problems);
		CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
		CU_ASSERT_PTR_NOT_NULL_FATAL(flat);
		CU_ASSERT(same_graph(graph, flat));
		graph_free(graph);
		graph_free(flat);
		problems_free(&problems);
	}
}

/* ---- What is refused ------------------------------------------------------------ */

static const struct {
	const char *text;
	int line;
	const char *section;
	const char *key;
	const char *message; /* fragment */
} refused[] = {
	{ LAYERS "a = encodr\n[block encoder]\nx = relu\n", 4, "layers", "a",
			"no operation or block \"encodr\"; did you mean \"encoder\"?" },
	{ LAYERS "a = x\n[block x]\nb = x\n", 6, "block x", "b", "block cycle: x > x;" },
	{ LAYERS "a = x\n[block x]\nb = y\n[block y]\nc = x\n", 8, "block y", "c",
			"block cycle: x > y > x; a block cannot be in itself (in a.b, "
			"from "
			"line 6)" },
	{ LAYERS "a = c out=3\n[block c]\nb = conv2d out={out} kernel={k}\n", 4, "layers",
			"a", "block c needs k=..." },
	{ LAYERS "a = c outt=3\n[block c]\nb = conv2d out={out} kernel=1\n", 4, "layers",
			"a", "block c has no parameter \"outt\"; did you mean \"out\"?" },
	{ LAYERS "a = c out=3 out=4\n[block c]\nb = conv2d out={out} kernel=1\n", 4,
			"layers", "a", "out= is given twice" },
	{ LAYERS "a = c out\n[block c]\nb = conv2d out={out} kernel=1\n", 4, "layers",
			"a", "not of the form parameter=value" },
	{ LAYERS "a = c from=b\n[block c]\nb = relu\n", 4, "layers", "a",
			"from=b does not name a layer" },
	{ LAYERS "a = c k=x\n[block c]\nb = conv2d out=3 kernel={k}\n", 6, "block c", "b",
			"kernel: \"x\" is not a whole number" },
	{ LAYERS "a = c k=x\n[block c]\nb = conv2d out={2*k} kernel=1\n", 6, "block c",
			"b", "k, which is x is not a whole number" },
	{ LAYERS "a = c k=3\n[block c]\nb = conv2d out={k/2} kernel=1\n", 6, "block c",
			"b", "{k/2} is not a whole number" },
	{ LAYERS "a = c k=999999999\n[block c]\nb = conv2d out={9*k} kernel=1\n", 6,
			"block c", "b", "{9*k} is not a whole number up to" },
	{ LAYERS "a = c k=3\n[block c]\nb = conv2d out={k+} kernel=1\n", 6, "block c",
			"b", "{k+ is not of the form {NAME}" },
	{ LAYERS "a = c k=3\n[block c]\nb = conv2d out={k kernel=1\n", 6, "block c", "b",
			"is not of the form {NAME}" },
	{ LAYERS "a = conv2d out={k} kernel=1\n", 4, "layers", "a",
			"there is no parameter \"k\"" },
	{ LAYERS "a{0..} = relu\n", 4, "layers", "a{0..}", "{FIRST..LAST}" },
	{ LAYERS "a{0..1}{0..1} = relu\n", 4, "layers", NULL, "one range" },
	{ LAYERS "a{1..0} = relu\n", 4, "layers", NULL, "{1..0} must go from" },
	{ LAYERS "a{0..10000} = relu\n", 4, "layers", NULL, "of at most 9999" },
	{ LAYERS "a{0..99999999999} = relu\n", 4, "layers", NULL, "{FIRST..LAST}" },
	{ LAYERS "a = c k=1|3\n[block c]\nb = conv2d out=3 kernel={k}\n", 4, "layers",
			"a", "the name has no range" },
	{ LAYERS "a{0..9999} = x\n[block x]\nb{0..9999} = relu\n", 6, "block x", NULL,
			"more than 20000 layers" },
	{ LAYERS "a{0..9999} = x\n[block x]\nb{0..9999} = y\n[block y]\n"
		 "c = conv2d out={k} kernel=1\n",
			6, "block x", NULL, "block y needs k=..." },
	{ LAYERS "a = x\na.b = relu\n[block x]\nb = relu\n", 5, "layers", "a.b",
			"a layer of the name a.b already, from line 7" },
	{ LAYERS "a{0..2} = relu\nA1 = relu\n", 5, "layers", "A1",
			"a layer of the name A1 already, from line 4" },
	{ LAYERS "a = relu\n[block x]\nb = relu\n", 5, "block x", NULL,
			"no line has this block" },
	{ LAYERS "a = x\n[block x]\n", 5, "block x", NULL, "the block has no lines" },
	{ LAYERS "a = relu\n[block relu]\nb = tanh\n", 5, "block relu", NULL,
			"is an operation" },
	{ LAYERS "a = x\n[block x]\nb = relu\n[block  x]\nb = tanh\n", 7, "block  x",
			NULL, "another block of this name on line 5" },
	{ LAYERS "a = relu\n[block x y]\nb = tanh\n", 5, "block x y", NULL,
			"a block's name must be" },
	{ LAYERS "a. = x\n[block x]\nb = relu\n", 4, "layers", "a.",
			"the name \"a.\" must be made of" },
	{ LAYERS "a = x\n[block x]\ninput = relu\n", 6, "block x", "input",
			"the block's input" },
	/* nothing outside of a block, and nothing that comes later */
	{ LAYERS "z = relu\na = x\n[block x]\nb = add from=z,input\n", 7, "block x", "b",
			"from=z does not name a layer listed before this one in the "
			"block" },
	/* what does not fit is told of the block's line, and of where it is used */
	{ LAYERS "a = flatten\nb = x\n[block x]\nc = conv2d out=3 kernel=1\n", 7,
			"block x", "c", "(in b, from line 5)" },
	{ LAYERS "a = x\nb = relu\n[block x]\nc = relu\nd = relu from=input\n", 7,
			"block x", "c", "no layer uses its output" },
};

static bool is_told(const struct problems *problems, size_t i)
{
	for (size_t k = 0; k < problems->count; k++) {
		const struct problem *problem = &problems->items[k];

		if (problem->line == refused[i].line
				&& strcmp(problem->section, refused[i].section) == 0
				&& (refused[i].key == NULL
						|| strcmp(problem->key, refused[i].key)
								== 0)
				&& strstr(problem->text, refused[i].message) != NULL) {
			return true;
		}
	}
	return false;
}

static void faults_are_told_with_the_line_and_its_use(void)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct problems problems = { NULL, 0 };
		struct graph *graph = import(refused[i].text, &problems);

		CU_ASSERT_PTR_NULL(graph);
		CU_ASSERT(is_told(&problems, i));
		if (graph != NULL || !is_told(&problems, i)) {
			printf("\n    wanted %s", refused[i].message);
			print_problems(&problems);
		}
		graph_free(graph);
		problems_free(&problems);
	}
}

static void a_fault_of_a_block_is_told_once(void)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = import(LAYERS
			"a{0..11} = x\n[block x]\nb = conv2d ouch=1 kernel=1\n",
			&problems);

	CU_ASSERT_PTR_NULL(graph);
	CU_ASSERT_EQUAL(problems.count, 2);
	CU_ASSERT(problems.count > 0
			&& strstr(problems.items[0].text, "(in a0, from line 4)")
					!= NULL);
	problems_free(&problems);
}

static void blocks_are_in_each_other_to_a_depth(void)
{
	char text[4096] = LAYERS "a = b0\n";
	struct problems problems = { NULL, 0 };

	for (int i = 0; i < 30; i++) {
		size_t end = strlen(text);

		snprintf(text + end, sizeof(text) - end, "[block b%d]\nx = b%d\n", i,
				i + 1);
	}
	strncat(text, "[block b30]\nx = relu\n", sizeof(text) - strlen(text) - 1);

	struct graph *graph = import(text, &problems);

	CU_ASSERT_PTR_NULL(graph);
	CU_ASSERT_EQUAL(problems.count, 1);
	CU_ASSERT(problems.count > 0
			&& strstr(problems.items[0].text, "more than 16 blocks are in")
					!= NULL);
	problems_free(&problems);
}

/* ---- Writing --------------------------------------------------------------------- */

/** What a description of the same layers says; malloc'ed */
static char *write_text(const struct graph *graph)
{
	struct error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fprintf(out, "[network]\ninput_size = %" PRId64 " %" PRId64 "\nchannels = %d\n",
			graph->input_size[0], graph->input_size[1],
			graph->normalization.channels);
	CU_ASSERT_EQUAL(graph_write_layers(graph, out, &error), CNNVIZ_OK);
	fclose(out);
	return text;
}

/** Write and read again; the text, malloc'ed, NULL where the graphs differ */
static char *write_and_read(const struct graph *graph)
{
	struct problems problems = { NULL, 0 };
	char *text = write_text(graph);
	struct graph *again = import(text, &problems);
	bool same = again != NULL && same_graph(graph, again);

	print_problems(&problems);
	CU_ASSERT(same);
	graph_free(again);
	problems_free(&problems);
	if (!same) {
		printf("\n    %s", graph->source);
		free(text);
		return NULL;
	}
	return text;
}

static void what_is_written_is_read_as_the_same_nodes(void)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct problems problems = { NULL, 0 };
		struct graph *graph = import(pairs[i].text, &problems);

		CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
		free(write_and_read(graph));
		graph_free(graph);
	}
}

/** Write and read each network of a folder; returns their number */
static int try_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *item;
	int count = 0;

	while (directory != NULL && (item = readdir(directory)) != NULL) {
		struct problems problems = { NULL, 0 };
		char *path = path_join(folder, item->d_name);
		struct graph *graph = importer_is_file_name(item->d_name)
				? graph_import(path, NULL, NULL, &problems)
				: NULL;

		if (graph != NULL) {
			free(write_and_read(graph));
			count++;
		}
		graph_free(graph);
		problems_free(&problems);
		free(path);
	}
	if (directory != NULL) {
		closedir(directory);
	}
	return count;
}

static void networks_that_ship_or_lie_beside_are_written_and_read(void)
{
	char *folder = path_join(getenv("top_srcdir"), "models");
	char *beside = path_join(getenv("top_srcdir"), "../shared/networks");

	CU_ASSERT(try_folder(folder) >= 50);
	printf("\n    %d networks beside the checkout ", try_folder(beside));
	free(folder);
	free(beside);
}

static void what_is_repeated_is_written_once(void)
{
	struct problems problems = { NULL, 0 };
	struct graph *graph = import(LAYERS
			"in = conv2d out=8 kernel=1\nl.{0..3} = x n=8\n"
			"down = max_pool2d kernel=2\nm.{0..3} = y n=16 k=1|3\n"
			"[block x]\nc = conv2d out={n} kernel=1\nd = relu\n"
			"e = conv2d out={4*n} kernel=1\nf = conv2d out={n} kernel=1\n"
			"g = add from=f,c\n"
			"[block y]\nc = conv2d out={n} kernel=1\nd = relu\n"
			"e = conv2d out={4*n} kernel={k} padding=same\n"
			"f = conv2d out={n} kernel=1\ng = add from=f,c\n",
			&problems);

	print_problems(&problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(graph);

	char *text = write_and_read(graph);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "l.{0..3}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " = l out=8 kernel=1 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " = l out=16 kernel=1|3 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "out={4*out} kernel={kernel}"));
	free(text);
	graph_free(graph);
}

static void names_that_no_description_can_have_are_refused(void)
{
	static const char *const names[] = { "B", "a/b", "" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct problems problems = { NULL, 0 };
		struct graph *graph = import(LAYERS "a = relu\nb = relu\n", &problems);
		struct error error;

		CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
		free(graph->nodes[1].name);
		graph->nodes[1].name = memory_text(names[i]);
		CU_ASSERT_EQUAL(graph_write_layers(graph, stdout, &error),
				CNNVIZ_ERROR_INPUT);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no layer of a description"));
		graph_free(graph);
	}
}

#define TEST(function) \
	{ \
#function, function \
	}

int main(void)
{
	static CU_TestInfo tests[] = {
		TEST(blocks_and_ranges_are_the_layers_that_they_stand_for),
		TEST(faults_are_told_with_the_line_and_its_use),
		TEST(a_fault_of_a_block_is_told_once),
		TEST(blocks_are_in_each_other_to_a_depth),
		TEST(what_is_written_is_read_as_the_same_nodes),
		TEST(networks_that_ship_or_lie_beside_are_written_and_read),
		TEST(what_is_repeated_is_written_once),
		TEST(names_that_no_description_can_have_are_refused),
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ "blocks of descriptions", scratch_open, scratch_close, NULL, NULL,
				tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
