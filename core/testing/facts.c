/**
 * \file    testing/facts.c
 * \brief   The test host's facts about a network
 */
#include <string.h>

#include "base/tensor.h"
#include "graph/facts.h"
#include "graph/operation.h"
#include "graph/starts.h"
#include "testing/network.h"
#include "testing/tables.h"

static const struct graph_node *find_node(const cnnviz_job *job, int32_t layer)
{
	int32_t node = job_network(job) != NULL ? network_node(job_network(job), layer)
						: -1;

	return node < 0 ? NULL : &job_network(job)->graph->nodes[node];
}

static const char *name(const cnnviz_job *job)
{
	(void)job;
	return "test";
}

static int32_t find_layer(const cnnviz_job *job, const char *layer)
{
	return job_network(job) != NULL ? graph_find(job_network(job)->graph, layer)
					: CNNVIZ_LAYER_NONE;
}

static int32_t layer_count(const cnnviz_job *job)
{
	return job_network(job) != NULL ? (int32_t)job_network(job)->graph->node_count
					: 0;
}

static const char *layer_name(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = find_node(job, layer);

	return node != NULL ? node->name : NULL;
}

static const char *layer_operation(const cnnviz_job *job, int32_t layer)
{
	const struct graph_node *node = find_node(job, layer);

	return node != NULL ? node->op->name : NULL;
}

static uint32_t layer_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	const struct graph_node *node = find_node(job, layer);

	if (job_network(job) == NULL) {
		memcpy(shape, job->layer_shape, sizeof(job->layer_shape));
		return job->layer_rank;
	}
	for (uint32_t i = 0; node != NULL && i < node->shape.rank; i++) {
		shape[i] = node->shape.extent[i];
	}
	return node != NULL ? node->shape.rank : 0;
}

static int64_t class_count(const cnnviz_job *job)
{
	return job_network(job) != NULL ? job_network(job)->class_count : 5;
}

static const char *class_name(const cnnviz_job *job, int64_t index)
{
	static const char *const names[] = { "cat", "dog", "eel", "fox", "gnu & \"co\"" };

	(void)job;
	return index >= 0 && index < 5 ? names[index] : NULL;
}

static void normalization(const cnnviz_job *job, uint32_t channel, float *mean,
		float *std)
{
	(void)job;
	(void)channel;
	*mean = 0;
	*std = 1;
}

static uint32_t batch_size(const cnnviz_job *job)
{
	return job->batch > 0 ? job->batch : 1;
}

static uint32_t layer_inputs(const cnnviz_job *job, int32_t layer, uint32_t room,
		int32_t *inputs)
{
	const struct graph_node *node = find_node(job, layer);

	return node != NULL ? graph_copy_inputs(node, room, inputs) : 0;
}

static uint32_t layer_setting(const cnnviz_job *job, int32_t layer, const char *setting,
		uint32_t room, double *values)
{
	const struct graph_node *node = find_node(job, layer);

	return node != NULL ? graph_copy_setting(node, setting, room, values) : 0;
}

static const cnnviz_tensor *layer_weight(const cnnviz_job *job, int32_t layer,
		uint32_t role)
{
	const struct graph_node *node = find_node(job, layer);

	return node != NULL && role < GRAPH_WEIGHT_COUNT ? node->weights[role] : NULL;
}

static cnnviz_status layer_offset(cnnviz_job *job, int32_t layer, cnnviz_tensor **offset)
{
	const struct graph_node *node = find_node(job, layer);

	if (node == NULL) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN,
				"model->layer_offset() got a layer that does not exist");
	}
	return graph_make_offset(node, offset)
			? CNNVIZ_OK
			: test_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
}

static uint32_t side_layers(const cnnviz_job *job, int32_t layer, int32_t last,
		uint32_t room, int32_t *layers)
{
	return job_network(job) != NULL ? graph_list_sides(job_network(job)->graph,
			       network_node(job_network(job), layer),
			       network_node(job_network(job), last), room, layers)
					: 0;
}

/** Networks of tests have no attentions. */
static uint32_t attention_shape(const cnnviz_job *job, int32_t layer, int64_t *shape)
{
	(void)job;
	(void)layer;
	(void)shape;
	return 0;
}

static uint32_t attention_grid(const cnnviz_job *job, int32_t layer, int64_t grid[3])
{
	return attention_shape(job, layer, grid);
}

const cnnviz_model_api test_model = {
	.struct_size = sizeof(cnnviz_model_api),
	.name = name,
	.find_layer = find_layer,
	.layer_count = layer_count,
	.layer_name = layer_name,
	.layer_operation = layer_operation,
	.layer_shape = layer_shape,
	.layer_inputs = layer_inputs,
	.layer_setting = layer_setting,
	.layer_weight = layer_weight,
	.layer_offset = layer_offset,
	.side_layers = side_layers,
	.class_count = class_count,
	.class_name = class_name,
	.normalization = normalization,
	.batch = batch_size,
	.perturbed = test_perturbed,
	.open = test_open,
	.use = test_use,
	.unref = test_network_unref,
	.attention_shape = attention_shape,
	.attention_grid = attention_grid,
};
