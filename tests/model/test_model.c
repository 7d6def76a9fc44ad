/* Architecture, weights and labels: where they are found, and that they fit. */

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "base/tensor.h"
#include "graph/model.h"
#include "model/scratch.h"
#include "support/cunit_main.h"

/** Tensors of the little network: as many values as its description wants */
#define CONV_WEIGHT "conv.weight:2,3,3,3 "
#define NORM "norm.weight:2 norm.bias:2 norm.running_mean:2 norm.running_var:2 "
#define FC "fc.weight:4,2 fc.bias:4 "
#define ALL CONV_WEIGHT NORM FC

#define NETWORK "[network]\nname = little\ninput_size = 8\n"
#define LAYERS \
	"[layers]\nconv = conv2d out=2 kernel=3 bias=no\nnorm = batch_norm2d\n" \
	"relu = relu\npool = adaptive_avg_pool2d output=1\nflat = flatten\n" \
	"fc = linear out=4\n"

static struct model_paths paths;

/**
 * Write a .safetensors file. The i-th value of each tensor is i / 8.
 *
 * \param   tensors     "NAME:EXTENT,EXTENT " for each
 */
static char *write_weights(const char *name, const char *tensors)
{
	char header[8192] = "{";
	size_t header_size = 1;
	size_t values = 0;
	unsigned char *file;
	char *list = memory_text(tensors);
	char *path;

	for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " ")) {
		char *shape = strchr(word, ':');
		size_t count = 1;

		*shape++ = '\0';
		for (char *rest = shape; rest != NULL && *rest != '\0';
				rest = strchr(rest, ',') != NULL ? strchr(rest, ',') + 1
								 : NULL) {
			count *= (size_t)atoi(rest);
		}
		header_size += (size_t)snprintf(header + header_size,
				sizeof(header) - header_size,
				"%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],"
				"\"data_offsets\":[%zu,%zu]}",
				header_size > 1 ? "," : "", word, shape, 4 * values,
				4 * (values + count));
		values += count;
	}
	header[header_size++] = '}';
	while (header_size % 8 != 0) {
		header[header_size++] = ' ';
	}
	file = memory_new(8 + header_size + 4 * values, 1);
	for (size_t i = 0; i < 8; i++) {
		file[i] = (unsigned char)(header_size >> 8 * i & 0xff);
	}
	memcpy(file + 8, header, header_size);
	for (size_t i = 0; i < values; i++) {
		float value = (float)i / 8.0f;

		memcpy(file + 8 + header_size + 4 * i, &value, 4);
	}
	path = scratch_write(name, file, 8 + header_size + 4 * values);
	free(list);
	free(file);
	return path;
}

static struct model *load(const char *weights, const char *labels, bool verify,
		struct problems *problems)
{
	const struct model_request request = {
		.architecture = "little",
		.weights = weights,
		.labels = labels,
		.verify = verify,
	};

	*problems = (struct problems){ NULL, 0 };
	return model_load(&paths, scratch_folder, &request, problems);
}

/** Another network, at its usual place or with paths relative to a folder */
static struct model *load_other(const struct model_paths *from, const char *folder,
		const char *architecture, const char *weights, struct problems *problems)
{
	const struct model_request request = {
		.architecture = architecture,
		.weights = weights,
	};

	return model_load(from, folder, &request, problems);
}

/** The little network with weights in the scratch folder that must fit */
static struct model *load_good(const char *weights, const char *labels)
{
	struct problems problems;
	struct model *model = load(weights, labels, false, &problems);

	for (size_t i = 0; i < problems.count; i++) {
		printf("\n    %s", problems.items[i].text);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
	problems_free(&problems);
	return model;
}

static bool mentioned(const struct problems *problems, const char *key, const char *text)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		if (problem->section != NULL && strcmp(problem->section, "model") == 0
				&& problem->key != NULL && strcmp(problem->key, key) == 0
				&& strstr(problem->text, text) != NULL) {
			return true;
		}
	}
	printf("\n    no \"%s\" about %s in:", text, key);
	for (size_t i = 0; i < problems->count; i++) {
		printf("\n    %s: %s", problems->items[i].key, problems->items[i].text);
	}
	return false;
}

static void write_network(const char *network)
{
	char *text = memory_format("%s" LAYERS, network);

	free(scratch_text("models/little.ini", text));
	free(text);
}

static void set_folder(const char *variable, const char *name)
{
	char *path = scratch_path(name);

	setenv(variable, path, 1);
	free(path);
}

