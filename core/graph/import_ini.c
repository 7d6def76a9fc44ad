/**
 * \file    graph/import_ini.c
 * \brief   Importer of network descriptions as INI files
 */
#include "graph/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "base/text.h"
#include "config/ini.h"
#include "config/spelling.h"
#include "config/value.h"

/* Bounds of integers in descriptions: far above any network, low enough that sums
 * and products of a few of them cannot overflow. */
#define MAX_CHANNELS (INT64_C(1) << 24)
#define MAX_WINDOW (INT64_C(1) << 15)

struct reader {
	const struct ini *ini;
	struct graph *graph;
	struct problems *problems;
};

static void entry_problem(struct reader *reader, const struct ini_entry *entry,
		const char *format, ...) CNNVIZ_PRINTF(3, 4);

static void entry_problem(struct reader *reader, const struct ini_entry *entry,
		const char *format, ...)
{
	struct error error;
	va_list arguments;

	va_start(arguments, format);
	error_vset(&error, CNNVIZ_ERROR_INPUT, format, arguments);
	va_end(arguments);
	problems_add(reader->problems, reader->ini->path, entry->line, entry->section,
			entry->spelling, "%s", error.text);
}

/** `; did you mean "x"?` for the nearest of a NULL-terminated array, or "" */
static const char *suggestion(const char *text, const char *const *candidates,
		char *space, size_t size)
{
	const char *nearest = text_nearest(text, text_from_array, candidates);

	space[0] = '\0';
	if (nearest != NULL) {
		snprintf(space, size, "; did you mean \"%s\"?", nearest);
	}
	return space;
}

/* ---- [layers]: settings ------------------------------------------------ */

enum setting {
	SETTING_OUT,
	SETTING_KERNEL,
	SETTING_STRIDE,
	SETTING_PADDING,
	SETTING_OUTPUT_PADDING,
	SETTING_DILATION,
	SETTING_GROUPS,
	SETTING_BIAS,
	SETTING_CEIL_MODE,
	SETTING_COUNT_INCLUDE_PAD,
	SETTING_OUTPUT,
	SETTING_EPS,
	SETTING_SIZE,
	SETTING_ALPHA,
	SETTING_BETA,
	SETTING_K,
	SETTING_POOL,
	SETTING_FROM,
	SETTING_COUNT,
};

static const char *const setting_names[SETTING_COUNT + 1] = {
	"out",
	"kernel",
	"stride",
	"padding",
	"output_padding",
	"dilation",
	"groups",
	"bias",
	"ceil_mode",
	"count_include_pad",
	"output",
	"eps",
	"size",
	"alpha",
	"beta",
	"k",
	"pool",
	"from",
	NULL,
};

#define BIT(setting) (1u << SETTING_##setting)

/** What each operation can be told, and must be told */
static const struct syntax {
	unsigned allowed;
	unsigned required;
} syntaxes[GRAPH_OP_COUNT] = {
	[GRAPH_CONV2D] = {
		BIT(OUT) | BIT(KERNEL) | BIT(STRIDE) | BIT(PADDING) | BIT(DILATION)
				| BIT(GROUPS) | BIT(BIAS),
		BIT(OUT) | BIT(KERNEL),
	},
	[GRAPH_CONV_TRANSPOSE2D] = {
		BIT(OUT) | BIT(KERNEL) | BIT(STRIDE) | BIT(PADDING)
				| BIT(OUTPUT_PADDING) | BIT(DILATION) | BIT(GROUPS)
				| BIT(BIAS),
		BIT(OUT) | BIT(KERNEL),
	},
	[GRAPH_BATCH_NORM2D] = { BIT(EPS), 0 },
	[GRAPH_MAX_POOL2D] = {
		BIT(KERNEL) | BIT(STRIDE) | BIT(PADDING) | BIT(DILATION)
				| BIT(CEIL_MODE),
		BIT(KERNEL),
	},
	[GRAPH_MAX_UNPOOL2D] = { BIT(POOL), BIT(POOL) },
	[GRAPH_AVG_POOL2D] = {
		BIT(KERNEL) | BIT(STRIDE) | BIT(PADDING) | BIT(CEIL_MODE)
				| BIT(COUNT_INCLUDE_PAD),
		BIT(KERNEL),
	},
	[GRAPH_ADAPTIVE_AVG_POOL2D] = { BIT(OUTPUT), BIT(OUTPUT) },
	[GRAPH_LINEAR] = { BIT(OUT) | BIT(BIAS), BIT(OUT) },
	[GRAPH_ADD] = { 0, BIT(FROM) },
	[GRAPH_CONCAT] = { 0, BIT(FROM) },
	[GRAPH_LRN] = { BIT(SIZE) | BIT(ALPHA) | BIT(BETA) | BIT(K), BIT(SIZE) },
};

