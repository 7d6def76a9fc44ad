/**
 * \file    plan/neuron.c
 * \brief   Reads the key `neuron` of an attribution job
 */
#include "plan/neuron.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/neuron.h"
#include "graph/roles.h"
#include "graph/shapes.h"
#include "plugin/attribution.h"

/* Numbers behind the layer: channel, row, column */
#define MOST_NUMBERS 3

/* ---- The text -------------------------------------------------------------------- */

/**
 * Split "LAYER:n" or "LAYER:n:n:n" from behind, since a layer's name may have colons too.
 * Returns the layer's name, malloc'ed, or NULL if there are not so many numbers.
 */
static char *split(const char *text, size_t count, int64_t *numbers)
{
	char *layer = memory_text(text);

	for (size_t i = count; i-- > 0;) {
		char *colon = strrchr(layer, ':');

		if (colon == NULL || !value_int(colon + 1, &numbers[i])
				|| numbers[i] < 0) {
			free(layer);
			return NULL;
		}
		*colon = '\0';
	}
	return layer;
}

/** Find the layer of a text with so many numbers; CNNVIZ_ERROR_INPUT if it has another form */
static cnnviz_status find_parts(const struct builder *builder, const char *text,
		size_t count, struct neuron *neuron, struct error *error)
{
	int64_t numbers[MOST_NUMBERS] = { 0, -1, -1 }, layer = 0;
	char *name = split(text, count, numbers);
	cnnviz_status status = name == NULL ? CNNVIZ_ERROR_INPUT
					    : builder_layer(builder, name, &layer, error);

	free(name);
	*neuron = (struct neuron){
		.node = layer == CNNVIZ_LAYER_LOGITS ? builder->graph->logits
						     : (int32_t)layer,
		.channel = numbers[0],
		.row = numbers[1],
		.column = numbers[2],
	};
	return status;
}

static cnnviz_status parse(const struct builder *builder, const char *text,
		struct neuron *neuron, struct error *error)
{
	cnnviz_status status = find_parts(builder, text, 1, neuron, error);
	struct error other;

	error_set(&other, CNNVIZ_ERROR_INPUT,
			"\"%s\" is no neuron; write LAYER:CHANNEL for the sum of a "
			"channel, or LAYER:CHANNEL:ROW:COLUMN for one of its places, "
			"counted from 0",
			text);
	if (status == CNNVIZ_OK) {
		return status;
	}
	/* What has one number says which layer is not there. */
	if (strchr(text, ':') == NULL || strchr(text, ':') != strrchr(text, ':')
			|| error->status == CNNVIZ_OK) {
		*error = other;
	}
	return find_parts(builder, text, MOST_NUMBERS, neuron, error);
}

/* ---- What the layer has ------------------------------------------------------------ */

/** The shape that the neuron's layer is shown in, for inputs of the plan's size */
static struct graph_shape layer_shape(const struct builder *builder, int32_t node)
{
	const struct graph *graph = builder->graph;
	const struct plan *plan = builder->plan;
	struct graph_shape *shapes = memory_new(graph->node_count, sizeof(*shapes));
	struct graph_roles *roles = memory_new(graph->node_count, sizeof(*roles));
	struct graph_shape shape = graph_shown_shape(&graph->roles[node],
			&graph->nodes[node].shape);
	struct error error;

	if (!plan->size_free
			&& graph_infer_part(graph, plan->size[0], plan->size[1], 1, &node,
					   shapes, &error)
					== CNNVIZ_OK) {
		graph_infer_roles(graph, shapes, NULL, roles);
		shape = graph_shown_shape(&roles[node], &shapes[node]);
	}
	free(roles);
	free(shapes);
	return shape;
}

static cnnviz_status check_place(const struct builder *builder,
		const struct neuron *neuron, struct error *error)
{
	const char *name = builder->graph->nodes[neuron->node].name;
	struct graph_shape shape = layer_shape(builder, neuron->node);
	char text[96];

	if (neuron->node == CNNVIZ_LAYER_INPUT || (shape.rank != 1 && shape.rank != 3)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has no channels that are neurons (its "
				"shape is %s); name one behind the input whose shape in "
				"`cnnviz layers` is that of features or of channels, "
				"height and width",
				name, shape_text(&shape, text));
	}
	if (neuron->channel >= shape.extent[0]) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has %" PRId64
				" channels, counted from 0, so there is no %" PRId64
				"; write one from 0 to %" PRId64,
				name, shape.extent[0], neuron->channel,
				shape.extent[0] - 1);
	}
	if (neuron->row >= 0 && shape.rank == 1) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has features without rows and columns; "
				"write %s:%" PRId64,
				name, name, neuron->channel);
	}
	if (!builder->plan->size_free && neuron->row >= 0
			&& (neuron->row >= shape.extent[1]
					|| neuron->column >= shape.extent[2])) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has %" PRId64 " rows and %" PRId64
				" columns for this size of input; write places from 0:0 "
				"to %" PRId64 ":%" PRId64,
				name, shape.extent[1], shape.extent[2],
				shape.extent[1] - 1, shape.extent[2] - 1);
	}
	return CNNVIZ_OK;
}