static int setup(void)
{
	static char *folders[2];

	if (scratch_open() != 0) {
		return 1;
	}
	folders[0] = scratch_path("models");
	paths.folders = folders;
	set_folder("TORCH_HOME", "torch");
	set_folder("XDG_CACHE_HOME", "cache");
	return 0;
}

static void start(void)
{
	write_network(NETWORK);
}

/* ---- Architectures ------------------------------------------------------------ */

static void architectures_go_by_name_or_path(void)
{
	struct {
		const char *name;
		bool found;
	} cases[] = {
		{ "little", true },
		{ "little.ini", true },
		{ "models/little.ini", true },
		{ "./models/little.ini", true },
		{ "own.ini", true },
		{ "own", false },
		{ "models/little", false },
		{ "litle", false },
	};

	start();
	free(scratch_text("own.ini", NETWORK LAYERS));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *path = model_find(&paths, scratch_folder, cases[i].name);

		CU_ASSERT_EQUAL(path != NULL, cases[i].found);
		CU_ASSERT(path == NULL || path_is_file(path));
		free(path);
	}
}

static void architectures_are_listed_once_and_sorted(void)
{
	char *folders[] = { scratch_path("list1"), scratch_path("none"),
		scratch_path("list2"), NULL };
	struct model_paths listed = { folders };
	struct model_entry *entries;
	size_t count;

	free(scratch_text("list1/b.ini", ""));
	free(scratch_text("list1/a.labels", ""));
	free(scratch_text("list2/b.ini", ""));
	free(scratch_text("list2/a.ini", ""));
	entries = model_list(&listed, &count);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	CU_ASSERT_STRING_EQUAL(entries[0].name, "a");
	CU_ASSERT_STRING_EQUAL(entries[1].name, "b");
	CU_ASSERT(strstr(entries[1].path, "list1") != NULL);
	model_list_free(entries, count);
	for (size_t i = 0; i < 3; i++) {
		free(folders[i]);
	}
}

static void an_unknown_architecture_is_reported_with_the_nearest(void)
{
	struct problems problems = { NULL, 0 };

	start();
	CU_ASSERT_PTR_NULL(load_other(&paths, scratch_folder, "litle", "random",
			&problems));
	CU_ASSERT(mentioned(&problems, "architecture", "did you mean \"little\"?"));
	problems_free(&problems);
	CU_ASSERT_PTR_NULL(load_other(&paths, scratch_folder, "sub/none.ini", "random",
			&problems));
	CU_ASSERT(mentioned(&problems, "architecture", "sub/none.ini"));
	problems_free(&problems);
}

/* ---- Binding ------------------------------------------------------------------- */