/** Comma-separated integers within bounds; how many there were, 0 if anything is wrong */
static size_t read_integers(const char *text, int64_t minimum, int64_t maximum,
		size_t most, int64_t *values)
{
	size_t count;
	char **words = value_words(text, &count);

	if (count > most) {
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (!value_int(words[i], &values[i]) || values[i] < minimum
				|| values[i] > maximum) {
			count = 0;
		}
	}
	free(words);
	return count;
}

static bool read_integer(const char *text, int64_t maximum, int64_t *value)
{
	return read_integers(text, 1, maximum, 1, value) == 1;
}

/** "3" for both directions, or "height,width" */
static bool read_pair(const char *text, int64_t minimum, int64_t pair[2])
{
	size_t count = read_integers(text, minimum, MAX_WINDOW, 2, pair);

	if (count == 1) {
		pair[1] = pair[0];
	}
	return count > 0;
}

/** "1", "vertical,horizontal", "top,bottom,left,right" or "same" */
static bool read_padding(const char *text, struct graph_settings *settings)
{
	int64_t *padding = settings->padding;
	int64_t given[4] = { 0, 0, 0, 0 };
	size_t count;

	if (strcmp(text, "same") == 0) {
		settings->padding_same = true;
		return true;
	}
	count = read_integers(text, 0, MAX_WINDOW, 4, given);
	for (size_t i = 0; i < 4; i++) {
		padding[i] = count == 4 ? given[i] : count == 2 ? given[i / 2] : given[0];
	}
	return count == 1 || count == 2 || count == 4;
}

static bool read_number(const char *text, bool positive, double *value)
{
	return value_float(text, value) && isfinite(*value) && (!positive || *value > 0);
}

/** NULL, or what the setting's value should be */
static const char *read_setting(enum setting setting, const char *text,
		struct graph_settings *settings)
{
	static const char count[] = "a whole number from 1 up";
	static const char pair[] = "a whole number from 1 up, or two (height,width)";
	static const char yes_no[] = "yes or no";

	switch (setting) {
	case SETTING_OUT:
		return read_integer(text, MAX_CHANNELS, &settings->out) ? NULL : count;
	case SETTING_KERNEL:
		return read_pair(text, 1, settings->kernel) ? NULL : pair;
	case SETTING_STRIDE:
		return read_pair(text, 1, settings->stride) ? NULL : pair;
	case SETTING_PADDING:
		return read_padding(text, settings) ? NULL
						    : "one whole number from 0 up, "
						      "two (vertical,horizontal), four "
						      "(top,bottom,left,right), "
						      "or same";
	case SETTING_OUTPUT_PADDING:
		return read_pair(text, 0, settings->output_padding)
				? NULL
				: "a whole number from 0 up, or two "
				  "(vertical,horizontal)";
	case SETTING_DILATION:
		return read_pair(text, 1, settings->dilation) ? NULL : pair;
	case SETTING_GROUPS:
		return read_integer(text, MAX_CHANNELS, &settings->groups) ? NULL : count;
	case SETTING_BIAS:
		return value_bool(text, &settings->bias) ? NULL : yes_no;
	case SETTING_CEIL_MODE:
		return value_bool(text, &settings->ceil_mode) ? NULL : yes_no;
	case SETTING_COUNT_INCLUDE_PAD:
		return value_bool(text, &settings->count_include_pad) ? NULL : yes_no;
	case SETTING_OUTPUT:
		return read_pair(text, 1, settings->output) ? NULL : pair;
	case SETTING_EPS:
		return read_number(text, true, &settings->eps) ? NULL
							       : "a number above 0";
	case SETTING_SIZE:
		return read_integer(text, MAX_WINDOW, &settings->size) ? NULL : count;
	case SETTING_ALPHA:
		return read_number(text, false, &settings->alpha) ? NULL : "a number";
	case SETTING_BETA:
		return read_number(text, false, &settings->beta) ? NULL : "a number";
	case SETTING_K:
		return read_number(text, false, &settings->k) ? NULL : "a number";
	default:
		return NULL;
	}
}

