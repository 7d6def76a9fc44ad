/**
 * \file    host/pass.c
 * \brief   Forward and backward passes for plugins, with checks of their arguments
 */
#include "host/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "graph/last_features.h"
#include "graph/operation.h"
#include "host/batch_pass.h"
#include "host/guard.h"
#include "host/held_pass.h"
#include "host/job.h"
#include "host/network.h"
#include "host/objective.h"
#include "host/pass_attention.h"
#include "host/pass_from.h"
#include "host/pass_hessian.h"
#include "host/rules.h"
#include "host/shown.h"

/* ---- Forward ------------------------------------------------------------- */

static cnnviz_status check_input(cnnviz_job *job, const cnnviz_tensor *input)
{
	int channels = job_graph(job)->normalization.channels;
	char text[96];

	if (input == NULL || tensor_rank(input) != 4
			|| tensor_shape(input)[1] != channels) {
		return job_misuse(job,
				"a pass was given an input of shape %s, but the network "
				"accepts (N,%d,H,W)",
				input != NULL ? tensor_shape_text(tensor_rank(input),
						tensor_shape(input), text, sizeof(text))
					      : "none",
				channels);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_phase(cnnviz_job *job, const char *service)
{
	return interrupt_requested() ? job_fail(job, CNNVIZ_ERROR_CANCELED, "interrupted")
				     : job_refuse(job, service);
}

/** Whether a technique may go backward from a pass of an input */
static bool may_go_backward(const cnnviz_job *job, const cnnviz_tensor *input)
{
	uint32_t asks = job->plan->plugin->technique.asks;

	return job->batch == NULL || input != job->batch->inputs
			|| (asks & CNNVIZ_ASKS_ACTIVATIONS) == 0
			|| (asks & CNNVIZ_ASKS_GRADIENTS) != 0;
}

/** Take the batch's pass, or run one from the input. */
static cnnviz_status take_pass(cnnviz_job *job, cnnviz_pass *pass)
{
	const struct engine_start input = { .value = pass->input };

	/* What a batch's jobs share is of the run's network. */
	pass->pass = pass->network == NULL ? batch_pass_take(job->session, pass->input,
				     pass->count, pass->nodes, pass->backward)
					   : NULL;
	return pass->pass != NULL ? CNNVIZ_OK : pass_run(job, pass, 1, &input);
}

/** Run a pass, after which backward passes may follow or not. */
static cnnviz_status run_forward(cnnviz_job *job, const cnnviz_tensor *input,
		bool backward, uint32_t capture_count, const int32_t *captures,
		cnnviz_pass **result)
{
	const struct graph *graph = job_graph(job);
	cnnviz_status status = check_phase(job, "pass->forward()");
	cnnviz_pass *pass = NULL;

	if (status == CNNVIZ_OK) {
		status = check_input(job, input);
	}
	if (status == CNNVIZ_OK) {
		status = pass_create(job, job->network, input, CNNVIZ_LAYER_INPUT,
				capture_count, captures, &pass);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	pass->backward = backward;
	/* Fails if a layer does not accept inputs of this size. */
	status = graph_infer_part(graph, tensor_shape(input)[2], tensor_shape(input)[3],
			pass->count, pass->nodes, pass->shapes, &job->fault->error);
	if (status == CNNVIZ_OK) {
		graph_infer_roles(graph, pass->shapes, NULL, pass->roles);
		status = take_pass(job, pass);
	}
	if (status != CNNVIZ_OK) {
		pass_unref(pass);
		return status;
	}
	*result = pass;
	return CNNVIZ_OK;
}

static cnnviz_status pass_forward(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result)
{
	return run_forward(job, input, may_go_backward(job, input), capture_count,
			captures, result);
}

static cnnviz_status pass_forward_only(cnnviz_job *job, const cnnviz_tensor *input,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result)
{
	return run_forward(job, input, false, capture_count, captures, result);
}

static const cnnviz_tensor *pass_activation(const cnnviz_pass *pass, int32_t layer)
{
	int32_t node = pass_node(pass, layer);
	const cnnviz_tensor *activation = NULL;

	if (pass_captures(pass, node)
			&& shown_activation(pass, node, &activation, &pass->fault->error)
					!= CNNVIZ_OK) {
		pass->fault->misused = true; /* so that the call fails with this reason */
	}
	/* With inputs of its own, or values of the pass's own, it harms itself alone. */
	if (activation != NULL && pass->job->batch != NULL
			&& shown_is_unchanged(pass, node)
			&& pass->input == pass->job->batch->inputs) {
		guard_activation(pass->job, activation);
	}
	return activation;
}

/* ---- Backward ------------------------------------------------------------ */

static cnnviz_status check_backward(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t rule, uint32_t seed_count, uint32_t wanted_count)
{
	cnnviz_status status = check_phase(job, "pass->backward()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (pass == NULL || seed_count < 1 || wanted_count < 1
			|| rule > CNNVIZ_RULE_REDIRECTED) {
		return job_misuse(job,
				"a backward pass has no seed, no requested layer or an "
				"unknown rule");
	}
	if (!pass->backward && may_go_backward(job, pass->input)) {
		return job_misuse(job,
				"a backward pass starts from a pass that was made with "
				"CNNVIZ_PASS_FORWARD_ONLY, which keeps nothing for it");
	}
	if (!pass->backward) {
		return job_misuse(job,
				"a backward pass starts from the batch's inputs, but the "
				"descriptor says that it asks for their activations "
				"alone");
	}
	return CNNVIZ_OK;
}

static cnnviz_status pass_backward(cnnviz_job *job, cnnviz_pass *pass, uint32_t rule,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients)
{
	cnnviz_status status = check_backward(job, pass, rule, seed_count, wanted_count);

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct pass_way way;

	status = pass_way_begin(job, pass, seed_count, seed_layers, seeds, wanted_count,
			wanted, &way);
	if (status == CNNVIZ_OK) {
		do {
			status = shown_backward(pass, rule, NULL, seed_count, way.seeds,
					seeds, wanted_count, way.wanted, way.results,
					&job->fault->error);
		} while (status != CNNVIZ_OK
				&& batch_pass_drop(job->session, &job->fault->error));
	}
	if (status == CNNVIZ_OK) {
		memcpy(gradients, way.results, wanted_count * sizeof(cnnviz_tensor *));
		rules_note(job, pass_graph(pass), rule, seed_count, way.seeds,
				wanted_count, way.wanted);
	}
	if (status == CNNVIZ_OK && way.seeds[0] == pass_graph(pass)->logits) {
		shown_warn_past(job, pass, wanted_count, way.wanted, way.results);
	}
	pass_way_end(&way);
	return status;
}

/* ---- Gradient of the target's logit -------------------------------------- */

/**
 * Whether only a ReLU, pooling and reshaping follow the last weights, as in SqueezeNet:
 * then a class whose map has no positive value has a zero gradient.
 */
static bool relu_after_class_map(const struct graph *graph)
{
	int32_t node = graph->logits;

	while (node > 0 && graph->nodes[node].input_count == 1) {
		uint32_t flags = graph->nodes[node].op->flags;

		if ((flags & OPERATION_RECTIFIES) != 0) {
			return true;
		}
		if ((flags & (OPERATION_POOLS | OPERATION_IDENTITY)) == 0) {
			return false;
		}
		node = graph->nodes[node].inputs[0];
	}
	return false;
}

static void warn_no_gradient(cnnviz_job *job, int64_t item, uint32_t rule, double value)
{
	const char *cause = "no positive activation connects the layer to the class";
	bool neuron = CNNVIZ_IS_NEURON(job->batch->targets[item]);
	char text[256];

	if (neuron) {
		cause = "what the picture shows does not activate it, or not through the "
			"layer";
	} else if (value == 0 && relu_after_class_map(job_graph(job))) {
		cause = "every value of its class map is negative, so the ReLU before "
			"pooling stops the gradient";
	} else if (rule != CNNVIZ_RULE_PLAIN) {
		cause = "the backward rule removes all evidence for the class";
	}
	snprintf(text, sizeof(text),
			"the gradient of this %s is zero everywhere (%s %.4g): %s",
			neuron ? "neuron" : "class", neuron ? "value" : "logit", value,
			cause);
	job_warn(job, item, text);
}

static void warn_zero_items(cnnviz_job *job, const cnnviz_batch *batch, uint32_t rule,
		const double *values, const cnnviz_tensor *gradient)
{
	int64_t size = tensor_count(gradient) / tensor_shape(gradient)[0];

	for (uint32_t n = 0; n < batch->count; n++) {
		const float *data = tensor_data(gradient) + (int64_t)n * size;
		int64_t i = 0;

		while (i < size && data[i] == 0) {
			i++;
		}
		if (i < size) {
			continue;
		}
		if (job->batch != NULL && batch->inputs == job->batch->inputs) {
			warn_no_gradient(job, n, rule, values[n]);
		} else {
			log_write(LOG_LEVEL_DETAIL,
					"[%s] the gradient of one of its own inputs is "
					"zero everywhere",
					job->plan->name);
		}
	}
}

static cnnviz_status check_batch(cnnviz_job *job, const cnnviz_batch *batch)
{
	if (batch == NULL || batch->count < 1 || batch->inputs == NULL
			|| batch->targets == NULL
			|| tensor_shape(batch->inputs)[0] != batch->count) {
		return job_misuse(job,
				"pass->logit_gradient() was given a batch whose count "
				"differs from the number of inputs or targets");
	}
	return CNNVIZ_OK;
}

/** Values of the targets' logits, and their gradient with respect to all logits */
static cnnviz_status seed_targets(cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_pass *pass, double *values, cnnviz_tensor **seed)
{
	const cnnviz_tensor *scores = pass_activation(pass, CNNVIZ_LAYER_LOGITS);

	return scores != NULL
			? objective_services.batch_logit(job, batch, scores, values, seed)
			: job->fault->error.status;
}

/** A layer's activation as the plugin's own: a copy if other jobs will see it */
static cnnviz_status give_activation(const cnnviz_job *job, const cnnviz_batch *batch,
		const cnnviz_pass *pass, int32_t layer, cnnviz_tensor **activation)
{
	bool input = layer == CNNVIZ_LAYER_INPUT;
	const cnnviz_tensor *found = input ? batch->inputs : pass_activation(pass, layer);

	if (found == NULL) {
		return job->fault->error.status;
	}
	*activation = !input && shared_pass_is_shared(pass->pass)
			? tensor_copy(found)
			: tensor_ref((cnnviz_tensor *)(uintptr_t)found);
	return *activation != NULL ? CNNVIZ_OK
				   : job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
}

static cnnviz_status pass_logit_gradient(cnnviz_job *job, const cnnviz_batch *batch,
		uint32_t rule, int32_t layer, cnnviz_tensor **activation,
		cnnviz_tensor **gradient)
{
	const int32_t captures[] = { CNNVIZ_LAYER_LOGITS, layer };
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL, *result = NULL;
	double *values = NULL;
	cnnviz_status status = job_refuse(job, "pass->logit_gradient()");

	if (status == CNNVIZ_OK) {
		status = check_batch(job, batch);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	values = memory_new(batch->count, sizeof(*values));
	status = pass_forward(job, batch->inputs, layer == CNNVIZ_LAYER_INPUT ? 1 : 2,
			captures, &pass);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	status = seed_targets(job, batch, pass, values, &seed);
	if (status != CNNVIZ_OK) {
		goto done;
	}
	const cnnviz_tensor *const seeds[] = { seed };
	if (rule == CNNVIZ_RULE_PLAIN) {
		batch_pass_foresee(job->session, pass->pass, batch->targets);
	}
	status = pass_backward(job, pass, rule, 1, &logits, seeds, 1, &layer, &result);
	if (status == CNNVIZ_OK && activation != NULL) {
		status = give_activation(job, batch, pass, layer, activation);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(result);
		goto done;
	}
	/* Of a layer behind the last attention, pass_backward() has told already. */
	if (!graph_is_past_features(pass_graph(pass), pass_node(pass, layer))) {
		warn_zero_items(job, batch, rule, values, result);
	}
	*gradient = result;
done:
	free(values);
	tensor_unref(seed);
	pass_unref(pass);
	return status;
}

const cnnviz_pass_api pass_services = {
	.struct_size = sizeof(cnnviz_pass_api),
	.forward = pass_forward,
	.forward_from = pass_forward_from,
	.activation = pass_activation,
	.backward = pass_backward,
	.unref = pass_unref,
	.logit_gradient = pass_logit_gradient,
	.forward_only = pass_forward_only,
	.hessian_product = pass_hessian_product,
	.attention = pass_attention,
	.attention_gradients = pass_attention_gradients,
};