static void weights_are_bound_by_name(void)
{
	struct model *model;
	const struct graph_node *nodes;

	start();
	free(write_weights("good.safetensors", ALL));
	model = load_good("good.safetensors", NULL);
	nodes = model->graph->nodes;
	CU_ASSERT_EQUAL(model->class_count, 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(nodes[1].weights[GRAPH_WEIGHT]);
	CU_ASSERT_PTR_NULL(nodes[1].weights[GRAPH_BIAS]);
	CU_ASSERT_PTR_NULL(nodes[3].weights[GRAPH_WEIGHT]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(nodes[2].weights[GRAPH_RUNNING_VAR]);
	/* 54 of conv, then 2 each of norm's weight, bias, running_mean */
	CU_ASSERT_EQUAL(tensor_data(nodes[2].weights[GRAPH_RUNNING_VAR])[1], 61.0f / 8);
	model_free(model);
}

static const struct {
	const char *name;
	const char *network; /* further keys of [network] */
	const char *tensors;
	const char *message; /* NULL: they fit */
} fits[] = {
	{ "counters of batches may be there", "", ALL "norm.num_batches_tracked:1 ",
			NULL },
	{ "what the description ignores may be there", "ignore = aux1., aux2.\n",
			ALL "aux1.fc.weight:2 aux2.conv.bias:3 ", NULL },
	{ "so may what it ignores by its end", "ignore = *.index\n",
			ALL "norm.index:2 aux.index:3 ", NULL },
	{ "an end is no beginning", "ignore = *.index\n", ALL "norm.index2:2 ",
			"has a tensor norm.index2 with shape (2), for which little has "
			"no layer" },
	{ "nothing else may be there", "ignore = aux1.\n", ALL "aux2.fc.weight:2 ",
			"has a tensor aux2.fc.weight with shape (2), for which little "
			"has no layer" },
	{ "names of old are translated", "rename = .scale. -> ., bn -> norm\n",
			CONV_WEIGHT FC "bn.scale.weight:2 bn.bias:2 norm.running_mean:2 "
				       "norm.scale.running_var:2 ",
			NULL },
	{ "names of old are translated by their ends", "rename = norm$ -> norm.weight\n",
			CONV_WEIGHT FC "norm:2 norm.bias:2 norm.running_mean:2 "
				       "norm.running_var:2 ",
			NULL },
	{ "names that are right already stay", "rename = norm$ -> norm.weight\n", ALL,
			NULL },
	{ "a missing tensor is named with its shape", "",
			CONV_WEIGHT NORM "fc.weight:4,2 ",
			"no tensor fc.bias, which little requires with shape (4)" },
	{ "a tensor of another shape is named with both", "",
			"conv.weight:2,3,5,5 " NORM FC,
			"tensor conv.weight has shape (2,3,5,5), but little needs "
			"(2,3,3,3)" },
	{ "a tensor of another rank is named with both", "",
			CONV_WEIGHT NORM "fc.weight:4,2,1 fc.bias:4 ",
			"has shape (4,2,1), but little needs (4,2)" },
	{ "a linear layer of another width hints at the input size", "",
			CONV_WEIGHT NORM "fc.weight:4,50 fc.bias:4 ", "input_size?" },
	{ "what wraps a network puts a word before all names", "",
			"module.conv.weight:2,3,3,3 module.norm.weight:2 "
			"module.norm.bias:2 "
			"module.norm.running_mean:2 module.norm.running_var:2 "
			"module.fc.weight:4,2 module.fc.bias:4 ",
			NULL },
	{ "a wrapper's own tensors may lie beside", "",
			"n_averaged:1 criterion.weight:4 net.module.conv.weight:2,3,3,3 "
			"net.module.norm.weight:2 net.module.norm.bias:2 "
			"net.module.norm.running_mean:2 net.module.norm.running_var:2 "
			"net.module.fc.weight:4,2 net.module.fc.bias:4 ",
			NULL },
	{ "a tensor missing below a prefix is named with it", "",
			"module.conv.weight:2,3,3,3 module.norm.weight:2 "
			"module.norm.bias:2 "
			"module.norm.running_mean:2 module.norm.running_var:2 "
			"module.fc.weight:4,2 ",
			"has no tensor module.fc.bias, which little requires" },
	{ "a tensor of another shape below a prefix is named with it", "",
			"module.conv.weight:2,3,5,5 module.norm.weight:2 "
			"module.norm.bias:2 "
			"module.norm.running_mean:2 module.norm.running_var:2 "
			"module.fc.weight:4,2 module.fc.bias:4 ",
			"tensor module.conv.weight has shape (2,3,5,5)" },
	{ "another network's weights are reported in one sentence", "",
			"features.0.weight:2,3,3,3 features.0.bias:2 ",
			"a different architecture" },
	{ "a network whose every tensor is missing is reported so", "", "x:1 ",
			"has none of the 7 tensors that little requires (it has x)" },
};

static void weights_must_fit_the_network(void)
{
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		struct problems problems;
		struct model *model;
		char *network = memory_format("%s%s", NETWORK, fits[i].network);
		bool right;

		write_network(network);
		free(write_weights("case.safetensors", fits[i].tensors));
		model = load("case.safetensors", NULL, false, &problems);
		right = fits[i].message == NULL ? model != NULL
						: model == NULL && problems.count == 1
						&& mentioned(&problems, "weights",
								fits[i].message);
		CU_ASSERT(right);
		if (!right) {
			printf("\n    %s: %zu problems, %s", fits[i].name, problems.count,
					problems.count > 0 ? problems.items[0].text
							   : "none");
		}
		model_free(model);
		problems_free(&problems);
		free(network);
	}
}

static void long_lists_are_cut_at_ten(void)
{
	char *tensors = memory_text(ALL);
	struct problems problems;

	start();
	for (int i = 0; i < 14; i++) {
		char *more = memory_format("%sextra%d:1 ", tensors, i);

		free(tensors);
		tensors = more;
	}
	free(write_weights("case.safetensors", tensors));
	CU_ASSERT_PTR_NULL(load("case.safetensors", NULL, false, &problems));
	CU_ASSERT_EQUAL(problems.count, 11);
	CU_ASSERT(mentioned(&problems, "weights", "and 4 more tensors"));
	problems_free(&problems);
	free(tensors);
}

/* ---- Where weights are looked for ---------------------------------------------- */

static void a_bare_file_name_is_looked_up(void)
{
	static const char *const places[] = {
		"file.safetensors",
		"models/file.safetensors",
		"torch/hub/checkpoints/file.safetensors",
		"cache/torch/hub/checkpoints/file.safetensors",
	};

	start();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = write_weights(places[i], ALL);
		struct model *model = load_good("file.safetensors", NULL);

		CU_ASSERT_STRING_EQUAL(model->weights_path, path);
		model_free(model);
		remove(path);
		free(path);
	}
}