/* ---- [layers]: one line ------------------------------------------------ */

/** Cut the next word off a text at white space; NULL at its end */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t length = strcspn(word, " \t");

	if (length == 0) {
		return NULL;
	}
	*rest = word + length;
	if (**rest != '\0') {
		*(*rest)++ = '\0';
	}
	return word;
}

static bool find_op(const char *word, enum graph_op *op)
{
	for (int i = GRAPH_INPUT + 1; i < GRAPH_OP_COUNT; i++) {
		if (strcmp(word, graph_op_name((enum graph_op)i)) == 0) {
			*op = (enum graph_op)i;
			return true;
		}
	}
	return false;
}

static void unknown_op(struct reader *reader, const struct ini_entry *entry,
		const char *word)
{
	const char *names[GRAPH_OP_COUNT];
	char hint[64];

	for (int i = GRAPH_INPUT + 1; i < GRAPH_OP_COUNT; i++) {
		names[i - 1] = graph_op_name((enum graph_op)i);
	}
	names[GRAPH_OP_COUNT - 1] = NULL;
	entry_problem(reader, entry, "there is no operation \"%s\"%s", word,
			suggestion(word, names, hint, sizeof(hint)));
}

/** Settings that an operation takes, by name */
static void unknown_setting(struct reader *reader, const struct ini_entry *entry,
		enum graph_op op, const char *name)
{
	const char *names[SETTING_COUNT + 1];
	unsigned allowed = syntaxes[op].allowed | BIT(FROM);
	size_t count = 0;
	char hint[64];

	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		if (allowed >> i & 1) {
			names[count++] = setting_names[i];
		}
	}
	names[count] = NULL;
	entry_problem(reader, entry, "%s has no setting \"%s\"%s", graph_op_name(op),
			name, suggestion(name, names, hint, sizeof(hint)));
}

