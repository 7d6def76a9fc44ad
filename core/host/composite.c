/**
 * \file    host/composite.c
 * \brief   Passes by rules of layers
 *
 * The engine gets what the rules of nodes have been made into, and a hook where a plugin's
 * function is one of them.
 */
#include "host/composite.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "host/batch_pass.h"
#include "host/held_pass.h"
#include "host/network.h"
#include "host/pass.h"
#include "host/rule_cache.h"
#include "host/shown.h"
#include "rules/check.h"

/* ---- Applying ---------------------------------------------------------------------- */

static cnnviz_status open_changed(void *owner, const struct graph *graph,
		struct engine_network **network, struct error *error)
{
	const struct session *session = owner;

	return network_open_on(session->engine, session->plan, graph, session->brief,
			network, error);
}

static void close_changed(void *owner, struct engine_network *network)
{
	const struct session *session = owner;

	session->engine->close(network);
}

/** Let a call use rules until it ends. */
static void lend(struct cnnviz_job *job, cnnviz_rules *rules)
{
	job->rules = memory_resize(job->rules, job->rule_count + 1,
			sizeof(cnnviz_rules *));
	job->rules[job->rule_count++] = rules_ref(rules);
}

void composite_release(struct cnnviz_job *call)
{
	for (size_t i = 0; i < call->rule_count; i++) {
		rules_release(call->rules[i]);
	}
	free(call->rules);
}

/** Apply a composite that the network does not have yet, and keep it; takes the key. */
static cnnviz_status apply(cnnviz_job *job, const cnnviz_composite *composite,
		struct kept_rules **kept, struct rule_key *key)
{
	const struct rule_opener opener = { open_changed, close_changed, job->session };
	cnnviz_rules *rules = NULL;
	struct error error;
	cnnviz_status status = rules_create(job_graph(job), composite, &opener, &rules,
			&error);

	if (status != CNNVIZ_OK) {
		free(key->bytes);
		return job_fail(job, status, "%s", error.text);
	}
	rule_cache_keep(kept, key, rules);
	lend(job, rules);
	rules_release(rules);
	return CNNVIZ_OK;
}

static cnnviz_status rule_compose(cnnviz_job *job, const cnnviz_composite *composite,
		const cnnviz_rules **rules)
{
	cnnviz_status status = job_refuse(job, "rule->compose()");
	struct error error;

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = rule_check_composite(job_graph(job), composite, &error);
	if (status == CNNVIZ_ERROR_PLUGIN) {
		return job_misuse(job, "%s", error.text);
	}
	if (status != CNNVIZ_OK) {
		return job_fail(job, status, "%s", error.text);
	}
	struct kept_rules **kept = job->network != NULL ? &job->network->rules
							: &job->session->rules;
	struct rule_key key = rule_key_of(composite,
			job_graph(job)->normalization.channels);
	cnnviz_rules *found = rule_cache_find(*kept, &key);

	if (found != NULL) {
		free(key.bytes);
		lend(job, found);
	} else {
		status = apply(job, composite, kept, &key);
	}
	if (status == CNNVIZ_OK) {
		*rules = job->rules[job->rule_count - 1];
	}
	return status;
}

/* ---- Forward ----------------------------------------------------------------------- */

/** The rules that were lent to a call, if these are some of them */
static cnnviz_rules *find_lent(const cnnviz_job *job, const cnnviz_rules *rules)
{
	for (size_t i = 0; i < job->rule_count; i++) {
		if (job->rules[i] == rules && rules->graph == job_graph(job)) {
			return job->rules[i];
		}
	}
	return NULL;
}

static cnnviz_status rule_forward(cnnviz_job *job, const cnnviz_rules *rules,
		const cnnviz_tensor *input, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass)
{
	cnnviz_rules *lent = find_lent(job, rules);

	if (lent == NULL || capture_count < 1) {
		return job_misuse(job,
				"rule->forward() was given nothing to capture, or rules "
				"that are not of the network in use");
	}
	const struct graph *graph = rules->graph;
	int32_t *all = memory_new(capture_count + graph->node_count, sizeof(*all));
	uint32_t count = capture_count;

	memcpy(all, captures, capture_count * sizeof(*all));
	for (size_t n = 0; n < graph->node_count; n++) {
		if (rules->kept[n]) {
			all[count++] = (int32_t)n;
		}
	}
	cnnviz_status status = pass_services.forward(job, input, count, all, pass);

	if (status == CNNVIZ_OK) {
		(*pass)->rules = rules_ref(lent);
	}
	free(all);
	return status;
}

/* ---- Callbacks --------------------------------------------------------------------- */

/** A backward pass that may call functions of the plugin's */
struct hooked {
	cnnviz_job *job;
	const cnnviz_rules *rules;
	const struct engine_question *question;
	cnnviz_status status; /* of the function that failed */
};