static void a_missing_file_is_reported_with_where_it_was_looked_for(void)
{
	struct problems problems;

	start();
	CU_ASSERT_PTR_NULL(load("file.safetensors", NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "no file file.safetensors"));
	CU_ASSERT(mentioned(&problems, "weights", "/models"));
	CU_ASSERT(mentioned(&problems, "weights", "/torch/hub/checkpoints"));
	CU_ASSERT(mentioned(&problems, "weights", "/cache/torch/hub/checkpoints"));
	problems_free(&problems);
	CU_ASSERT_PTR_NULL(load("sub/file.safetensors", NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "sub/file.safetensors"));
	problems_free(&problems);
}

static void without_weights_the_published_ones_are_taken(void)
{
	struct problems problems;
	struct model *model;
	char *path;

	start();
	CU_ASSERT_PTR_NULL(load(NULL, NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "names no weights"));
	CU_ASSERT(mentioned(&problems, "weights", "weights = random"));
	problems_free(&problems);

	write_network(NETWORK "weights = first-12345678.pth, second.safetensors\n");
	CU_ASSERT_PTR_NULL(load(NULL, NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights",
			"first-12345678.pth, second.safetensors"));
	CU_ASSERT(mentioned(&problems, "weights", "/torch/hub/checkpoints"));
	CU_ASSERT(mentioned(&problems, "weights", "weights = random"));
	problems_free(&problems);

	path = write_weights("torch/hub/checkpoints/second.safetensors", ALL);
	model = load_good(NULL, NULL);
	CU_ASSERT_STRING_EQUAL(model->weights_path, path);
	model_free(model);
	CU_ASSERT_PTR_NULL(load("embedded", NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "not beside it"));
	problems_free(&problems);
	remove(path);
	free(path);
}

static void embedded_weights_lie_beside_the_description(void)
{
	struct problems problems;
	struct model *model;
	char *path;

	start();
	CU_ASSERT_PTR_NULL(load("embedded", NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "names none"));
	problems_free(&problems);

	write_network(NETWORK "weights = little.safetensors\n");
	path = write_weights("models/little.safetensors", ALL);
	model = load_good("embedded", NULL);
	CU_ASSERT_STRING_EQUAL(model->weights_path, path);
	model_free(model);
	remove(path);
	free(path);
}

static void a_file_that_is_no_weights_is_reported(void)
{
	struct problems problems;

	start();
	free(scratch_text("text.pth",
			"this is no weights file, but long enough for one"));
	CU_ASSERT_PTR_NULL(load("text.pth", NULL, false, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "text.pth"));
	problems_free(&problems);
}

/* ---- Verification -------------------------------------------------------------- */