static void unknown_layer(struct reader *reader, const struct ini_entry *entry,
		const char *setting, const char *name)
{
	char *nearest = graph_nearest(reader->graph, name);

	entry_problem(reader, entry, "%s=%s names no layer listed before this one%s%s%s",
			setting, name, nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	free(nearest);
}

/** The pool whose switches an unpooling takes, or CNNVIZ_LAYER_NONE */
static int32_t read_pool(struct reader *reader, const struct ini_entry *entry,
		const char *text)
{
	int32_t pool = graph_find(reader->graph, text);

	if (pool < 0) {
		unknown_layer(reader, entry, setting_names[SETTING_POOL], text);
		return CNNVIZ_LAYER_NONE;
	}
	if (reader->graph->nodes[pool].op != GRAPH_MAX_POOL2D) {
		entry_problem(reader, entry,
				"pool=%s names a %s, but switches come from a "
				"max_pool2d",
				text, graph_op_name(reader->graph->nodes[pool].op));
		return CNNVIZ_LAYER_NONE;
	}
	return pool;
}

/** Layers listed in `from`; a block's name stands for its last layer so far. */
static void read_from(struct reader *reader, const struct ini_entry *entry,
		struct graph_node *node, const char *text)
{
	size_t count;
	char **words = value_words(text, &count);

	free(node->inputs);
	node->inputs = memory_new(count + 1, sizeof(*node->inputs));
	node->input_count = 0;
	for (size_t i = 0; i < count; i++) {
		int32_t input = graph_find(reader->graph, words[i]);

		if (input >= 0) {
			node->inputs[node->input_count++] = input;
			continue;
		}
		unknown_layer(reader, entry, setting_names[SETTING_FROM], words[i]);
	}
	free(words);
}

static void check_inputs(struct reader *reader, const struct ini_entry *entry,
		const struct graph_node *node, size_t problems_before)
{
	bool joins = node->op == GRAPH_ADD || node->op == GRAPH_CONCAT;

	if (reader->problems->count != problems_before) {
		return;
	}
	if (joins && node->input_count < 2) {
		entry_problem(reader, entry,
				"%s needs two inputs or more: "
				"from=NAME,NAME",
				graph_op_name(node->op));
	}
	if (!joins && node->input_count != 1) {
		entry_problem(reader, entry, "%s takes one input, but from= lists %zu",
				graph_op_name(node->op), node->input_count);
	}
}

/** A pool's windows lie side by side unless it is told otherwise. */
static void set_usual_stride(struct graph_node *node)
{
	bool pool = node->op == GRAPH_MAX_POOL2D || node->op == GRAPH_AVG_POOL2D;

	for (int d = 0; d < 2; d++) {
		node->settings.stride[d] = pool ? node->settings.kernel[d] : 1;
	}
}

static void read_settings(struct reader *reader, const struct ini_entry *entry,
		struct graph_node *node, char *rest)
{
	size_t before = reader->problems->count;
	int32_t pool = CNNVIZ_LAYER_NONE;
	unsigned seen = 0;
	char *word;

	while ((word = next_word(&rest)) != NULL) {
		char *text = strchr(word, '=');
		unsigned setting = 0;
		const char *wanted;

		if (text == NULL || text == word || text[1] == '\0') {
			entry_problem(reader, entry,
					"\"%s\" is not of the form "
					"setting=value (without spaces within)",
					word);
			continue;
		}
		*text++ = '\0';
		while (setting < SETTING_COUNT
				&& strcmp(word, setting_names[setting]) != 0) {
			setting++;
		}
		if (setting == SETTING_COUNT
				|| !((syntaxes[node->op].allowed | BIT(FROM)) >> setting
						& 1)) {
			unknown_setting(reader, entry, node->op, word);
			continue;
		}
		if (seen >> setting & 1) {
			entry_problem(reader, entry, "%s= is given twice", word);
		}
		seen |= 1u << setting;
		if (setting == SETTING_FROM) {
			read_from(reader, entry, node, text);
			continue;
		}
		if (setting == SETTING_POOL) {
			pool = read_pool(reader, entry, text);
			continue;
		}
		wanted = read_setting((enum setting)setting, text, &node->settings);
		if (wanted != NULL) {
			entry_problem(reader, entry, "%s=%s is not %s", word, text,
					wanted);
		}
	}
	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		if (syntaxes[node->op].required & ~seen & 1u << i) {
			entry_problem(reader, entry, "%s needs %s=...",
					graph_op_name(node->op), setting_names[i]);
		}
	}
	if (!(seen & BIT(STRIDE))) {
		set_usual_stride(node);
	}
	if (node->op == GRAPH_CONV_TRANSPOSE2D && node->settings.padding_same) {
		entry_problem(reader, entry,
				"conv_transpose2d has no padding=same; give "
				"numbers");
	}
	check_inputs(reader, entry, node, before);
	if (pool != CNNVIZ_LAYER_NONE) {
		node->inputs = memory_resize(node->inputs, node->input_count + 1,
				sizeof(*node->inputs));
		node->inputs[node->input_count++] = pool;
	}
}

static bool name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return strspn(name,
			       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_.-@")
			== length
			&& name[0] != '.' && name[length - 1] != '.'
			&& strstr(name, "..") == NULL;
}

/**
 * Room for the next node, which follows the last one until `from` says otherwise. The
 * caller counts it.
 */
static struct graph_node *add_node(struct graph *graph, const char *name,
		enum graph_op op, int line)
{
	size_t index = graph->node_count;
	struct graph_node *node;

	graph->nodes = memory_resize(graph->nodes, index + 1, sizeof(*graph->nodes));
	node = &graph->nodes[index];
	*node = (struct graph_node) {
		.name = memory_text(name),
		.op = op,
		.line = line,
		.settings = {
			.kernel = { 1, 1 },
			.dilation = { 1, 1 },
			.groups = 1,
			.bias = true,
			.count_include_pad = true,
			.eps = 1e-5,
			.alpha = 1e-4,
			.beta = 0.75,
			.k = 1.0,
		},
	};
	if (index > 0) {
		node->inputs = memory_new(1, sizeof(*node->inputs));
		node->inputs[0] = (int32_t)index - 1;
		node->input_count = 1;
	}
	return node;
}

