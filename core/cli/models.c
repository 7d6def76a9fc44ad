/**
 * \file    cli/models.c
 * \brief   The commands models and layers: what networks there are, and of what
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/importers.h"
#include "graph/model.h"
#include "graph/operation.h"
#include "graph/roles.h"
#include "plan/paths.h"
#include "plan/size.h"

/* Columns of numbers, right-aligned */
#define RIGHT_MODELS (1u << 1 | 1u << 2 | 1u << 3)
#define RIGHT_LAYERS (1u << 2 | 1u << 3)

/* ---- models -------------------------------------------------------------------- */

/* Number of trained parameters of a node: weights and biases, not running statistics */
static int64_t node_parameters(const struct graph *graph, size_t node)
{
	int64_t sum = 0;

	for (int role = GRAPH_WEIGHT; role <= GRAPH_BIAS; role++) {
		int64_t shape[4];
		uint32_t rank = graph_weight_shape(graph, (int32_t)node,
				(enum graph_weight)role, shape);
		int64_t product = rank > 0 ? 1 : 0;
		for (uint32_t i = 0; i < rank; i++) {
			product *= shape[i];
		}
		sum += product;
	}
	return sum;
}

static int64_t graph_parameters(const struct graph *graph)
{
	int64_t sum = 0;

	for (size_t i = 1; i < graph->node_count; i++) {
		sum += node_parameters(graph, i);
	}
	return sum;
}

static void add_model(const struct model_entry *entry, const struct graph *graph,
		struct table *table, json_t *array)
{
	json_t *json = json_object();
	int64_t parameters = graph_parameters(graph);

	table_add(table, "%s", entry->name);
	table_add(table, "%" PRId64 "x%" PRId64, graph->input_size[0],
			graph->input_size[1]);
	table_add(table, "%" PRId64, parameters);
	table_add(table, "%zu", graph->node_count - 1);
	table_add(table, "%s", entry->path);
	json_object_set_new(json, "name", json_text(entry->name));
	json_object_set_new(json, "path", json_text(entry->path));
	json_object_set_new(json, "input_size",
			json_pack("[I, I]", (json_int_t)graph->input_size[0],
					(json_int_t)graph->input_size[1]));
	json_object_set_new(json, "parameters", json_integer(parameters));
	json_object_set_new(json, "layers",
			json_integer((json_int_t)graph->node_count - 1));
	json_array_append_new(array, json);
}

/* Warn of an invalid description in one line; `layers` shows all problems. */
static void warn_about_model(const struct model_entry *entry,
		const struct problems *problems)
{
	char *sentence = problems->count > 0 ? problem_sentence(&problems->items[0])
					     : NULL;

	log_write(LOG_LEVEL_WARNING, "skipped the network %s: %s%s", entry->name,
			sentence != NULL ? sentence : entry->path,
			problems->count > 1 ? " (and more; `cnnviz layers` shows all "
					      "problems)"
					    : "");
	free(sentence);
}

int command_models(const struct cli_request *request)
{
	struct paths *paths = paths_find();
	const struct model_paths folders = { .folders = paths->model_folders };
	size_t count = 0;
	struct model_entry *entries = model_list(&folders, &count);
	json_t *array = json_array();
	struct table table;

	table_start(&table, 5, RIGHT_MODELS);
	table_add(&table, "NAME");
	table_add(&table, "INPUT");
	table_add(&table, "PARAMETERS");
	table_add(&table, "LAYERS");
	table_add(&table, "PATH");
	for (size_t i = 0; i < count; i++) {
		struct problems problems = { 0 };
		struct graph *graph = graph_import(entries[i].path, NULL, NULL,
				&problems);
		if (graph != NULL) {
			add_model(&entries[i], graph, &table, array);
		} else {
			warn_about_model(&entries[i], &problems);
		}
		graph_free(graph);
		problems_free(&problems);
	}
	if (request->json) {
		table_free(&table);
		json_print(array);
	} else {
		table_print(&table);
		json_decref(array);
	}
	model_list_free(entries, count);
	paths_free(paths);
	return CLI_EXIT_DONE;
}

/* ---- layers -------------------------------------------------------------------- */

/** "64x55x55"; malloc'ed */
static char *extents_text(const struct graph_shape *shape)
{
	char *text = memory_format("%" PRId64, shape->extent[0]);

	for (uint32_t d = 1; d < shape->rank; d++) {
		char *longer = memory_format("%sx%" PRId64, text, shape->extent[d]);

		free(text);
		text = longer;
	}
	return text;
}