static void a_hash_in_the_name_is_verified_on_request(void)
{
	struct problems problems;
	struct model *model;
	char digest[65], name[128];
	struct mapping *mapping;
	char *path;

	start();
	path = write_weights("good.safetensors", ALL);
	CU_ASSERT_EQUAL_FATAL(mapping_open(path, &mapping, NULL), CNNVIZ_OK);
	digest_sha256(mapping->data, mapping->size, digest);
	mapping_unref(mapping);
	free(path);

	snprintf(name, sizeof(name), "good-owt-%.8s.safetensors", digest);
	free(write_weights(name, ALL));
	model = load(name, NULL, true, &problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
	CU_ASSERT_STRING_EQUAL(model->digest, digest);
	model_free(model);

	free(write_weights("good-00000000.safetensors", ALL));
	CU_ASSERT_PTR_NULL(load("good-00000000.safetensors", NULL, true, &problems));
	CU_ASSERT(mentioned(&problems, "weights", "instead of 00000000"));
	problems_free(&problems);
	model = load_good("good-00000000.safetensors", NULL);
	CU_ASSERT_STRING_EQUAL(model->digest, "");
	model_digest(model);
	CU_ASSERT_STRING_EQUAL(model->digest, digest);
	model_free(model);

	CU_ASSERT_PTR_NULL(load("good.safetensors", NULL, true, &problems));
	CU_ASSERT(mentioned(&problems, "verify", "has no hash"));
	problems_free(&problems);
}

/* ---- Random weights ------------------------------------------------------------ */

static const float *values_of(const struct model *model, const char *node,
		enum graph_weight role)
{
	int32_t index = graph_find(model->graph, node);

	return tensor_data(model->graph->nodes[index].weights[role]);
}

static void random_weights_depend_on_their_seed_alone(void)
{
	struct model *zero, *same, *one;
	const size_t size = 54 * sizeof(float);

	start();
	zero = load_good("random", NULL);
	same = load_good("random:0", NULL);
	one = load_good("random:1", NULL);
	CU_ASSERT_STRING_EQUAL(one->weights_path, "random:1");
	CU_ASSERT(memcmp(values_of(zero, "conv", GRAPH_WEIGHT),
				  values_of(same, "conv", GRAPH_WEIGHT), size)
			== 0);
	CU_ASSERT(memcmp(values_of(zero, "conv", GRAPH_WEIGHT),
				  values_of(one, "conv", GRAPH_WEIGHT), size)
			!= 0);
	model_free(zero);
	model_free(same);
	model_free(one);
}

static void random_weights_have_variance_two_by_fan_in(void)
{
	struct problems problems = { NULL, 0 };
	struct model *model;
	const float *values;
	double sum = 0, squares = 0;
	const int count = 64 * 8 * 9;

	free(scratch_text("models/wide.ini",
			"[network]\ninput_size = 8\n[layers]\n"
			"a = conv2d out=16 kernel=1\n"
			"b = conv2d out=64 kernel=3 groups=2\nf = flatten\n"));
	model = load_other(&paths, scratch_folder, "wide", "random", &problems);
	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
	values = values_of(model, "b", GRAPH_WEIGHT);
	for (int i = 0; i < count; i++) {
		sum += values[i];
		squares += (double)values[i] * values[i];
	}
	/* fan-in 16 / 2 * 9 = 72; bounds of five standard errors */
	CU_ASSERT_DOUBLE_EQUAL(sum / count, 0.0, 5 * sqrt(2.0 / 72 / count));
	CU_ASSERT_DOUBLE_EQUAL(squares / count, 2.0 / 72,
			5 * 2.0 / 72 * sqrt(2.0 / count));
	model_free(model);
}

static void random_batch_norms_are_near_the_identity_but_not_on_it(void)
{
	struct model *model;

	start();
	model = load_good("random", NULL);
	for (int i = 0; i < 2; i++) {
		float weight = values_of(model, "norm", GRAPH_WEIGHT)[i];
		float variance = values_of(model, "norm", GRAPH_RUNNING_VAR)[i];

		CU_ASSERT(weight > 0.5f && weight < 1.5f && weight != 1.0f);
		CU_ASSERT(variance > 1.0f && variance < 3.0f);
		CU_ASSERT(values_of(model, "norm", GRAPH_BIAS)[i] != 0.0f);
		CU_ASSERT(values_of(model, "norm", GRAPH_RUNNING_MEAN)[i] != 0.0f);
	}
	model_free(model);
}

static void a_seed_that_is_no_number_is_refused(void)
{
	static const char *const texts[] = { "random:", "random:x", "random:-1",
		"random:1.5" };

	start();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct problems problems;

		CU_ASSERT_PTR_NULL(load(texts[i], NULL, false, &problems));
		CU_ASSERT(mentioned(&problems, "weights", "random:SEED"));
		problems_free(&problems);
	}
}

/* ---- Labels -------------------------------------------------------------------- */

/** A text that should name a class */
struct naming {
	const char *text;
	int64_t index; /* -1: refused */
	const char *message;
};

static void check_naming(const struct model *model, const struct naming *naming)
{
	struct error error = { 0 };
	int64_t index = -1;
	cnnviz_status status = model_find_class(model, naming->text, &index, &error);
	bool right = (status == CNNVIZ_OK) == (naming->index >= 0)
			&& index == naming->index
			&& (naming->message == NULL
					|| strstr(error.text, naming->message) != NULL);

	CU_ASSERT(right);
	if (!right) {
		printf("\n    \"%s\" is %" PRId64 ": %s", naming->text, index,
				error.text);
	}
}