static void read_layer(struct reader *reader, const struct ini_entry *entry)
{
	char *text = memory_text(entry->value);
	char *rest = text;
	char *word = next_word(&rest);
	struct graph_node node;
	enum graph_op op = GRAPH_DROPOUT;

	if (!name_is_valid(entry->spelling)) {
		entry_problem(reader, entry,
				"a layer's name is made of letters, digits, "
				"'_', '-', '@', and single dots within");
	}
	if (strcmp(entry->spelling, graph_op_name(GRAPH_INPUT)) == 0) {
		entry_problem(reader, entry,
				"\"input\" is the network's input; "
				"give the layer another name");
	}
	if (word == NULL) {
		entry_problem(reader, entry,
				"the operation is missing: "
				"NAME = OPERATION [setting=value]...");
	} else if (!find_op(word, &op)) {
		unknown_op(reader, entry, word);
		word = NULL;
	}
	/* A layer that cannot be read still has its name, for `from` in others. It
	 * counts only once its own `from` has been looked up. */
	node = *add_node(reader->graph, entry->spelling, op, entry->line);
	if (word != NULL) {
		read_settings(reader, entry, &node, rest);
		reader->graph->nodes[reader->graph->node_count] = node;
	}
	reader->graph->node_count++;
	free(text);
}

/* ---- [network] --------------------------------------------------------- */

/** Numbers of a list, all finite; how many, 0 if anything is wrong */
static size_t read_floats(const char *text, size_t most, float *values)
{
	size_t count;
	char **words = value_words(text, &count);

	if (count > most) {
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		double value;

		if (value_float(words[i], &value) && isfinite((float)value)) {
			values[i] = (float)value;
		} else {
			count = 0;
		}
	}
	free(words);
	return count;
}

static void read_input_size(struct reader *reader, const struct ini_entry *entry)
{
	int64_t *size = reader->graph->input_size;
	size_t count = read_integers(entry->value, 1, IMAGE_MAX_EXTENT, 2, size);

	if (count == 0) {
		entry_problem(reader, entry,
				"\"%s\" is not a height and width (from 1 to "
				"%d), such as 224 224",
				entry->value, IMAGE_MAX_EXTENT);
	} else if (count == 1) {
		size[1] = size[0];
	}
}

static void read_channels(struct reader *reader, const struct ini_entry *entry)
{
	struct normalization *normalization = &reader->graph->normalization;

	if (strcmp(entry->value, "RGB") == 0 || strcmp(entry->value, "BGR") == 0) {
		normalization->channels = 3;
		normalization->bgr = entry->value[0] == 'B';
	} else if (spelling_same(entry->value, "gray")) {
		normalization->channels = 1;
	} else {
		entry_problem(reader, entry, "\"%s\" is none of RGB, BGR, gray",
				entry->value);
	}
}

/** A number for each channel, or one for all */
static void read_per_channel(struct reader *reader, const struct ini_entry *entry,
		bool positive, float values[3])
{
	size_t channels = (size_t)reader->graph->normalization.channels;
	size_t count = read_floats(entry->value, channels, values);

	for (size_t i = 0; i < channels && count > 0; i++) {
		values[i] = values[count == 1 ? 0 : i];
		if (positive && !(values[i] > 0)) {
			count = 0;
		}
	}
	if (count != 1 && count != channels) {
		entry_problem(reader, entry,
				"\"%s\" is not one number%s for each of %zu "
				"channels",
				entry->value, positive ? " above 0" : "", channels);
	}
}

static void read_scale(struct reader *reader, const struct ini_entry *entry)
{
	float *scale = &reader->graph->normalization.scale;

	if (read_floats(entry->value, 1, scale) != 1 || !(*scale > 0)) {
		entry_problem(reader, entry, "\"%s\" is not a number above 0",
				entry->value);
	}
}

static void read_name(struct reader *reader, const struct ini_entry *entry)
{
	if (entry->value[0] == '\0') {
		entry_problem(reader, entry, "the name is empty");
		return;
	}
	free(reader->graph->name);
	reader->graph->name = memory_text(entry->value);
}

