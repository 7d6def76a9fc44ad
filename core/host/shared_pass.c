/**
 * \file    host/shared_pass.c
 * \brief   Forward passes that several jobs may use
 */
#include "host/shared_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/estimate.h"
#include "host/network.h"

/** A gradient that was computed, and what for */
struct kept_gradient {
	uint32_t rule;
	int32_t seeded, wanted; /* nodes */
	cnnviz_tensor *seed;
	cnnviz_tensor *gradient;
};

struct shared_pass {
	struct session *session;
	struct engine_pass *pass;
	size_t references;
	cnnviz_tensor *input;
	bool backward;
	bool keeps; /* gradients */
	size_t count;
	int32_t *nodes;
	cnnviz_tensor **activations; /* of the nodes, fetched on demand */
	struct kept_gradient *gradients;
	size_t gradient_count;
	size_t foreseen_count;
	int32_t *foreseen; /* nodes whose gradients the next backward pass computes too */
};

/* ---- Life ---------------------------------------------------------------------- */

struct shared_pass *shared_pass_ref(struct shared_pass *pass)
{
	pass->references++;
	return pass;
}

void shared_pass_unref(struct shared_pass *pass)
{
	if (pass == NULL || --pass->references > 0) {
		return;
	}
	for (size_t i = 0; i < pass->count; i++) {
		tensor_unref(pass->activations[i]);
	}
	for (size_t i = 0; i < pass->gradient_count; i++) {
		tensor_unref(pass->gradients[i].seed);
		tensor_unref(pass->gradients[i].gradient);
	}
	if (pass->pass != NULL) {
		pass->session->engine->release(pass->pass);
	}
	tensor_unref(pass->input);
	free(pass->foreseen);
	free(pass->gradients);
	free(pass->activations);
	free(pass->nodes);
	free(pass);
}

bool shared_pass_is_shared(const struct shared_pass *pass)
{
	return pass->references > 1;
}

/** Let the engine run a pass; say how much memory it needs where that lacks. */
static cnnviz_status run(struct session *session, const struct pass_request *request,
		struct engine_pass **pass, struct error *error)
{
	const struct engine_start *first = &request->starts[0];
	struct engine_network *network = network_engine(session, request->network);
	cnnviz_status status;

	if (request->start_count == 1 && first->node == 0) {
		status = session->engine->forward(network, first->value, request->count,
				request->nodes, request->backward, pass, error);
	} else {
		status = session->engine->forward_from(network, request->start_count,
				request->starts, request->count, request->nodes,
				request->backward, pass, error);
	}
	if (status != CNNVIZ_OK && first->node == 0) {
		graph_explain_memory(network_graph(session, request->network),
				tensor_shape(first->value), request->count,
				request->nodes, request->backward, error);
	}
	return status;
}

cnnviz_status shared_pass_run(struct session *session, const struct pass_request *request,
		struct shared_pass **result, struct error *error)
{
	struct shared_pass *pass = memory_new(1, sizeof(*pass));
	size_t count = request->count;

	*pass = (struct shared_pass){
		.session = session,
		.references = 1,
		/* A reference count is not visible to those who hold the input. */
		.input = tensor_ref((cnnviz_tensor *)(uintptr_t)request->starts[0].value),
		.backward = request->backward,
		.count = count,
		.nodes = memory_new(count, sizeof(*pass->nodes)),
		.activations = memory_new(count, sizeof(cnnviz_tensor *)),
	};
	memcpy(pass->nodes, request->nodes, count * sizeof(*pass->nodes));
	session->passes.forward++;
	cnnviz_status status = run(session, request, &pass->pass, error);
	if (status != CNNVIZ_OK) {
		shared_pass_unref(pass);
		return status;
	}
	*result = pass;
	return CNNVIZ_OK;
}

size_t shared_pass_tensors(const struct shared_pass *pass)
{
	size_t tensors = 2 * pass->gradient_count;

	for (size_t i = 0; i < pass->count; i++) {
		tensors += pass->activations[i] != NULL;
	}
	return tensors;
}

/* ---- Activations ----------------------------------------------------------------- */

static size_t find_node(const struct shared_pass *pass, int32_t node)
{
	size_t i = 0;

	while (i < pass->count && pass->nodes[i] != node) {
		i++;
	}
	return i;
}

bool shared_pass_has(const struct shared_pass *pass, size_t count, const int32_t *nodes,
		bool backward)
{
	size_t i = 0;

	while (i < count && find_node(pass, nodes[i]) < pass->count) {
		i++;
	}
	return i == count && (pass->backward || !backward);
}

