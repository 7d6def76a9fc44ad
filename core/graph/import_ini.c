/**
 * \file    graph/import_ini.c
 * \brief   Imports network descriptions from INI files
 */
#include "graph/import_ini.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"
#include "graph/import_blocks.h"
#include "graph/network_files.h"
#include "graph/normalize.h"

void import_problem(struct reader *reader, const struct ini_entry *entry,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(reader->problems, reader->ini->path, entry->line, entry->section,
			entry->spelling, format, arguments);
	va_end(arguments);
}

/** Whether a problem of a block's line was told for another of its instances */
static bool was_told(struct reader *reader, const struct place *place)
{
	size_t *told = &reader->told[place->entry - reader->ini->entries];

	if (*told == 0) {
		*told = place->instance->number;
	}
	return *told != place->instance->number;
}

void import_vproblem(struct reader *reader, const struct place *place, const char *format,
		va_list arguments)
{
	const struct ini_entry *entry = place->entry;
	const struct instance *instance = place->instance;
	char *text;

	if (instance != NULL && was_told(reader, place)) {
		return;
	}
	text = memory_vformat(format, arguments);
	if (instance == NULL) {
		import_problem(reader, entry, "%s", text);
	} else {
		import_problem(reader, entry, "%s (in %s, from line %d)", text,
				instance->name, instance->entry->line);
	}
	free(text);
}

const char *import_hint(const char *text, const char *const *names, char *space,
		size_t size)
{
	const char *nearest = text_nearest(text, text_from_array, names);

	space[0] = '\0';
	if (nearest != NULL) {
		snprintf(space, size, "; did you mean \"%s\"?", nearest);
	}
	return space;
}

/* ---- [network] --------------------------------------------------------- */

/** Read a list of finite numbers; returns their count, 0 on error */
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

/** Read integers from 1 to a maximum; returns their count, 0 on error */
static size_t read_integers(const char *text, int64_t maximum, size_t most,
		int64_t *values)
{
	size_t count;
	char **words = value_words(text, &count);

	if (count > most) {
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (!value_int(words[i], &values[i]) || values[i] < 1
				|| values[i] > maximum) {
			count = 0;
		}
	}
	free(words);
	return count;
}

/** Height and width, or one number for both */
static void read_size(struct reader *reader, const struct ini_entry *entry,
		int64_t size[2])
{
	size_t count = read_integers(entry->value, IMAGE_MAX_EXTENT, 2, size);

	if (count == 0) {
		import_problem(reader, entry,
				"\"%s\" is not a height and width (from 1 to %d), such "
				"as 224 224",
				entry->value, IMAGE_MAX_EXTENT);
	} else if (count == 1) {
		size[1] = size[0];
	}
}

/** A network file has been read for its size already. */
static void read_input_size(struct reader *reader, const struct ini_entry *entry)
{
	if (!reader->imported) {
		read_size(reader, entry, reader->graph->input_size);
	}
}

/** A word for those of pictures, or their number */
static void read_channels(struct reader *reader, const struct ini_entry *entry)
{
	struct normalization *normalization = &reader->graph->normalization;
	int before = normalization->channels;
	struct error error;
	int64_t count;

	if (value_int(entry->value, &count) && count >= 1
			&& count <= INPUT_CHANNELS_MAX) {
		normalization->channels = (int)count;
		if (reader->imported && count != before) {
			import_problem(reader, entry, "the input of %s has %d channel%s",
					reader->graph->source, before,
					before == 1 ? "" : "s");
			normalization->channels = before;
		}
		return;
	}
	normalization->channels = reader->imported ? before : 0;
	if (normalize_read_channels(entry->value, normalization, &error) != CNNVIZ_OK) {
		import_problem(reader, entry, "%s, nor a number from 1 to %d", error.text,
				INPUT_CHANNELS_MAX);
		normalization->channels = before;
	}
}

/** A number for each channel, or one for all */
static void read_per_channel(struct reader *reader, const struct ini_entry *entry,
		bool positive, float *values)
{
	struct error error;

	if (normalize_read(entry->value, reader->graph->normalization.channels, positive,
			    values, &error)
			!= CNNVIZ_OK) {
		import_problem(reader, entry, "%s", error.text);
	}
}