static void classes_are_found_by_number_and_name(void)
{
	static const struct naming cases[] = {
		{ "0", 0, NULL },
		{ "3", 3, NULL },
		{ "4", -1, "from 0 to 3" },
		{ "-1", -1, "from 0 to 3" },
		{ "tabby", 0, NULL },
		{ "TABBY", 0, NULL },
		{ "egyptian cat", 0, NULL },
		{ "tabby, Egyptian cat", 0, NULL },
		{ "egyptian_cat,TABBY", 0, NULL },
		{ " Egyptian__Cat ", 0, NULL },
		{ "tabby, bird", -1, "no class" },
		{ "tabby, tabby", -1, "no class" },
		{ "crane, lifting", 3, NULL },
		{ "bird", 1, NULL }, /* a whole label before a synonym */
		{ "crane", -1, "several classes, 2 (crane, bird) and 3 (crane, lifting)" },
		{ "lifting", 3, NULL },
		{ "cat", -1, "no class \"cat\"" },
		{ "bidr", -1, "did you mean \"bird\"?" },
		{ "tab", -1, "no class" },
		{ "", -1, "no class" },
	};
	struct model *model;

	start();
	free(scratch_text("four.labels",
			"# a comment\n# and another\n"
			"tabby, Egyptian cat\r\nbird\ncrane, bird\ncrane, lifting\n\n"));
	model = load_good("random", "four.labels");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 0), "tabby, Egyptian cat");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "crane, lifting");
	CU_ASSERT_PTR_NULL(model_class_name(model, 4));
	CU_ASSERT_PTR_NULL(model_class_name(model, -1));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_naming(model, &cases[i]);
	}
	model_free(model);
}

static void synonyms_lie_beside_the_labels(void)
{
	static const struct naming cases[] = {
		{ "tabby", 0, NULL },
		{ "striped cat", 0, NULL },
		{ "tabby, striped cat", 0, NULL },
		{ "wader", 1, NULL },
		{ "crane", -1,
				"several classes, 1 (wader: crane, wader), 2 (crane) and "
				"3 (lift: crane, hoist); give the number" },
		{ "hoist", 3, NULL },
	};
	struct problems problems;
	struct model *model;

	start();
	free(scratch_text("plain.labels", "tabby\nwader\ncrane\nlift\n"));
	free(scratch_text("plain.synonyms",
			"tabby, striped cat\ncrane, wader\ncrane\ncrane, hoist\n"));
	model = load_good("random", "plain.labels");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 0), "tabby");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_naming(model, &cases[i]);
	}
	model_free(model);
	free(scratch_text("plain.synonyms", "tabby\nwader\n"));
	CU_ASSERT_PTR_NULL(load("random", "plain.labels", false, &problems));
	CU_ASSERT(mentioned(&problems, "labels", "plain.synonyms has 2 names"));
	problems_free(&problems);
}

static void without_labels_classes_are_numbers(void)
{
	struct model *model;
	struct error error;
	int64_t index;

	start();
	model = load_good("random", NULL);
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 2), "2");
	CU_ASSERT_EQUAL(model_find_class(model, "2", &index, &error), CNNVIZ_OK);
	CU_ASSERT_EQUAL(index, 2);
	CU_ASSERT_EQUAL(model_find_class(model, "dog", &index, &error),
			CNNVIZ_ERROR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no labels"));
	model_free(model);
}

static void labels_must_be_as_many_as_classes(void)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "a\nb\nc\n", "3 names, but little has 4 classes" },
		{ "a\nb\nc\nd\ne\n", "5 names" },
		{ "a\n\nc\nd\n", "no name for class 1" },
		{ "# only a comment\n", "0 names" },
		{ "{0: 'a', 1: 'b', 3: 'd'}", "no name for class 2" },
		{ "{0: 'a', 1: 'b'", "dict of class names is not understood after 2" },
		{ "{0: 'a', 'b', 2: 'c'}", "not understood after 1" },
		{ "{0: 'a', 4000000000: 'b'}", "not understood after 1" },
		{ "{0: 'a', 1: 2}", "not understood after 1" },
		{ "['a', 'b', 'c", "list of class names is not understood after 2" },
		{ "['a' 'b']", "not understood after 1" },
		{ "[", "not understood after 0" },
	};

	start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problems problems;

		free(scratch_text("bad.labels", cases[i].text));
		CU_ASSERT_PTR_NULL(load("random", "bad.labels", false, &problems));
		CU_ASSERT(mentioned(&problems, "labels", cases[i].message));
		problems_free(&problems);
	}
}

