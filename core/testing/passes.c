/**
 * \file    testing/passes.c
 * \brief   The test host's network: facts and passes
 */
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/facts.h"
#include "graph/operation.h"
#include "graph/starts.h"
#include "testing/network.h"
#include "testing/tables.h"

/* ---- Facts ------------------------------------------------------------------ */

static const struct graph_node *find_node(const cnnviz_job *job, int32_t layer)
{
	int32_t node = job->network != NULL ? network_node(job->network, layer) : -1;

	return node < 0 ? NULL : &job->network->graph->nodes[node];
}

static const char *name(const cnnviz_job *job)
{
	(void)job;
	return "test";
}

static int32_t find_layer(const cnnviz_job *job, const char *layer)
{
	return job->network != NULL ? graph_find(job->network->graph, layer)
				    : CNNVIZ_LAYER_NONE;
}

static int32_t layer_count(const cnnviz_job *job)
{
	return job->network != NULL ? (int32_t)job->network->graph->node_count : 0;
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

	if (job->network == NULL) {
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
	return job->network != NULL ? job->network->class_count : 5;
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
	return job->network != NULL ? graph_list_sides(job->network->graph,
			       network_node(job->network, layer),
			       network_node(job->network, last), room, layers)
				    : 0;
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
};

/* ---- Passes -------------------------------------------------------------------- */

/**
 * The first items of a prepared activation, for an input with fewer items; otherwise
 * NULL
 */
static cnnviz_tensor *first_items(const cnnviz_tensor *prepared,
		const cnnviz_tensor *input)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	if (prepared == NULL || input == NULL
			|| tensor_shape(input)[0] >= tensor_shape(prepared)[0]) {
		return NULL;
	}
	memcpy(shape, tensor_shape(prepared), tensor_rank(prepared) * sizeof(*shape));
	shape[0] = tensor_shape(input)[0];

	cnnviz_tensor *first_items = tensor_create(tensor_rank(prepared), shape);

	memcpy(tensor_mutable_data(first_items), tensor_data(prepared),
			(size_t)tensor_count(first_items) * sizeof(float));
	return first_items;
}

/** A pass that gives what the test has prepared */
static cnnviz_pass *answer(const cnnviz_job *job, const cnnviz_tensor *input,
		int32_t layer)
{
	cnnviz_pass *pass = memory_new(1, sizeof(*pass));

	pass->first_items = first_items(job->activation, input);
	pass->answer = pass->first_items != NULL ? pass->first_items : job->activation;
	pass->layer = layer;
	network_live_passes++;
	return pass;
}

static cnnviz_status forward(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **made)
{
	const char *reason = NULL;

	job->passes++;
	if (job->pass_fails) {
		return test_fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	if (job->network == NULL) {
		*made = answer(job, input, captures[0]);
		return CNNVIZ_OK;
	}
	cnnviz_status status = network_forward(job->network, input, capture_count,
			captures, made, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

static cnnviz_status forward_from(cnnviz_job *job, const cnnviz_pass *pass, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **made)
{
	const char *reason = NULL;

	job->passes++;
	if (job->pass_fails) {
		return test_fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	if (job->network == NULL) {
		*made = answer(job, activation, captures[0]);
		return CNNVIZ_OK;
	}
	cnnviz_status status = network_forward_from(pass, layer, activation, items, flags,
			capture_count, captures, made, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

static const cnnviz_tensor *activation_of(const cnnviz_pass *pass, int32_t layer)
{
	if (pass->network == NULL) {
		return layer == pass->layer ? pass->answer : NULL;
	}
	return network_activation(pass, layer);
}

static cnnviz_status backward(cnnviz_job *job, cnnviz_pass *pass, uint32_t rule,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	const char *reason = NULL;

	job->rule = rule;
	if (pass->network == NULL) {
		for (uint32_t i = 0; i < wanted_count; i++) {
			gradients[i] = test_copy(job->gradient);
		}
		return CNNVIZ_OK;
	}
	cnnviz_status status = network_backward(pass, rule, seed_count, seed_layers,
			seeds, wanted_count, wanted, gradients, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

/** As the host does it: forward to the logits, backward to the layer */
static cnnviz_status differentiate(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	const int32_t captures[] = { CNNVIZ_LAYER_LOGITS, layer };
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = forward(job, batch->inputs, 2, captures, &pass);

	if (status == CNNVIZ_OK) {
		status = test_objectives.logit(job,
				activation_of(pass, CNNVIZ_LAYER_LOGITS), batch->targets,
				NULL, &seed);
	}
	if (status == CNNVIZ_OK) {
		status = backward(job, pass, rule, 1, captures,
				(const cnnviz_tensor *const *)&seed, 1, &layer, gradient);
	}
	if (status == CNNVIZ_OK && activation != NULL) {
		*activation = test_copy(activation_of(pass, layer));
	}
	tensor_unref(seed);
	network_pass_free(pass);
	return status;
}

static cnnviz_status logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	job->rule = rule;
	job->layer = layer;
	if (job->network != NULL) {
		return differentiate(job, batch, rule, layer, activation, gradient);
	}
	job->passes++;
	if (job->pass_fails) {
		return test_fail(job, CNNVIZ_ERROR_ENGINE, "the pass failed");
	}
	if (activation != NULL) {
		*activation = test_copy(job->activation);
	}
	*gradient = test_copy(job->gradient);
	return CNNVIZ_OK;
}

const cnnviz_pass_api test_passes = {
	.struct_size = sizeof(cnnviz_pass_api),
	.forward = forward,
	.forward_from = forward_from,
	.activation = activation_of,
	.backward = backward,
	.unref = network_pass_free,
	.logit_gradient = logit_gradient,
};
