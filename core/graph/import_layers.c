/**
 * \file    graph/import_layers.c
 * \brief   Imports [layers] of a network description: one operation per line
 *
 * The syntax follows from the operations' rows.
 */
#include "graph/import_layers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/import_blocks.h"
#include "graph/settings.h"

/** A line being read */
struct line {
	struct reader *reader;
	const struct place *place;
	struct graph_node node; /* the node that it describes */
	bool *given;            /* for each setting of the operation */
	bool from_given;
	int32_t *more; /* inputs named by settings, after those of `from` */
	size_t more_count;
};

/** The setting of every operation: its inputs */
static const char from_name[] = "from";

static size_t setting_count(const struct operation *operation)
{
	size_t count = 0;

	while (operation->settings != NULL && operation->settings[count] != NULL) {
		count++;
	}
	return count;
}

static size_t setting_index(const struct operation *operation,
		const struct operation_setting *setting)
{
	size_t i = 0;

	while (operation->settings[i] != setting) {
		i++;
	}
	return i;
}

/* ---- Messages ------------------------------------------------------------------ */

CNNVIZ_PRINTF(2, 3)
static void line_problem(const struct line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	import_vproblem(line->reader, line->place, format, arguments);
	va_end(arguments);
}

/** text_candidate over a struct ini: words of the operations and its blocks */
static const char *operation_word(const void *ini, size_t i)
{
	size_t count = 0;

	while (operation_at(count) != NULL) {
		count++;
	}
	return i < count ? operation_at(i)->name : import_block_word(ini, i - count);
}

/** text_candidate: settings of an operation, and `from` */
static const char *setting_word(const void *context, size_t i)
{
	const struct operation *operation = context;
	size_t count = setting_count(operation);

	return i < count             ? operation->settings[i]->parameter.name
			: i == count ? from_name
				     : NULL;
}

