/**
 * \file    host/pass_attention.c
 * \brief   Weights of attentions, and their gradients, for techniques
 *
 * Engines compute no weights as a whole. A pass that captures an attention captures its
 * inputs too, from which the weights follow, and from the gradient at its output theirs.
 */
#include "host/pass_attention.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "graph/attention.h"
#include "host/batch_pass.h"
#include "host/held_pass.h"
#include "host/shown.h"

static cnnviz_status check_phase(cnnviz_job *job, const char *service)
{
	return interrupt_requested() ? job_fail(job, CNNVIZ_ERROR_CANCELED, "interrupted")
				     : job_refuse(job, service);
}

/** The node of an attention that a pass has captured */
static cnnviz_status find_attention(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t layer, int32_t *node)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	*node = pass != NULL ? pass_node(pass, layer) : CNNVIZ_LAYER_NONE;
	if (*node < 0 || !pass_captures(pass, *node)
			|| graph_attention_shape(pass_graph(pass), *node, shape) == 0) {
		return job_misuse(job,
				"the weights of layer number %ld are requested, which is "
				"no attention that the pass has captured",
				(long)layer);
	}
	return CNNVIZ_OK;
}

cnnviz_status pass_attention(cnnviz_job *job, const cnnviz_pass *pass, int32_t layer,
		cnnviz_tensor **weights)
{
	const cnnviz_tensor *inputs[ATTENTION_MOST_INPUTS];
	const struct graph_node *attention;
	cnnviz_tensor *result;
	int32_t node;
	cnnviz_status status = check_phase(job, "pass->attention()");

	if (status == CNNVIZ_OK) {
		status = find_attention(job, pass, layer, &node);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	attention = &pass_graph(pass)->nodes[node];
	for (size_t i = 0; i < attention->input_count && status == CNNVIZ_OK; i++) {
		status = shared_pass_activation(pass->pass, attention->inputs[i],
				&inputs[i], &job->fault->error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	result = graph_attention_weights(attention, inputs);
	if (result == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	*weights = result;
	return CNNVIZ_OK;
}

/* ---- Gradients ----------------------------------------------------------------- */

static cnnviz_status check_gradients(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t seed_count, uint32_t wanted_count)
{
	cnnviz_status status = check_phase(job, "pass->attention_gradients()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	return pass != NULL && pass->backward && seed_count > 0 && wanted_count > 0
			? CNNVIZ_OK
			: job_misuse(job,
					"gradients of attentions are requested without "
					"a seed or a layer, or of a pass that was "
					"made with CNNVIZ_PASS_FORWARD_ONLY");
}

/** Gradients of the layers' outputs, in the engine's order: with class tokens */
static cnnviz_status go_backward(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_nodes,
		const cnnviz_tensor *const *seeds, uint32_t count, const int32_t *nodes,
		cnnviz_tensor **gradients)
{
	struct error *error = &job->fault->error;
	cnnviz_tensor **converted = memory_new(seed_count, sizeof(cnnviz_tensor *));
	cnnviz_status status = shown_seeds_to_engine(pass, seed_count, seed_nodes, seeds,
			converted, error);

	if (status == CNNVIZ_OK) {
		do {
			status = shared_pass_backward(pass->pass, CNNVIZ_RULE_PLAIN,
					seed_count, seed_nodes,
					(const cnnviz_tensor *const *)converted, count,
					nodes, gradients, error);
		} while (status != CNNVIZ_OK && batch_pass_drop(job->session, error));
	}
	for (uint32_t i = 0; i < seed_count; i++) {
		tensor_unref(converted[i]);
	}
	free(converted);
	return status;
}

/** Put the gradient of an attention's weights in place of that of its output. */
static cnnviz_status turn_to_weights(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t node, cnnviz_tensor **gradient)
{
	const struct graph_node *attention = &pass_graph(pass)->nodes[node];
	const cnnviz_tensor *values;
	cnnviz_tensor *result;
	cnnviz_status status = shared_pass_activation(pass->pass,
			attention->inputs[ATTENTION_VALUES], &values, &job->fault->error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	result = graph_attention_gradient(*gradient, values);
	tensor_unref(*gradient);
	*gradient = result;
	return result != NULL ? CNNVIZ_OK
			      : job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
}

/** As turn_to_weights(), for all layers; releases what there is after a failure. */
static cnnviz_status turn_all(cnnviz_job *job, const cnnviz_pass *pass, uint32_t count,
		const int32_t *nodes, cnnviz_tensor **gradients)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = turn_to_weights(job, pass, nodes[i], &gradients[i]);
	}
	for (uint32_t i = 0; i < count && status != CNNVIZ_OK; i++) {
		tensor_unref(gradients[i]);
		gradients[i] = NULL;
	}
	return status;
}

cnnviz_status pass_attention_gradients(cnnviz_job *job, cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	cnnviz_status status = check_gradients(job, pass, seed_count, wanted_count);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int32_t *seed_nodes = memory_new(seed_count, sizeof(*seed_nodes));
	int32_t *nodes = memory_new(wanted_count, sizeof(*nodes));
	cnnviz_tensor **results = memory_new(wanted_count, sizeof(cnnviz_tensor *));

	status = pass_resolve_seeds(job, pass, seed_count, seed_layers, seeds,
			seed_nodes);
	for (uint32_t i = 0; i < wanted_count && status == CNNVIZ_OK; i++) {
		status = find_attention(job, pass, wanted[i], &nodes[i]);
	}
	if (status == CNNVIZ_OK) {
		status = go_backward(job, pass, seed_count, seed_nodes, seeds,
				wanted_count, nodes, results);
	}
	if (status == CNNVIZ_OK) {
		status = turn_all(job, pass, wanted_count, nodes, results);
	}
	for (uint32_t i = 0; i < wanted_count && status == CNNVIZ_OK; i++) {
		gradients[i] = results[i];
	}
	free(results);
	free(nodes);
	free(seed_nodes);
	return status;
}