static void read_scale(struct reader *reader, const struct ini_entry *entry)
{
	float *scale = &reader->graph->normalization.scale;

	if (read_floats(entry->value, 1, scale) != 1 || !(*scale > 0)) {
		import_problem(reader, entry, "\"%s\" is not a number above 0",
				entry->value);
	}
}

static void read_name(struct reader *reader, const struct ini_entry *entry)
{
	if (entry->value[0] == '\0') {
		import_problem(reader, entry, "the name is empty");
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
		import_problem(reader, entry, "there is no file %s",
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
			import_problem(reader, entry,
					"\"%s\" must be a file name without a folder; it "
					"is searched beside this file and in the model "
					"path",
					reader->graph->weights_names[i]);
		}
	}
}

/** Addresses, one for each name of weights */
static void read_weights_url(struct reader *reader, const struct ini_entry *entry)
{
	struct graph *graph = reader->graph;
	size_t names = 0;
	size_t count;

	free(graph->weights_urls);
	graph->weights_urls = value_words(entry->value, &count);
	while (graph->weights_names != NULL && graph->weights_names[names] != NULL) {
		names++;
	}
	if (count != names) {
		import_problem(reader, entry,
				"it has %zu addresses, and weights %zu names; give one "
				"for each",
				count, names);
	}
}

/** A name that can stand in a command without quotes */
static void read_weights_package(struct reader *reader, const struct ini_entry *entry)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
				      "XYZ0123456789-_.";

	if (entry->value[0] == '\0' || entry->value[0] == '-'
			|| entry->value[strspn(entry->value, letters)] != '\0') {
		import_problem(reader, entry,
				"\"%s\" is not the name of a Python package",
				entry->value);
		return;
	}
	free(reader->graph->weights_package);
	reader->graph->weights_package = memory_text(entry->value);
}

static void read_ignore(struct reader *reader, const struct ini_entry *entry)
{
	size_t count;

	free(reader->graph->ignored);
	reader->graph->ignored = value_words(entry->value, &count);
}

/** OLD -> NEW, separated by commas */
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
			import_problem(reader, entry,
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

static void read_activation(struct reader *reader, const struct ini_entry *entry)
{
	char hint[64];

	for (int i = 0; activation_names[i] != NULL; i++) {
		if (strcmp(entry->value, activation_names[i]) == 0) {
			reader->graph->activation = (enum activation)(ACTIVATION_SOFTMAX
					+ i);
			return;
		}
	}
	import_problem(reader, entry, "\"%s\" is neither softmax nor sigmoid%s",
			entry->value,
			import_hint(entry->value, activation_names, hint, sizeof(hint)));
}

/** The layer that the class scores come from; import_other() does so for a network file */
const char *const import_task_names[] = { "score", "detect", NULL };

/** The task of a word, IMPORT_TASK_BY_FILE of any other */
static enum import_task find_task(const char *word)
{
	for (int i = 0; import_task_names[i] != NULL; i++) {
		if (strcmp(word, import_task_names[i]) == 0) {
			return (enum import_task)(IMPORT_TASK_SCORE + i);
		}
	}
	return IMPORT_TASK_BY_FILE;
}

static void read_logits(struct reader *reader, const struct ini_entry *entry)
{
	if (!reader->imported) {
		reader->graph->logits_layer = memory_text(entry->value);
	}
}

static void read_output(struct reader *reader, const struct ini_entry *entry)
{
	if (!reader->imported) {
		import_problem(reader, entry,
				"it chooses among the outputs of a graph, and this "
				"network ends at its last layer; logits = LAYER chooses "
				"another one");
	}
}

static void read_task(struct reader *reader, const struct ini_entry *entry)
{
	enum import_task task = find_task(entry->value);
	char hint[64];

	if (task == IMPORT_TASK_BY_FILE) {
		import_problem(reader, entry, "\"%s\" is neither score nor detect%s",
				entry->value,
				import_hint(entry->value, import_task_names, hint,
						sizeof(hint)));
	} else if (!reader->imported) {
		reader->graph->detector = task == IMPORT_TASK_DETECT;
	}
}

/** Read before the others; see import_other() */
static void read_nothing(struct reader *reader, const struct ini_entry *entry)
{
	(void)reader;
	(void)entry;
}

/** Read in this order, independent of the file's: mean and std depend on channels. */
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
	{ "activation", read_activation },
	{ "labels", read_labels },
	{ "weights", read_weights },
	{ "weights_url", read_weights_url },
	{ "weights_package", read_weights_package },
	{ "ignore", read_ignore },
	{ "rename", read_rename },
	{ "graph", read_nothing },
	{ "output", read_output },
	{ "logits", read_logits },
	{ "task", read_task },
};
#define KEY_COUNT (sizeof(network_keys) / sizeof(network_keys[0]))