/* ---- Jobs ------------------------------------------------------------------------ */

/** The name by which results are known: that of the layer itself, not of a block */
static char *make_name(const struct builder *builder, const struct neuron *neuron)
{
	const char *layer = builder->graph->nodes[neuron->node].name;

	return neuron->row < 0
			? memory_format("%s:%" PRId64, layer, neuron->channel)
			: memory_format("%s:%" PRId64 ":%" PRId64 ":%" PRId64, layer,
					neuron->channel, neuron->row, neuron->column);
}

void plan_read_neuron(struct builder *builder, struct plan_job *job)
{
	const char *text = job_common_value(job, "neuron")->text;
	struct error error = { 0 };
	struct neuron neuron;

	if (text == NULL || builder->graph == NULL) {
		return;
	}
	if (job_common_value(job, "target")->set || job->region != NULL
			|| job_common_value(job, "objective")->integer
					!= ATTRIBUTION_OF_CLASS) {
		builder_problem(builder, job->name, "neuron",
				"it is explained in place of a class; remove the keys "
				"target, region and objective of this section, or this "
				"one");
		return;
	}
	if ((job->plugin->technique.asks & CNNVIZ_ASKS_CLASSES) != 0) {
		builder_problem(builder, job->name, "neuron",
				"%s compares a class with others, so that it explains "
				"none of the neurons; remove the key",
				job->plugin->technique.name);
		return;
	}
	if (parse(builder, text, &neuron, &error) != CNNVIZ_OK
			|| check_place(builder, &neuron, &error) != CNNVIZ_OK) {
		builder_problem(builder, job->name, "neuron", "%s", error.text);
	} else if (builder->plan->model != NULL) {
		neuron.name = make_name(builder, &neuron);
		job->neuron = neurons_add(&builder->plan->model->neurons, &neuron);
		free(neuron.name);
	}
}

/** Check a layer that a job looks at, by the key of another job or its own. */
static void check_layer(struct builder *builder, const struct plan_job *job,
		const struct plan_job *looking, const char *key, int64_t layer)
{
	const struct graph *graph = builder->graph;
	const struct neuron *neuron = neurons_get(&builder->plan->model->neurons,
			job->neuron);
	int32_t node = layer == CNNVIZ_LAYER_LOGITS ? graph->logits : (int32_t)layer;

	if (!graph_depends(graph, neuron->node, node)) {
		builder_problem(builder, job->name, "neuron",
				"nothing of the layer \"%s\", at which [%s] looks, "
				"reaches the neuron's layer \"%s\"; name one in front of "
				"that with %s = LAYER in [%s]",
				graph->nodes[node].name, looking->name,
				graph->nodes[neuron->node].name, key, looking->name);
	}
}

static void check_layers(struct builder *builder, const struct plan_job *job,
		const struct plan_job *looking)
{
	for (size_t i = 0; i < looking->plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &looking->plugin->parameters[i];
		const struct value *value = &looking->values[i];

		if (parameter->type != CNNVIZ_PARAMETER_LAYER || !value->set) {
			continue;
		}
		if (value->item_count == 0
				&& (parameter->flags & CNNVIZ_PARAMETER_LIST) == 0) {
			check_layer(builder, job, looking, parameter->name,
					value->integer);
		}
		for (size_t k = 0; k < value->item_count; k++) {
			check_layer(builder, job, looking, parameter->name,
					value->items[k].integer);
		}
	}
	for (size_t i = 0; i < looking->need_count; i++) {
		if (looking->needs[i]->valid) {
			check_layers(builder, job, looking->needs[i]);
		}
	}
}

void plan_check_neuron(struct builder *builder, const struct plan_job *job)
{
	if (job->neuron != 0) {
		check_layers(builder, job, job);
	}
}