static void print_layers(const struct graph *graph, const struct graph_shape *shapes,
		const struct graph_roles *roles)
{
	struct table table;

	table_start(&table, 4, RIGHT_LAYERS);
	table_add(&table, "NAME");
	table_add(&table, "OPERATION");
	table_add(&table, "OUTPUT");
	table_add(&table, "PARAMETERS");
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct graph_shape shape = graph_shown_shape(&roles[i], &shapes[i]);
		int64_t parameters = i > 0 ? node_parameters(graph, i) : 0;
		char *extents;

		table_add(&table, "%s", graph->nodes[i].name);
		table_add(&table, "%s", graph->nodes[i].op->name);
		extents = extents_text(&shape);
		table_add(&table, "%s", extents);
		free(extents);
		if (parameters > 0) {
			table_add(&table, "%" PRId64, parameters);
		} else {
			table_add(&table, "%s", "");
		}
	}
	table_print(&table);
	printf("\n%zu layers, %" PRId64 " parameters\n", graph->node_count - 1,
			graph_parameters(graph));
}

static json_t *shape_json(const struct graph_shape *shape)
{
	json_t *extents = json_array();

	for (uint32_t i = 0; i < shape->rank; i++) {
		json_array_append_new(extents, json_integer(shape->extent[i]));
	}
	return extents;
}

static json_t *layer_json(const struct graph *graph, size_t node,
		const struct graph_shape *shape, const struct graph_roles *roles)
{
	const struct graph_shape shown = graph_shown_shape(roles, shape);
	json_t *json = json_object();

	json_object_set_new(json, "name", json_text(graph->nodes[node].name));
	json_object_set_new(json, "operation", json_text(graph->nodes[node].op->name));
	json_object_set_new(json, "shape", shape_json(&shown));
	if (graph_map_differs(roles, shape)) {
		json_object_set_new(json, "array", shape_json(shape));
	}
	json_object_set_new(json, "parameters",
			json_integer(node > 0 ? node_parameters(graph, node) : 0));
	return json;
}

static void print_layers_json(const struct graph *graph, const struct graph_shape *shapes,
		const struct graph_roles *roles, const int64_t size[2])
{
	json_t *json = json_object();
	json_t *layers = json_array();

	for (size_t i = 0; i < graph->node_count; i++) {
		json_array_append_new(layers,
				layer_json(graph, i, &shapes[i], &roles[i]));
	}
	json_object_set_new(json, "model", json_text(graph->name));
	json_object_set_new(json, "input_size",
			json_pack("[I, I]", (json_int_t)size[0], (json_int_t)size[1]));
	json_object_set_new(json, "parameters", json_integer(graph_parameters(graph)));
	json_object_set_new(json, "layers", layers);
	json_print(json);
}

struct model_names {
	const struct model_entry *entries;
	size_t count;
};

static const char *model_candidate(const void *context, size_t i)
{
	const struct model_names *names = context;

	return i < names->count ? names->entries[i].name : NULL;
}

static void report_unknown_model(const struct model_paths *folders, const char *name)
{
	size_t count = 0;
	struct model_entry *entries = model_list(folders, &count);
	const struct model_names names = { entries, count };
	const char *nearest = text_nearest(name, model_candidate, &names);

	log_write(LOG_LEVEL_ERROR, "there is no network \"%s\"%s%s%s", name,
			nearest != NULL ? "; did you mean \""
					: "; `cnnviz models` lists them",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	model_list_free(entries, count);
}

/* Read a network's description by name or path; NULL after an error, which is reported */
static struct graph *open_graph(const char *name)
{
	struct paths *paths = paths_find();
	const struct model_paths folders = { .folders = paths->model_folders };
	struct problems problems = { 0 };
	struct graph *graph = NULL;
	char *path = model_find(&folders, NULL, name);

	if (path != NULL) {
		graph = graph_import(path, NULL, NULL, &problems);
	} else if (path_is_file(name) || path_is_folder(name)) {
		graph_refuse(name, &problems);
	} else {
		report_unknown_model(&folders, name);
	}
	problems_print(&problems);
	free(path);
	problems_free(&problems);
	paths_free(paths);
	return graph;
}

int command_layers(const struct cli_request *request)
{
	struct graph *graph = NULL;
	struct graph_shape *shapes = NULL;
	struct graph_roles *roles = NULL;
	int64_t size[2] = { 0, 0 };
	int status = CLI_EXIT_INPUT;
	struct error error;

	if (request->size != NULL && !plan_parse_size(request->size, size)) {
		log_write(LOG_LEVEL_ERROR,
				"--size %s is not valid; write HxW, as in 224x224",
				request->size);
		goto done;
	}
	graph = open_graph(request->arguments[0]);
	if (graph == NULL) {
		goto done;
	}
	if (request->size == NULL) {
		memcpy(size, graph->input_size, sizeof(size));
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	if (graph_infer(graph, size[0], size[1], shapes, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		goto done;
	}
	roles = memory_new(graph->node_count, sizeof(*roles));
	graph_infer_roles(graph, shapes, NULL, roles);
	if (request->json) {
		print_layers_json(graph, shapes, roles, size);
	} else {
		print_layers(graph, shapes, roles);
	}
	status = CLI_EXIT_DONE;
done:
	free(roles);
	free(shapes);
	graph_free(graph);
	return status;
}
