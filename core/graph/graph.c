/**
 * \file    graph/graph.c
 * \brief   Graphs, and their layers by name
 */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

const char *const graph_weight_suffix[GRAPH_WEIGHT_COUNT] = {
	[GRAPH_WEIGHT] = ".weight",
	[GRAPH_BIAS] = ".bias",
	[GRAPH_RUNNING_MEAN] = ".running_mean",
	[GRAPH_RUNNING_VAR] = ".running_var",
};

void names_free(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		free(names[i]);
	}
	free(names);
}

void graph_free(struct graph *graph)
{
	if (graph == NULL) {
		return;
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		free(graph->nodes[i].name);
		free(graph->nodes[i].inputs);
	}
	for (size_t i = 0; i < graph->rename_count; i++) {
		free(graph->renames[i].from);
		free(graph->renames[i].to);
	}
	for (size_t i = 0; i < graph->alias_count; i++) {
		free(graph->aliases[i].name);
	}
	free(graph->nodes);
	free(graph->roles);
	free(graph->renames);
	free(graph->aliases);
	free(graph->logits_layer);
	free(graph->name);
	free(graph->source);
	free(graph->labels);
	names_free(graph->class_names);
	free(graph->weights_names);
	free(graph->weights_urls);
	free(graph->weights_package);
	free(graph->ignored);
	free(graph);
}

/* ---- Names ------------------------------------------------------------- */

int32_t graph_find(const struct graph *graph, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < graph->node_count; i++) {
		if (strcmp(graph->nodes[i].name, name) == 0) {
			return (int32_t)i;
		}
	}
	for (size_t i = graph->node_count; length > 0 && i-- > 0;) {
		if (strncmp(graph->nodes[i].name, name, length) == 0
				&& graph->nodes[i].name[length] == '.') {
			return (int32_t)i;
		}
	}
	if (strcmp(name, "logits") == 0) {
		return graph->logits;
	}
	if (strcmp(name, "last_features") == 0 || strcmp(name, "last_conv") == 0) {
		return graph->last_features;
	}
	for (size_t i = 0; i < graph->alias_count; i++) {
		if (strcmp(graph->aliases[i].name, name) == 0) {
			return graph->aliases[i].node;
		}
	}
	return CNNVIZ_LAYER_NONE;
}

/** Growing NULL-terminated list of names */
struct names {
	char **items;
	size_t count;
};

static void names_add(struct names *names, const char *text, size_t length)
{
	for (size_t i = names->count; i-- > 0;) {
		if (strncmp(names->items[i], text, length) == 0
				&& names->items[i][length] == '\0') {
			return;
		}
	}
	names->items = memory_resize(names->items, names->count + 2,
			sizeof(*names->items));
	names->items[names->count++] = memory_text_n(text, length);
	names->items[names->count] = NULL;
}

char *graph_nearest(const struct graph *graph, const char *name)
{
	struct names names = { NULL, 0 };
	const char *nearest;
	char *result = NULL;

	if (graph->last_features != CNNVIZ_LAYER_NONE) {
		names_add(&names, "last_features", strlen("last_features"));
		names_add(&names, "last_conv", strlen("last_conv"));
	}
	names_add(&names, "logits", strlen("logits"));
	for (size_t i = 0; i < graph->node_count; i++) {
		const char *text = graph->nodes[i].name;

		for (const char *dot = strchr(text, '.'); dot != NULL;
				dot = strchr(dot + 1, '.')) {
			names_add(&names, text, (size_t)(dot - text));
		}
		names_add(&names, text, strlen(text));
	}
	nearest = text_nearest(name, text_from_array, names.items);
	if (nearest != NULL) {
		result = memory_text(nearest);
	}
	for (size_t i = 0; i < names.count; i++) {
		free(names.items[i]);
	}
	free(names.items);
	return result;
}
