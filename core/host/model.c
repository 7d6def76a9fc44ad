/**
 * \file    host/model.c
 * \brief   The network's layers, classes and input range, for techniques
 */
#include "host/model.h"

#include "graph/attention.h"
#include "graph/facts.h"
#include "graph/operation.h"
#include "graph/roles.h"
#include "graph/starts.h"
#include "host/network.h"
#include "host/neuron.h"

int32_t graph_layer_node(const struct graph *graph, int64_t layer)
{
	if (layer == CNNVIZ_LAYER_LOGITS) {
		return graph->logits;
	}
	return layer >= 0 && (uint64_t)layer < graph->node_count ? (int32_t)layer
								 : CNNVIZ_LAYER_NONE;
}

int32_t layer_node(const struct session *session, int64_t layer)
{
	return graph_layer_node(session->plan->model->graph, layer);
}

/** The node of a layer for a call, of which the logits may be those of a neuron */
static int32_t job_layer_node(const cnnviz_job *job, int32_t layer)
{
	return layer == CNNVIZ_LAYER_LOGITS ? output_node(job, job->network)
					    : graph_layer_node(job_graph(job), layer);
}

static const struct graph_node *job_node(const cnnviz_job *job, int32_t layer)
{
	int32_t node = job_layer_node(job, layer);

	return node < 0 ? NULL : &job_graph(job)->nodes[node];
}

static const char *model_name(const cnnviz_job *job)
{
	return job_graph(job)->name;
}

static int32_t model_find_layer(const cnnviz_job *job, const char *name)
{
	return graph_find(job_graph(job), name);
}

static int32_t model_layer_count(const cnnviz_job *job)
{
	return (int32_t)job_graph(job)->node_count;
}

static const char *model_layer_name(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? node->name : NULL;
}

static const char *model_layer_operation(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? node->op->name : NULL;
}

static uint32_t model_layer_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	const struct graph_node *node = job_node(job, layer);

	if (node == NULL) {
		return 0;
	}
	struct graph_shape shown = graph_shown_shape(
			&job_graph(job)->roles[node - job_graph(job)->nodes],
			&node->shape);

	for (uint32_t i = 0; i < shown.rank; i++) {
		shape[i] = shown.extent[i];
	}
	return shown.rank;
}

static uint32_t model_layer_inputs(const cnnviz_job *job, int32_t layer, uint32_t room,
		int32_t *inputs)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? graph_copy_inputs(node, room, inputs) : 0;
}

static uint32_t model_layer_setting(const cnnviz_job *job, int32_t layer,
		const char *name, uint32_t room, double *values)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL ? graph_copy_setting(node, name, room, values) : 0;
}

static const cnnviz_tensor *model_layer_weight(const cnnviz_job *job, int32_t layer,
		uint32_t role)
{
	const struct graph_node *node = job_node(job, layer);

	return node != NULL && role < GRAPH_WEIGHT_COUNT ? node->weights[role] : NULL;
}

static cnnviz_status model_layer_offset(cnnviz_job *job, int32_t layer,
		cnnviz_tensor **offset)
{
	const struct graph_node *node = job_node(job, layer);
	cnnviz_status status = job_refuse(job, "model->layer_offset()");
	cnnviz_tensor *made = NULL;

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (node == NULL) {
		return job_misuse(job, "there is no layer number %ld", (long)layer);
	}
	if (!graph_make_offset(node, &made)) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	*offset = made;
	return CNNVIZ_OK;
}

static uint32_t model_side_layers(const cnnviz_job *job, int32_t layer, int32_t last,
		uint32_t room, int32_t *layers)
{
	const struct graph *graph = job_graph(job);

	return graph_list_sides(graph, job_layer_node(job, layer),
			job_layer_node(job, last), room, layers);
}

static uint32_t model_attention_shape(const cnnviz_job *job, int32_t layer,
		int64_t *shape)
{
	const struct graph *graph = job_graph(job);

	return graph_attention_shape(graph, graph_layer_node(graph, layer), shape);
}

static uint32_t model_attention_grid(const cnnviz_job *job, int32_t layer,
		int64_t grid[3])
{
	const struct graph *graph = job_graph(job);

	return graph_attention_grid(graph, graph_layer_node(graph, layer), grid) ? 3 : 0;
}

static int64_t model_class_count(const cnnviz_job *job)
{
	return job_model(job)->class_count;
}

static const char *model_label(const cnnviz_job *job, int64_t target)
{
	return model_class_name(job_model(job), target);
}

static void model_normalization(const cnnviz_job *job, uint32_t channel, float *mean,
		float *std)
{
	const struct normalization *normalization = &job_graph(job)->normalization;

	if (channel >= (uint32_t)normalization->channels) {
		job_misuse(job, "asked for the normalization of channel %u of %d",
				(unsigned)channel, normalization->channels);
		*mean = 0;
		*std = 1;
		return;
	}
	*mean = normalization->mean[channel] / normalization->scale;
	*std = normalization->std[channel] / normalization->scale;
}

static uint32_t model_batch(const cnnviz_job *job)
{
	return (uint32_t)job->session->plan->batch;
}

const cnnviz_model_api model_services = {
	.struct_size = sizeof(cnnviz_model_api),
	.name = model_name,
	.find_layer = model_find_layer,
	.layer_count = model_layer_count,
	.layer_name = model_layer_name,
	.layer_operation = model_layer_operation,
	.layer_shape = model_layer_shape,
	.layer_inputs = model_layer_inputs,
	.layer_setting = model_layer_setting,
	.layer_weight = model_layer_weight,
	.layer_offset = model_layer_offset,
	.side_layers = model_side_layers,
	.class_count = model_class_count,
	.class_name = model_label,
	.normalization = model_normalization,
	.batch = model_batch,
	.perturbed = network_perturbed,
	.open = network_opened,
	.use = network_use,
	.unref = network_unref,
	.attention_shape = model_attention_shape,
	.attention_grid = model_attention_grid,
};