static void read_labels(struct reader *reader, const struct ini_entry *entry)
{
	free(reader->graph->labels);
	reader->graph->labels = path_join(reader->ini->folder, entry->value);
	if (!path_is_file(reader->graph->labels)) {
		entry_problem(reader, entry, "there is no file %s",
				reader->graph->labels);
	}
}

/** Names of files, without folders */
static void read_weights(struct reader *reader, const struct ini_entry *entry)
{
	size_t count;

	free(reader->graph->weights_names);
	reader->graph->weights_names = value_words(entry->value, &count);
	for (size_t i = 0; i < count; i++) {
		if (strchr(reader->graph->weights_names[i], '/') != NULL) {
			entry_problem(reader, entry,
					"\"%s\" must be a file name without a "
					"folder; it is looked for beside this file and "
					"in "
					"the model path",
					reader->graph->weights_names[i]);
		}
	}
}

static void read_ignore(struct reader *reader, const struct ini_entry *entry)
{
	size_t count;

	free(reader->graph->ignored);
	reader->graph->ignored = value_words(entry->value, &count);
}

/** OLD -> NEW, between commas */
static void read_rename(struct reader *reader, const struct ini_entry *entry)
{
	struct graph *graph = reader->graph;
	size_t count;
	char **items = value_list(entry->value, &count);

	for (size_t i = 0; i < count; i++) {
		char *arrow = strstr(items[i], "->");
		size_t before = arrow == NULL ? 0 : (size_t)(arrow - items[i]);
		const char *to = arrow == NULL ? "" : arrow + 2;

		while (before > 0 && items[i][before - 1] == ' ') {
			before--;
		}
		to += strspn(to, " ");
		if (before == 0) {
			entry_problem(reader, entry,
					"\"%s\" is not of the form OLD -> NEW", items[i]);
			continue;
		}
		graph->renames = memory_resize(graph->renames, graph->rename_count + 1,
				sizeof(*graph->renames));
		graph->renames[graph->rename_count].from = memory_text_n(items[i],
				before);
		graph->renames[graph->rename_count].to = memory_text(to);
		graph->rename_count++;
	}
	free(items);
}

static void read_mean(struct reader *reader, const struct ini_entry *entry)
{
	read_per_channel(reader, entry, false, reader->graph->normalization.mean);
}

static void read_std(struct reader *reader, const struct ini_entry *entry)
{
	read_per_channel(reader, entry, true, reader->graph->normalization.std);
}

/** In this order whatever the file's: mean and std go by the channels. */
static const struct network_key {
	const char *name;
	void (*read)(struct reader *reader, const struct ini_entry *entry);
} network_keys[] = {
	{ "name", read_name },
	{ "input_size", read_input_size },
	{ "channels", read_channels },
	{ "scale", read_scale },
	{ "mean", read_mean },
	{ "std", read_std },
	{ "labels", read_labels },
	{ "weights", read_weights },
	{ "ignore", read_ignore },
	{ "rename", read_rename },
};
#define KEY_COUNT (sizeof(network_keys) / sizeof(network_keys[0]))

static void read_network(struct reader *reader)
{
	struct graph *graph = reader->graph;

	graph->name = path_stem(reader->ini->path);
	graph->normalization = (struct normalization){
		.channels = 3,
		.scale = 1,
		.std = { 1, 1, 1 },
	};
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct ini_entry *entry = ini_find(reader->ini, "network",
				network_keys[i].name);

		if (entry != NULL) {
			network_keys[i].read(reader, entry);
		}
	}
	if (ini_find(reader->ini, "network", "input_size") == NULL) {
		problems_add(reader->problems, reader->ini->path, 0, "network",
				"input_size",
				"it is missing: the height and width that the "
				"network usually gets, such as 224 224");
	}
}

/* ---- The whole file ---------------------------------------------------- */

static void check_sections(struct reader *reader)
{
	static const char *const names[] = { "network", "layers", NULL };
	const struct ini *ini = reader->ini;
	char hint[64];

	for (size_t i = 0; i < ini->section_count; i++) {
		const struct ini_section *section = &ini->sections[i];

		if (strcmp(section->name, names[0]) != 0
				&& strcmp(section->name, names[1]) != 0) {
			problems_add(reader->problems, ini->path, section->line,
					section->spelling, NULL,
					"a network's description "
					"has the sections [network] and [layers] only%s",
					suggestion(section->name, names, hint,
							sizeof(hint)));
		}
	}
	for (size_t i = 0; i < 2; i++) {
		if (ini_find_section(ini, names[i]) == NULL) {
			problems_add(reader->problems, ini->path, 0, names[i], NULL,
					"the section is missing: this is no description "
					"of a "
					"network");
		}
	}
}

