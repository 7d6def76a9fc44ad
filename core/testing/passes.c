/**
 * \file    testing/passes.c
 * \brief   The test host's passes
 */
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "testing/network.h"
#include "testing/tables.h"

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
	if (job_network(job) == NULL) {
		*made = answer(job, input, captures[0]);
		return CNNVIZ_OK;
	}
	cnnviz_status status = network_forward(job_network(job), input, capture_count,
			captures, made, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

static cnnviz_status forward_only(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **made)
{
	cnnviz_status status = forward(job, input, capture_count, captures, made);

	if (status == CNNVIZ_OK) {
		(*made)->forward_only = true;
	}
	return status;
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
	if (job_network(job) == NULL) {
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
	cnnviz_status status = network_backward(pass, rule, NULL, seed_count, seed_layers,
			seeds, wanted_count, wanted, gradients, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

static cnnviz_status hessian_product(cnnviz_job *job, const cnnviz_pass *pass,
		int32_t layer, uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product)
{
	const char *reason = NULL;

	if (pass != NULL && pass->network == NULL) {
		*product = cnnviz_test_tensor(tensor_rank(direction),
				tensor_shape(direction), NULL);
		return CNNVIZ_OK;
	}
	cnnviz_status status = network_hessian_product(pass, layer, seed_count,
			seed_layers, seeds, direction, product, &reason);

	return status == CNNVIZ_OK ? status : test_fail(job, status, "%s", reason);
}

/** Networks of tests have no attentions. */
static cnnviz_status attention(cnnviz_job *job, const cnnviz_pass *pass, int32_t layer,
		cnnviz_tensor **weights)
{
	(void)pass;
	(void)weights;
	return test_fail(job, CNNVIZ_ERROR_PLUGIN,
			"layer number %ld is no attention that the pass has captured",
			(long)layer);
}

static cnnviz_status attention_gradients(cnnviz_job *job, cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	(void)seed_count;
	(void)seed_layers;
	(void)seeds;
	return attention(job, pass, wanted_count > 0 ? wanted[0] : CNNVIZ_LAYER_NONE,
			gradients);
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
	if (job_network(job) != NULL) {
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
	.forward_only = forward_only,
	.hessian_product = hessian_product,
	.attention = attention,
	.attention_gradients = attention_gradients,
};