static void labels_are_read_from_every_kind_of_file(void)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf# a comment\ntench, Tinca\nit's\n\xc3\xa9t\xc3\xa9\nd\n",
		"n01440764 tench, Tinca\nn01443537\tit's\nn00000003 \xc3\xa9t\xc3\xa9\n"
		"n00000004 d\n",
		"{0: 'tench, Tinca', 1: \"it's\",\n 2: u'\\u00e9t\\u00e9', 3: 'd'}",
		"\xef\xbb\xbf {\"3\":\"d\",\"0\":\"tench, "
		"Tinca\",\"2\":\"\xc3\xa9t\xc3\xa9\","
		"\"1\":\"it's\"}\n",
		"{\"0\": [\"n01440764\", \"tench, Tinca\"], \"1\": [\"n2\", \"it's\"],"
		"\"2\": [\"n3\", \"\\u00e9t\\u00e9\"], \"3\": [\"n4\", \"d\"]}",
		"{'tench, Tinca': 0, 'it\\'s': 1, '\xc3\xa9t\xc3\xa9': 2, 'd': 3}",
		"['tench, Tinca', 'it\\'s', '\xc3\xa9t\xc3\xa9', 'd',]",
	};

	start();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct model *model;

		free(scratch_text("kind.labels", texts[i]));
		model = load_good("random", "kind.labels");
		CU_ASSERT_STRING_EQUAL(model_class_name(model, 0), "tench, Tinca");
		CU_ASSERT_STRING_EQUAL(model_class_name(model, 1), "it's");
		CU_ASSERT_STRING_EQUAL(model_class_name(model, 2), "\xc3\xa9t\xc3\xa9");
		CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "d");
		model_free(model);
	}
}

/** JSON escapes a character beyond U+FFFF as two halves, of which each alone is none. */
static void characters_in_two_halves_are_put_together(void)
{
	start();
	free(scratch_text("halves.labels",
			"[\"\\ud83d\\ude00\", \"a\\uD83Db\", \"\\ude00\\ud83d\", "
			"\"\\u20ac\\u00e9\\u0041\"]"));
	struct model *model = load_good("random", "halves.labels");

	CU_ASSERT_STRING_EQUAL(model_class_name(model, 0), "\xf0\x9f\x98\x80");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 1),
			"a\xef\xbf\xbd"
			"b");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 2), "\xef\xbf\xbd\xef\xbf\xbd");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3),
			"\xe2\x82\xac\xc3\xa9"
			"A");
	model_free(model);
}

static void labels_of_the_description_are_for_its_classes(void)
{
	struct model *model;

	free(scratch_text("models/abc.labels", "a\nb\nc\nd"));
	free(scratch_text("six.labels", "u\nv\nw\nx\ny\nz"));
	write_network(NETWORK "labels = abc.labels\n");
	free(write_weights("six.safetensors",
			CONV_WEIGHT NORM "fc.weight:6,2 fc.bias:6 "));
	model = load_good("six.safetensors", NULL);
	CU_ASSERT_EQUAL(model->class_count, 6);
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "3");
	model_free(model);
	model = load_good("six.safetensors", "six.labels");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "x");
	model_free(model);
}

static void labels_of_the_description_are_the_default(void)
{
	struct model *model;

	free(scratch_text("models/abc.labels", "a\nb\nc\nd"));
	free(scratch_text("other.labels", "w\nx\ny\nz"));
	write_network(NETWORK "labels = abc.labels\n");
	model = load_good("random", NULL);
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "d");
	model_free(model);
	model = load_good("random", "other.labels");
	CU_ASSERT_STRING_EQUAL(model_class_name(model, 3), "z");
	model_free(model);
}

/* ---- What ships ---------------------------------------------------------------- */

static void every_network_that_ships_loads_with_random_weights(void)
{
	/* the small ones; networks.py holds all of them against torchvision */
	static const char *const names[] = { "squeezenet1_0", "squeezenet1_1",
		"mobilenet_v2", "efficientnet_lite0", "densenet121", "googlenet" };
	char *folders[] = { path_join(getenv("top_srcdir"), "models"), NULL };
	struct model_paths shipped = { folders };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct problems problems = { NULL, 0 };
		struct model *model = load_other(&shipped, ".", names[i], "random:3",
				&problems);
		struct error error;
		int64_t index;

		CU_ASSERT_PTR_NOT_NULL_FATAL(model);
		CU_ASSERT_EQUAL(model->class_count, 1000);
		CU_ASSERT_STRING_EQUAL(model_class_name(model, 243), "bull mastiff");
		CU_ASSERT_EQUAL(model_find_class(model, "Night Snake", &index, &error),
				CNNVIZ_OK);
		CU_ASSERT_EQUAL(index, 60);
		model_free(model);
	}
	free(folders[0]);
}