static cnnviz_status differentiate(const struct cnnviz_rule_call *call,
		const cnnviz_tensor *gradient, cnnviz_tensor **gradients)
{
	const struct hooked *hooked = call->host_data;
	struct error error;

	if (gradient == NULL || !tensor_same_shape(gradient, call->output)) {
		return job_misuse(hooked->job,
				"a rule asked for the gradient of layer %s with a "
				"gradient "
				"whose shape is not that of its output",
				hooked->rules->graph->nodes[call->layer].name);
	}
	cnnviz_status status = hooked->question->differentiate(hooked->question, gradient,
			gradients, &error);

	return status == CNNVIZ_OK ? status
				   : job_fail(hooked->job, status, "%s", error.text);
}

/** Whether a function has given each input its share */
static cnnviz_status check_shares(const struct hooked *hooked, cnnviz_tensor **shares)
{
	const struct engine_question *question = hooked->question;

	for (size_t k = 0; k < question->input_count; k++) {
		if (shares[k] == NULL
				|| !tensor_same_shape(shares[k], question->inputs[k])) {
			return job_misuse(hooked->job,
					"a rule gave input %zu of layer %s no share of "
					"its "
					"shape",
					k,
					hooked->rules->graph->nodes[question->node].name);
		}
	}
	return CNNVIZ_OK;
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
	hooked->status = callback->function(hooked->job->session->host, hooked->job,
			callback->context, &call, shares);
	if (hooked->status == CNNVIZ_OK) {
		hooked->status = check_shares(hooked, shares);
	}
	return hooked->status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, hooked->status, "a rule failed");
}

/* ---- Backward ---------------------------------------------------------------------- */

static cnnviz_status check_backward(cnnviz_job *job, const cnnviz_pass *pass,
		const cnnviz_pass *reference, uint32_t seed_count, uint32_t wanted_count)
{
	cnnviz_status status = interrupt_requested()
			? job_fail(job, CNNVIZ_ERROR_CANCELED, "interrupted")
			: job_refuse(job, "rule->backward()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (pass == NULL || pass->rules == NULL || !pass->backward || seed_count < 1
			|| wanted_count < 1) {
		return job_misuse(job,
				"rule->backward() was given no seed, no requested layer, "
				"or a pass that was not made by rule->forward()");
	}
	if (!pass->rules->refers) {
		return CNNVIZ_OK;
	}
	return reference != NULL && reference->rules == pass->rules
					&& tensor_same_shape(reference->input,
							pass->input)
			? CNNVIZ_OK
			: job_misuse(job,
					"rule->backward() was given no reference: a pass "
					"of the same rules, of as many inputs");
}

/** Let the engine go back, and tell its failures from those of a plugin's function. */
static cnnviz_status go_back(cnnviz_job *job, const cnnviz_pass *pass,
		const cnnviz_pass *reference, uint32_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **relevance)
{
	struct hooked hooked = { .job = job, .rules = pass->rules };
	const struct engine_rules rules = {
		.rules = pass->rules->rules,
		.reference = pass->rules->refers ? shared_pass_engine(reference->pass)
						 : NULL,
		.hook = call_back,
		.context = &hooked,
	};
	struct error error;
	cnnviz_status status;

	do {
		error = (struct error){ 0 };
		hooked.status = CNNVIZ_OK;
		status = shown_backward(pass, CNNVIZ_RULE_PLAIN, &rules, seed_count,
				seed_nodes, seeds, wanted_count, wanted, relevance,
				&error);
	} while (status != CNNVIZ_OK && hooked.status == CNNVIZ_OK
			&& batch_pass_drop(job->session, &error));
	return status == CNNVIZ_OK || hooked.status != CNNVIZ_OK
			? status
			: job_fail(job, status, "%s", error.text);
}

static cnnviz_status rule_backward(cnnviz_job *job, cnnviz_pass *pass,
		const cnnviz_pass *reference, uint32_t seed_count,
		const int32_t *seed_layers, const cnnviz_tensor *const *seeds,
		uint32_t wanted_count, const int32_t *wanted, cnnviz_tensor **relevance)
{
	cnnviz_status status = check_backward(job, pass, reference, seed_count,
			wanted_count);

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct pass_way way;

	status = pass_way_begin(job, pass, seed_count, seed_layers, seeds, wanted_count,
			wanted, &way);
	if (status == CNNVIZ_OK) {
		status = go_back(job, pass, reference, seed_count, way.seeds, seeds,
				wanted_count, way.wanted, way.results);
	}
	if (status == CNNVIZ_OK) {
		memcpy(relevance, way.results, wanted_count * sizeof(cnnviz_tensor *));
	}
	pass_way_end(&way);
	return status;
}

const cnnviz_rule_api rule_services = {
	.struct_size = sizeof(cnnviz_rule_api),
	.compose = rule_compose,
	.forward = rule_forward,
	.backward = rule_backward,
};
