/**
 * \file    testing/rules.c
 * \brief   The test host's passes by rules of layers
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "testing/network.h"
#include "testing/tables.h"

/** What rules are where a test has prepared what passes answer */
static const cnnviz_rules prepared;

size_t network_rule_tensors;

static cnnviz_status compose(cnnviz_job *job, const cnnviz_composite *composite,
		const cnnviz_rules **result)
{
	/* Networks of tests keep the rules that were made of them. */
	cnnviz_test_network *network = (cnnviz_test_network *)(uintptr_t)job_network(job);
	cnnviz_rules *rules = NULL;
	struct error error;

	if (network == NULL) {
		*result = &prepared;
		return CNNVIZ_OK;
	}
	cnnviz_status status = rules_create(network->graph, composite, NULL, &rules,
			&error);

	if (status != CNNVIZ_OK) {
		return test_fail(job, status, "%s", error.text);
	}
	network->rules = memory_resize(network->rules, network->rule_count + 1,
			sizeof(cnnviz_rules *));
	network->rules[network->rule_count++] = rules;
	network_rule_tensors += rules->weights.tensor_count;
	*result = rules;
	return CNNVIZ_OK;
}

void network_release_rules(cnnviz_test_network *network)
{
	for (size_t i = 0; i < network->rule_count; i++) {
		network_rule_tensors -= network->rules[i]->weights.tensor_count;
		rules_release(network->rules[i]);
	}
	free(network->rules);
}

static cnnviz_status forward(cnnviz_job *job, const cnnviz_rules *rules,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass)
{
	cnnviz_status status;

	if (rules == NULL
			|| (rules != &prepared
					&& rules->graph != job_network(job)->graph)) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN,
				"rule->forward() got no rules of the network in use");
	}
	/* The reference engine keeps the values of all layers. */
	status = test_passes.forward(job, input, capture_count, captures, pass);
	if (status == CNNVIZ_OK) {
		(*pass)->rules = rules;
	}
	return status;
}

/* ---- Callbacks --------------------------------------------------------------------- */

/** A backward pass that may call functions of the technique's */
struct hooked {
	cnnviz_job *job;
	const cnnviz_rules *rules;
	const struct engine_question *question;
};

static cnnviz_status differentiate(const struct cnnviz_rule_call *call,
		const cnnviz_tensor *gradient, cnnviz_tensor **gradients)
{
	const struct hooked *hooked = call->host_data;
	struct error error;

	return gradient != NULL && tensor_same_shape(gradient, call->output)
			? hooked->question->differentiate(hooked->question, gradient,
					gradients, &error)
			: test_fail(hooked->job, CNNVIZ_ERROR_PLUGIN,
					"a rule asked for the gradient of a layer with a "
					"gradient of another shape than its output");
}

static cnnviz_status call_back(void *context, const struct engine_question *question,
		cnnviz_tensor **shares, struct error *error)
{
	struct hooked *hooked = context;
	const struct graph_node *node = &hooked->rules->graph->nodes[question->node];
	const struct rule_callback *callback = &hooked->rules->callbacks[question->node];
	const cnnviz_rule_call call = {
		.struct_size = sizeof(call),
		.layer = question->node,
		.input_count = (uint32_t)question->input_count,
		.inputs = question->inputs,
		.output = question->output,
		.relevance = question->relevance,
		.weight = node->weights[GRAPH_WEIGHT],
		.bias = node->weights[GRAPH_BIAS],
		.differentiate = differentiate,
		.host_data = hooked,
	};

	hooked->question = question;
	cnnviz_status status = callback->function(&cnnviz_test_host, hooked->job,
			callback->context, &call, shares);

	for (size_t k = 0; k < question->input_count && status == CNNVIZ_OK; k++) {
		if (shares[k] == NULL
				|| !tensor_same_shape(shares[k], question->inputs[k])) {
			status = test_fail(hooked->job, CNNVIZ_ERROR_PLUGIN,
					"a rule gave an input no share of its shape");
		}
	}
	return status == CNNVIZ_OK ? status : error_set(error, status, "a rule failed");
}

/* ---- Backward ---------------------------------------------------------------------- */

/** What is wrong with a pass and its reference, or NULL */
static const char *find_fault(const cnnviz_pass *pass, const cnnviz_pass *reference)
{
	if (pass == NULL || pass->rules == NULL) {
		return "rule->backward() got a pass that was not made by rule->forward()";
	}
	return pass->rules->refers
					&& (reference == NULL
							|| reference->rules != pass->rules
							|| reference->run->values[0].count
									!= pass->run->values[0]
											   .count)
			? "rule->backward() got no reference of the same rules and as "
			  "many inputs"
			: NULL;
}

static cnnviz_status backward(cnnviz_job *job, cnnviz_pass *pass,
		const cnnviz_pass *reference, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **relevance)
{
	const char *reason = find_fault(pass, reference);

	if (reason != NULL) {
		return test_fail(job, CNNVIZ_ERROR_PLUGIN, "%s", reason);
	}
	if (pass->network == NULL) {
		return test_passes.backward(job, pass, CNNVIZ_RULE_PLAIN, seed_count,
				seed_layers, seeds, wanted_count, wanted, relevance);
	}
	struct hooked hooked = { .job = job, .rules = pass->rules };
	const struct engine_rules rules = {
		.rules = pass->rules->rules,
		.hook = call_back,
		.context = &hooked,
	};
	const struct network_rules asked = {
		.rules = &rules,
		.reference = reference != NULL ? reference->run : NULL,
	};
	cnnviz_status status = network_backward(pass, CNNVIZ_RULE_PLAIN, &asked,
			seed_count, seed_layers, seeds, wanted_count, wanted, relevance,
			&reason);

	return status == CNNVIZ_OK || reason == NULL
			? status
			: test_fail(job, status, "%s", reason);
}

const cnnviz_rule_api test_rules = {
	.struct_size = sizeof(cnnviz_rule_api),
	.compose = compose,
	.forward = forward,
	.backward = backward,
};