cnnviz_status shared_pass_activation(struct shared_pass *pass, int32_t node,
		const cnnviz_tensor **activation, struct error *error)
{
	size_t i = find_node(pass, node);

	if (pass->activations[i] == NULL) {
		cnnviz_status status = pass->session->engine->activation(pass->pass, node,
				&pass->activations[i], error);

		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	*activation = pass->activations[i];
	return CNNVIZ_OK;
}

/* ---- Gradients ------------------------------------------------------------------- */

void shared_pass_keep_gradients(struct shared_pass *pass, bool keep)
{
	pass->keeps = keep;
}

static bool is_same(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	return tensor_same_shape(a, b)
			&& memcmp(tensor_data(a), tensor_data(b),
					   (size_t)tensor_count(a) * sizeof(float))
			== 0;
}

static const cnnviz_tensor *find_gradient(const struct shared_pass *pass, uint32_t rule,
		int32_t seeded, const cnnviz_tensor *seed, int32_t wanted)
{
	for (size_t i = 0; i < pass->gradient_count; i++) {
		const struct kept_gradient *kept = &pass->gradients[i];

		if (kept->rule == rule && kept->seeded == seeded && kept->wanted == wanted
				&& is_same(kept->seed, seed)) {
			return kept->gradient;
		}
	}
	return NULL;
}

/** Keep a gradient, which becomes the pass's own; without memory (NULL), do not. */
static void keep_gradient(struct shared_pass *pass, uint32_t rule, int32_t seeded,
		const cnnviz_tensor *seed, int32_t wanted, cnnviz_tensor *gradient)
{
	struct kept_gradient kept = {
		.rule = rule,
		.seeded = seeded,
		.wanted = wanted,
		.seed = tensor_copy(seed),
		.gradient = gradient,
	};

	if (kept.seed == NULL || kept.gradient == NULL) {
		tensor_unref(kept.seed);
		tensor_unref(kept.gradient);
		return;
	}
	pass->gradients = memory_resize(pass->gradients, pass->gradient_count + 1,
			sizeof(*pass->gradients));
	pass->gradients[pass->gradient_count++] = kept;
}

void shared_pass_foresee(struct shared_pass *pass, size_t count, const int32_t *nodes)
{
	free(pass->foreseen);
	pass->foreseen_count = count;
	pass->foreseen = memory_new(count, sizeof(*pass->foreseen));
	for (size_t i = 0; i < count; i++) {
		pass->foreseen[i] = nodes[i];
	}
}

/** Run the engine backward for the first of some nodes, and keep what all of them get. */
static cnnviz_status walk(struct shared_pass *pass, uint32_t rule, int32_t seeded,
		const cnnviz_tensor *seed, size_t count, const int32_t *nodes,
		cnnviz_tensor **gradient, struct error *error)
{
	cnnviz_tensor **found = memory_new(count, sizeof(cnnviz_tensor *));
	cnnviz_status status = pass->session->engine->backward(pass->pass, rule, 1,
			&seeded, &seed, count, nodes, found, error);

	if (status == CNNVIZ_OK) {
		*gradient = found[0];
		if (pass->keeps) {
			/* The first is its holder's, to write into. */
			keep_gradient(pass, rule, seeded, seed, nodes[0],
					tensor_copy(found[0]));
		}
		for (size_t i = 1; i < count; i++) {
			keep_gradient(pass, rule, seeded, seed, nodes[i], found[i]);
		}
	}
	free(found);
	return status;
}

/** The gradient of one node, and if there is memory, of those that were foreseen */
static cnnviz_status walk_once(struct shared_pass *pass, uint32_t rule, int32_t seeded,
		const cnnviz_tensor *seed, int32_t wanted, cnnviz_tensor **gradient,
		struct error *error)
{
	int32_t *nodes = memory_new(1 + pass->foreseen_count, sizeof(*nodes));
	size_t count = 1;

	nodes[0] = wanted;
	for (size_t i = 0; pass->keeps && i < pass->foreseen_count; i++) {
		int32_t node = pass->foreseen[i];

		if (node != wanted
				&& find_gradient(pass, rule, seeded, seed, node)
						== NULL) {
			nodes[count++] = node;
		}
	}
	cnnviz_status status = walk(pass, rule, seeded, seed, count, nodes, gradient,
			error);
	if (status == CNNVIZ_ERROR_MEMORY && count > 1) {
		*error = (struct error){ 0 };
		status = walk(pass, rule, seeded, seed, 1, nodes, gradient, error);
	}
	free(nodes);
	return status;
}

cnnviz_status shared_pass_backward(struct shared_pass *pass, uint32_t rule,
		size_t seed_count, const int32_t *seed_nodes,
		const cnnviz_tensor *const *seeds, size_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients, struct error *error)
{
	bool single = seed_count == 1 && wanted_count == 1;
	const cnnviz_tensor *found = single
			? find_gradient(pass, rule, seed_nodes[0], seeds[0], wanted[0])
			: NULL;

	if (found != NULL) {
		gradients[0] = tensor_copy(found);
		return gradients[0] != NULL
				? CNNVIZ_OK
				: error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	pass->session->passes.backward++;
	cnnviz_status status = single
			? walk_once(pass, rule, seed_nodes[0], seeds[0], wanted[0],
					gradients, error)
			: pass->session->engine->backward(pass->pass, rule, seed_count,
					seed_nodes, seeds, wanted_count, wanted,
					gradients, error);
	pass->foreseen_count = 0;
	return status;
}

cnnviz_status shared_pass_backward_by_rules(struct shared_pass *pass,
		const struct engine_rules *rules, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	pass->session->passes.backward++;
	return pass->session->engine->backward_by_rules(pass->pass, rules, seed_count,
			seed_nodes, seeds, wanted_count, wanted, gradients, error);
}

struct engine_pass *shared_pass_engine(const struct shared_pass *pass)
{
	return pass->pass;
}