static void check_key(struct reader *reader, const struct ini_entry *entry)
{
	const char *names[KEY_COUNT + 1];
	char hint[64];

	for (size_t i = 0; i < KEY_COUNT; i++) {
		names[i] = network_keys[i].name;
		if (strcmp(entry->key, names[i]) == 0) {
			return;
		}
	}
	names[KEY_COUNT] = NULL;
	entry_problem(reader, entry, "unknown key%s",
			suggestion(entry->key, names, hint, sizeof(hint)));
}

static void node_problem(struct reader *reader, const struct graph_node *node,
		const char *text)
{
	problems_add(reader->problems, reader->ini->path, node->line, "layers",
			node->name, "%s: %s", graph_op_name(node->op), text);
}

/** Infer what can be inferred, so that every layer that is wrong gets its line. */
static void check_shapes(struct reader *reader)
{
	struct graph *graph = reader->graph;
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));

	shapes[0] = (struct graph_shape){
		.rank = 3,
		.extent = { graph->normalization.channels, graph->input_size[0],
				graph->input_size[1] },
	};
	for (size_t i = 1; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];
		bool known = true;
		struct error error;

		for (size_t k = 0; k < node->input_count; k++) {
			known = known && shapes[node->inputs[k]].rank > 0;
		}
		if (known
				&& graph_infer_node(graph, (int32_t)i, shapes, &error)
						!= CNNVIZ_OK) {
			node_problem(reader, node, error.text);
		}
	}
	free(shapes);
}

/** A layer that nothing follows is a slip in some `from`. */
static void check_used(struct reader *reader)
{
	const struct graph *graph = reader->graph;
	bool *used = memory_new(graph->node_count, sizeof(*used));

	for (size_t i = 1; i < graph->node_count; i++) {
		for (size_t k = 0; k < graph->nodes[i].input_count; k++) {
			used[graph->nodes[i].inputs[k]] = true;
		}
	}
	for (size_t i = 1; i + 1 < graph->node_count; i++) {
		if (!used[i]) {
			node_problem(reader, &graph->nodes[i],
					"no layer takes its output; "
					"name it in a later layer's from=, or leave it "
					"out");
		}
	}
	free(used);
}

static void finish(struct reader *reader)
{
	size_t before = reader->problems->count;
	struct error error;

	check_shapes(reader);
	check_used(reader);
	if (reader->problems->count == before
			&& graph_finish(reader->graph, &error) != CNNVIZ_OK) {
		problems_add(reader->problems, reader->ini->path, 0, "layers", NULL, "%s",
				error.text);
	}
}

struct graph *graph_import_ini(const char *path, struct problems *problems)
{
	size_t before = problems->count;
	struct ini *ini = ini_read(path, problems);
	struct graph *graph = NULL;
	struct reader reader;

	if (ini == NULL || problems->count != before) {
		goto done;
	}
	graph = memory_new(1, sizeof(*graph));
	graph->source = memory_text(path);
	reader = (struct reader){ ini, graph, problems };
	check_sections(&reader);
	if (problems->count != before) {
		goto done;
	}
	read_network(&reader);
	add_node(graph, graph_op_name(GRAPH_INPUT), GRAPH_INPUT, 0);
	graph->node_count = 1;
	graph->logits = CNNVIZ_LAYER_NONE;
	graph->last_conv = CNNVIZ_LAYER_NONE;
	for (size_t i = 0; i < ini->entry_count; i++) {
		if (strcmp(ini->entries[i].section, "layers") == 0) {
			read_layer(&reader, &ini->entries[i]);
		} else {
			check_key(&reader, &ini->entries[i]);
		}
	}
	if (problems->count == before) {
		finish(&reader);
	}
done:
	if (problems->count != before) {
		graph_free(graph);
		graph = NULL;
	}
	ini_free(ini);
	return graph;
}