static void unknown_operation(const struct line *line, const char *word)
{
	const struct ini *ini = line->reader->ini;
	const char *nearest = text_nearest(word, operation_word, ini);

	line_problem(line, "there is no operation%s \"%s\"%s%s%s",
			import_block_word(ini, 0) != NULL ? " or block" : "", word,
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static void unknown_setting(const struct line *line, const char *name)
{
	const char *nearest = text_nearest(name, setting_word, line->node.op);

	line_problem(line, "%s has no setting \"%s\"%s%s%s", line->node.op->name, name,
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static void unknown_layer(const struct line *line, const char *setting, const char *name)
{
	const struct instance *instance = line->place->instance;
	char *nearest = instance == NULL ? graph_nearest(line->reader->graph, name)
					 : NULL;

	line_problem(line, "%s=%s does not name a layer listed before this one%s%s%s%s",
			setting, name, instance != NULL ? " in the block" : "",
			nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	free(nearest);
}

/* ---- Inputs -------------------------------------------------------------------- */

/** Read the layers listed in `from`; a block's name means its last layer so far. */
static void read_from(struct line *line, const char *text)
{
	struct graph_node *node = &line->node;
	size_t count;
	char **words = value_words(text, &count);

	line->from_given = true;
	free(node->inputs);
	node->inputs = memory_new(count, sizeof(*node->inputs));
	node->input_count = 0;
	for (size_t i = 0; i < count; i++) {
		int32_t input = import_find(line->reader, line->place->instance,
				words[i]);

		if (input >= 0) {
			node->inputs[node->input_count++] = input;
		} else {
			unknown_layer(line, from_name, words[i]);
		}
	}
	free(words);
}

/** Read an input named by a setting */
static void read_more(struct line *line, const char *setting, const char *text)
{
	int32_t input = import_find(line->reader, line->place->instance, text);

	if (input < 0) {
		unknown_layer(line, setting, text);
		return;
	}
	line->more = memory_resize(line->more, line->more_count + 1, sizeof(*line->more));
	line->more[line->more_count++] = input;
}

/** Check that the operation accepts the number of inputs of `from`. */
static void check_inputs(const struct line *line)
{
	const struct operation *operation = line->node.op;
	size_t count = line->node.input_count;
	size_t least = operation->least_inputs > 0 ? operation->least_inputs : 1;
	size_t most = operation->most_inputs > 0 ? operation->most_inputs : 1;

	if (least > 1 && !line->from_given) {
		line_problem(line, "%s needs %s=...", operation->name, from_name);
	} else if (count < least) {
		line_problem(line, "%s requires at least %zu inputs: %s=NAME,NAME",
				operation->name, least, from_name);
	} else if (count > most) {
		line_problem(line, "%s takes %s, but %s= lists %zu", operation->name,
				most == 1 ? "one input" : "fewer inputs", from_name,
				count);
	}
}

static void append_more(struct line *line)
{
	struct graph_node *node = &line->node;

	node->inputs = memory_resize(node->inputs, node->input_count + line->more_count,
			sizeof(*node->inputs));
	for (size_t i = 0; i < line->more_count; i++) {
		node->inputs[node->input_count++] = line->more[i];
	}
}

/* ---- Settings ------------------------------------------------------------------ */

/** Split off the next word of a text; NULL at its end */
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

static void read_setting(struct line *line, const char *name, const char *text)
{
	const struct operation_setting *setting = operation_setting_find(line->node.op,
			name);
	struct error error;

	if (setting == NULL) {
		unknown_setting(line, name);
		return;
	}

	bool *given = &line->given[setting_index(line->node.op, setting)];

	if (*given) {
		line_problem(line, "%s= is given twice", name);
	}
	*given = true;
	if (setting->parameter.type == CNNVIZ_PARAMETER_LAYER) {
		read_more(line, name, text);
	} else if (settings_read(setting, text, &line->node.settings, &error)
			!= CNNVIZ_OK) {
		line_problem(line, "%s: %s", name, error.text);
	}
}

/** NAME=VALUE */
static void read_word(struct line *line, char *word)
{
	char *text = strchr(word, '=');

	if (text == NULL || text == word || text[1] == '\0') {
		line_problem(line,
				"\"%s\" is not of the form setting=value (without spaces "
				"within)",
				word);
		return;
	}
	*text++ = '\0';
	if (strcmp(word, from_name) != 0) {
		read_setting(line, word, text);
		return;
	}
	if (line->from_given) {
		line_problem(line, "%s= is given twice", word);
	}
	read_from(line, text);
}

/** Complete settings that were not given: required ones, or copies of another setting */
static void complete_settings(struct line *line)
{
	const struct operation *operation = line->node.op;

	for (size_t i = 0; i < setting_count(operation); i++) {
		const struct operation_setting *setting = operation->settings[i];

		if (line->given[i]) {
			continue;
		}
		if ((setting->parameter.flags & CNNVIZ_PARAMETER_REQUIRED) != 0) {
			line_problem(line, "%s needs %s=...", operation->name,
					setting->parameter.name);
		} else if (setting->like != NULL) {
			settings_copy(operation, setting, &line->node.settings);
		}
	}
}

static void read_settings(struct line *line, char *rest)
{
	size_t before = line->reader->problems->count;
	char *word;

	line->node.settings = settings_default(line->node.op);
	line->given = memory_new(setting_count(line->node.op), sizeof(*line->given));
	while ((word = next_word(&rest)) != NULL) {
		read_word(line, word);
	}
	complete_settings(line);
	if (line->reader->problems->count == before) {
		check_inputs(line);
		append_more(line);
	}
	free(line->given);
	free(line->more);
}

/* ---- Lines --------------------------------------------------------------------- */

bool import_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0
			&& strspn(name,
					   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
					   "TUV"
					   "WXYZ0123456789_.-@")
			== length
			&& name[0] != '.' && name[length - 1] != '.'
			&& strstr(name, "..") == NULL;
}

/** Check that no layer has the complete name yet, whatever its capitals. */
static void check_unique(const struct line *line)
{
	char *name = memory_text(line->node.name);
	int64_t *number;
	bool known;

	for (char *letter = name; *letter != '\0'; letter++) {
		*letter = (char)tolower((unsigned char)*letter);
	}
	number = name_index_add(&line->reader->names, name, &known);
	if (known) {
		line_problem(line,
				"there is a layer of the name %s already, from line %d",
				line->node.name, (int)*number);
	}
	*number = line->node.line;
	free(name);
}

static void check_name(const struct line *line, const char *name)
{
	if (!import_name_is_valid(name)) {
		line_problem(line,
				"a layer's name must be made of letters, digits, '_', "
				"'-', '@', and single dots within");
	}
	if (strcmp(name, operation_input.name) == 0) {
		line_problem(line, "\"%s\" is the %s; give the layer another name",
				operation_input.name,
				line->place->instance != NULL ? "block's input"
							      : "network's input");
	}
	check_unique(line);
}

/** A new node, which follows the last one unless `from` is given */
static struct graph_node new_node(const struct reader *reader, const struct place *place,
		const char *name)
{
	const char *outer = place->instance != NULL ? place->instance->name : NULL;
	struct graph_node node = {
		.name = outer != NULL ? memory_format("%s.%s", outer, name)
				      : memory_text(name),
		.inputs = memory_new(1, sizeof(*node.inputs)),
		.input_count = 1,
		.line = place->entry->line,
	};

	node.inputs[0] = reader->previous;
	return node;
}

static void add_node(struct reader *reader, const struct graph_node *node,
		const struct place *place)
{
	struct graph *graph = reader->graph;
	size_t count = graph->node_count;

	graph->nodes = memory_grow(graph->nodes, count, sizeof(*graph->nodes));
	reader->places = memory_grow(reader->places, count, sizeof(*reader->places));
	graph->nodes[count] = *node;
	reader->places[count] = *place;
	reader->previous = (int32_t)graph->node_count++;
}

void import_input(struct reader *reader)
{
	static const struct place nowhere = { NULL, NULL };
	const struct graph_node node = {
		.name = memory_text(operation_input.name),
		.op = &operation_input,
		.settings = settings_default(&operation_input),
	};

	add_node(reader, &node, &nowhere);
	reader->graph->logits = CNNVIZ_LAYER_NONE;
	reader->graph->last_features = CNNVIZ_LAYER_NONE;
}

int32_t import_find(const struct reader *reader, const struct instance *instance,
		const char *name)
{
	char *full;
	int32_t node;

	if (instance == NULL) {
		return graph_find(reader->graph, name);
	}
	if (strcmp(name, operation_input.name) == 0) {
		return instance->input;
	}
	full = memory_format("%s.%s", instance->name, name);
	node = graph_find(reader->graph, full);
	free(full);
	return node;
}

void import_layer(struct reader *reader, const struct place *place, const char *name,
		const char *text)
{
	struct line line = {
		.reader = reader,
		.place = place,
		.node = new_node(reader, place, name),
	};
	char *copy = memory_text(text);
	char *rest = copy;
	char *word = next_word(&rest);

	check_name(&line, name);
	line.node.op = word != NULL ? operation_find(word) : NULL;
	if (line.node.op != NULL) {
		read_settings(&line, rest);
	} else if (word != NULL) {
		unknown_operation(&line, word);
	} else {
		line_problem(&line,
				"the operation is missing: NAME = OPERATION "
				"[setting=value]...");
	}
	/* Add an invalid layer too, so that `from` in other layers can name it. */
	add_node(reader, &line.node, place);
	free(copy);
}

/* ---- All layers ---------------------------------------------------------------- */

CNNVIZ_PRINTF(3, 4)
static void node_problem(struct reader *reader, size_t node, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	import_vproblem(reader, &reader->places[node], format, arguments);
	va_end(arguments);
}

/** Infer all possible shapes, so that every invalid layer is reported with its line. */
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
			node_problem(reader, i, "%s: %s", node->op->name, error.text);
		}
	}
	free(shapes);
}

/** A layer whose output is not used indicates an error in a `from`. */
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
			node_problem(reader, i,
					"%s: no layer uses its output; name it in a "
					"later "
					"layer's from=, or remove it",
					graph->nodes[i].op->name);
		}
	}
	free(used);
}

void import_check_layers(struct reader *reader)
{
	check_shapes(reader);
	check_used(reader);
}