static void imagenet_classes_go_by_wordnets_names(void)
{
	static const struct naming cases[] = {
		{ "great white shark, white shark", 2, NULL },
		{ "great white shark, white shark, man-eater, man-eating shark, "
		  "Carcharodon carcharias",
				2, NULL },
		{ "White_Shark", 2, NULL },
		{ "carcharodon_carcharias", 2, NULL },
		{ "missile", 657, NULL }, /* and a synonym of 744, projectile */
		{ "projectile, missile", 744, NULL },
		{ "crane bird", 134, NULL },
		{ "crane", -1, "134 (crane bird: crane) and 517 (crane)" },
		{ "maillot", -1, "638 (maillot) and 639 (maillot tank suit: " },
		{ "maillot, tank suit", 639, NULL },
	};
	char *folders[] = { path_join(getenv("top_srcdir"), "models"), NULL };
	struct model_paths shipped = { folders };
	struct problems problems = { NULL, 0 };
	struct model *model = load_other(&shipped, ".", "squeezenet1_1", "random",
			&problems);

	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_naming(model, &cases[i]);
	}
	for (int64_t i = 0; i < model->class_count; i++) {
		const char *name = model_class_name(model, i);
		bool shared = strcmp(name, "crane") == 0 || strcmp(name, "maillot") == 0
				|| strcasecmp(name, "cardigan") == 0;

		check_naming(model, &(struct naming){ name, shared ? -1 : i, NULL });
	}
	model_free(model);
	free(folders[0]);
}

static void published_weights_fit_where_they_are_at_hand(void)
{
	char *folders[] = { path_join(getenv("top_srcdir"), "models"), NULL };
	char *weights = path_join(getenv("top_srcdir"),
			"../shared/models/squeezenet1_0-imagenet.pth");
	struct model_paths shipped = { folders };

	if (path_is_file(weights)) {
		struct problems problems = { NULL, 0 };
		struct model *model = load_other(&shipped, ".", "squeezenet1_0", weights,
				&problems);

		CU_ASSERT_PTR_NOT_NULL(model);
		CU_ASSERT_EQUAL(problems.count, 0);
		model_free(model);
		CU_ASSERT_PTR_NULL(load_other(&shipped, ".", "resnet18", weights,
				&problems));
		CU_ASSERT_EQUAL(problems.count, 1);
		CU_ASSERT(mentioned(&problems, "weights", "a different architecture"));
		problems_free(&problems);
	} else {
		printf("\n    skipped: there is no %s", weights);
	}
	free(folders[0]);
	free(weights);
}

static void nothing_leaks(void)
{
	CU_ASSERT_EQUAL(tensor_live_count(), 0);
}

#define TEST(function) \
	{ \
#function, function \
	}

int main(void)
{
	static CU_TestInfo tests[] = {
		TEST(architectures_go_by_name_or_path),
		TEST(architectures_are_listed_once_and_sorted),
		TEST(an_unknown_architecture_is_reported_with_the_nearest),
		TEST(weights_are_bound_by_name),
		TEST(weights_must_fit_the_network),
		TEST(long_lists_are_cut_at_ten),
		TEST(a_bare_file_name_is_looked_up),
		TEST(a_missing_file_is_reported_with_where_it_was_looked_for),
		TEST(without_weights_the_published_ones_are_taken),
		TEST(embedded_weights_lie_beside_the_description),
		TEST(a_file_that_is_no_weights_is_reported),
		TEST(a_hash_in_the_name_is_verified_on_request),
		TEST(random_weights_depend_on_their_seed_alone),
		TEST(random_weights_have_variance_two_by_fan_in),
		TEST(random_batch_norms_are_near_the_identity_but_not_on_it),
		TEST(a_seed_that_is_no_number_is_refused),
		TEST(classes_are_found_by_number_and_name),
		TEST(synonyms_lie_beside_the_labels),
		TEST(imagenet_classes_go_by_wordnets_names),
		TEST(without_labels_classes_are_numbers),
		TEST(labels_must_be_as_many_as_classes),
		TEST(labels_are_read_from_every_kind_of_file),
		TEST(characters_in_two_halves_are_put_together),
		TEST(labels_of_the_description_are_for_its_classes),
		TEST(labels_of_the_description_are_the_default),
		TEST(every_network_that_ships_loads_with_random_weights),
		TEST(published_weights_fit_where_they_are_at_hand),
		TEST(nothing_leaks),
		CU_TEST_INFO_NULL,
	};
	static const CU_SuiteInfo suites[] = {
		{ "networks with weights and labels", setup, scratch_close, NULL, NULL,
				tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