static void read_network(struct reader *reader)
{
	const struct ini *ini = reader->ini;
	struct graph *graph = reader->graph;

	free(graph->name);
	graph->name = path_stem(ini->path);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct ini_entry *entry = ini_find(reader->ini, "network",
				network_keys[i].name);

		if (entry != NULL) {
			network_keys[i].read(reader, entry);
		}
	}
	if (ini_find(ini, "network", "mean") != NULL
			|| ini_find(ini, "network", "std") != NULL
			|| ini_find(ini, "network", "scale") != NULL) {
		graph->pixels_unknown = false;
	}
	if (!reader->imported && ini_find(ini, "network", "input_size") == NULL) {
		problems_add(reader->problems, reader->ini->path, 0, "network",
				"input_size",
				"it is missing: give the default height and width of the "
				"input, such as 224 224");
	}
}

/* ---- Layers of another file -------------------------------------- */

/** What a graph is read by: the user's options, and behind them the description's */
static struct import_options add_own_options(struct reader *reader,
		const struct import_options *options)
{
	const struct ini_entry *size = ini_find(reader->ini, "network", "input_size");
	const struct ini_entry *output = ini_find(reader->ini, "network", "output");
	const struct ini_entry *logits = ini_find(reader->ini, "network", "logits");
	const struct ini_entry *task = ini_find(reader->ini, "network", "task");
	struct import_options all = { .output = NULL };

	if (options != NULL) {
		all = *options;
	}
	if (size != NULL && all.input_size[0] == 0) {
		read_size(reader, size, all.input_size);
	}
	if (all.output == NULL && all.logits == NULL) {
		all.output = output != NULL ? output->value : NULL;
		all.logits = logits != NULL ? logits->value : NULL;
	}
	if (all.task == IMPORT_TASK_BY_FILE && task != NULL) {
		all.task = find_task(task->value);
	}
	return all;
}

/** The network file that the description names instead of layers, or NULL with a problem */
static struct graph *import_other(struct reader *reader, const struct ini_entry *entry,
		const struct import_options *options, struct weights **weights)
{
	const struct import_options all = add_own_options(reader, options);
	char *path = path_join(reader->ini->folder, entry->value);
	const struct network_file *file = NULL;
	struct mapping *mapping = NULL;
	struct graph *graph = NULL;
	struct error error;

	if (mapping_open(path, &mapping, &error) != CNNVIZ_OK) {
		import_problem(reader, entry, "%s", error.text);
	} else {
		file = network_file_find(mapping->data, mapping->size);
	}
	if (file != NULL) {
		graph = file->import(mapping, &all, weights, reader->problems);
	} else if (mapping != NULL) {
		import_problem(reader, entry,
				"%s is neither an ONNX network nor a program of "
				"torch.export",
				path);
	}
	mapping_unref(mapping);
	free(path);
	return graph;
}

/* ---- The file ---------------------------------------------------- */

