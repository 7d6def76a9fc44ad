/**
 * \file    graph/identity.c
 * \brief   What determines what a network computes
 */
#include "graph/identity.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "graph/operation.h"
#include "graph/settings.h"

/* ---- Layers -------------------------------------------------------------------- */

static json_t *settings_json(const struct graph_node *node)
{
	const struct operation_setting *const *setting = node->op != NULL
			? node->op->settings
			: NULL;
	json_t *object = json_object();

	for (; setting != NULL && *setting != NULL; setting++) {
		if ((*setting)->parameter.type != CNNVIZ_PARAMETER_LAYER) {
			char *text = settings_text(*setting, &node->settings);

			json_object_set_new(object, (*setting)->parameter.name,
					json_text(text));
			free(text);
		}
	}
	return object;
}

static json_t *node_json(const struct graph_node *node)
{
	json_t *inputs = json_array();

	for (size_t i = 0; i < node->input_count; i++) {
		json_array_append_new(inputs, json_integer(node->inputs[i]));
	}
	return json_pack("[o,o,o,o]", json_text(node->name),
			json_text(node->op != NULL ? node->op->name : NULL),
			settings_json(node), inputs);
}

static json_t *nodes_json(const struct graph *graph)
{
	json_t *nodes = json_array();

	for (size_t i = 0; i < graph->node_count; i++) {
		json_array_append_new(nodes, node_json(&graph->nodes[i]));
	}
	return nodes;
}

static json_t *normalization_json(const struct normalization *normalization)
{
	json_t *mean = json_array(), *std = json_array();

	for (int i = 0; i < normalization->channels; i++) {
		json_array_append_new(mean, json_number((double)normalization->mean[i]));
		json_array_append_new(std, json_number((double)normalization->std[i]));
	}
	return json_pack("[i,b,o,o,o]", normalization->channels, normalization->bgr,
			json_number((double)normalization->scale), mean, std);
}

/* ---- Classes and weights ------------------------------------------------------- */

static json_t *classes_json(const struct model *model)
{
	json_t *classes = json_array();

	for (int64_t i = 0; i < model->class_count; i++) {
		json_array_append_new(classes, json_text(model_class_name(model, i)));
	}
	return classes;
}

/** Whether a tensor is the first of its file, which is not that of the model's digest */
static bool is_of_another_file(const struct weights *weights, size_t index)
{
	const struct mapping *mapping = weights->tensors[index].mapping;
	size_t i = 0;

	while (i < index && weights->tensors[i].mapping != mapping) {
		i++;
	}
	return mapping != NULL && mapping != weights->mapping && i == index;
}

/** Digests of the further files that weights lie in, which a network's file may name */
static json_t *files_json(const struct weights *weights)
{
	json_t *files = json_array();

	for (size_t i = 0; i < weights->count; i++) {
		if (is_of_another_file(weights, i)) {
			char digest[65];

			mapping_digest(weights->tensors[i].mapping, digest);
			json_array_append_new(files, json_text(digest));
		}
	}
	return files;
}

static json_t *weights_json(struct model *model, const char *key)
{
	model_digest(model);
	/* Weights that are drawn have no file, and their path is the seed. */
	return json_pack("[o,o,o]",
			json_text(model->digest[0] != '\0' ? model->digest
							   : model->weights_path),
			json_text(key), files_json(model->weights));
}

json_t *model_identity(struct model *model, const char *key)
{
	const struct graph *graph = model->graph;

	return json_pack("{s:o,s:o,s:i,s:i,s:o,s:o}", "nodes", nodes_json(graph),
			"normalization", normalization_json(&graph->normalization),
			"activation", (int)graph->activation, "logits",
			(int)graph->logits, "classes", classes_json(model), "weights",
			weights_json(model, key));
}