static void check_sections(struct reader *reader)
{
	static const char *const names[] = { "network", "layers", NULL };
	const struct ini *ini = reader->ini;
	char hint[64];

	for (size_t i = 0; i < ini->section_count; i++) {
		const struct ini_section *section = &ini->sections[i];

		if (strcmp(section->name, names[0]) != 0
				&& strcmp(section->name, names[1]) != 0
				&& !import_is_block(section)) {
			problems_add(reader->problems, ini->path, section->line,
					section->spelling, NULL,
					"a network's description has only the sections "
					"[network], [layers] and [block NAME]%s",
					import_hint(section->name, names, hint,
							sizeof(hint)));
		}
	}
	import_check_blocks(reader);
	if (ini_find(ini, "network", "graph") != NULL) {
		import_check_uses(reader);
		if (ini_find_section(ini, names[1]) != NULL) {
			problems_add(reader->problems, ini->path,
					ini_find_section(ini, names[1])->line, names[1],
					NULL,
					"[network] has a graph, whose layers are those "
					"of the network; remove one of the two");
		}
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		if (ini_find_section(ini, names[i]) == NULL) {
			problems_add(reader->problems, ini->path, 0, names[i], NULL,
					"the section is missing: this is not a "
					"description of a network");
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
	import_problem(reader, entry, "unknown key%s",
			import_hint(entry->key, names, hint, sizeof(hint)));
}

static void finish(struct reader *reader)
{
	size_t before = reader->problems->count;
	struct error error;

	import_check_uses(reader);
	import_check_layers(reader);
	if (reader->problems->count == before
			&& graph_finish(reader->graph, &error) != CNNVIZ_OK) {
		const struct ini_entry *logits = ini_find(reader->ini, "network",
				"logits");

		problems_add(reader->problems, reader->ini->path,
				logits != NULL ? logits->line : 0,
				logits != NULL ? "network" : "layers",
				logits != NULL ? "logits" : NULL, "%s", error.text);
	}
}

bool import_ini_probe(const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (head[i] < ' ' && strchr("\t\n\r", head[i]) == NULL) {
			return false;
		}
	}
	return true;
}

/** A graph of the input alone, or that of a network file; NULL with problems */
static struct graph *start_graph(struct reader *reader,
		const struct import_options *options, struct weights **weights)
{
	const struct ini_entry *other = ini_find(reader->ini, "network", "graph");
	struct graph *graph;

	if (other != NULL) {
		reader->imported = true;
		return import_other(reader, other, options, weights);
	}
	graph = memory_new(1, sizeof(*graph));
	graph->source = memory_text(reader->ini->path);
	graph->normalization = normalization_none(3);
	reader->graph = graph;
	import_input(reader);
	return graph;
}

/** Read all sections into reader->graph */
static void read_sections(struct reader *reader)
{
	const struct ini *ini = reader->ini;
	size_t before = reader->problems->count;

	read_network(reader);
	for (size_t i = 0; i < ini->entry_count; i++) {
		if (strcmp(ini->entries[i].section, "layers") == 0) {
			import_line(reader, &ini->entries[i]);
		} else if (strcmp(ini->entries[i].section, "network") == 0) {
			check_key(reader, &ini->entries[i]);
		}
	}
	if (reader->problems->count == before && !reader->imported) {
		finish(reader);
	}
}

struct graph *graph_import_ini(const char *path, const struct import_options *options,
		struct weights **weights, struct problems *problems)
{
	size_t before = problems->count;
	struct ini *ini = ini_read(path, problems);
	struct reader reader = { .ini = ini, .problems = problems };

	if (ini != NULL && problems->count == before) {
		ini_check_lines(ini, problems);
		check_sections(&reader);
	}
	if (ini != NULL && problems->count == before) {
		reader.graph = start_graph(&reader, options, weights);
	}
	if (reader.graph != NULL) {
		reader.told = memory_new(ini->entry_count, sizeof(*reader.told));
		read_sections(&reader);
	}
	import_blocks_free(&reader);
	if (problems->count != before) {
		graph_free(reader.graph);
		reader.graph = NULL;
		if (reader.imported && weights != NULL) {
			weights_free(*weights);
			*weights = NULL;
		}
	}
	ini_free(ini);
	return reader.graph;
}
