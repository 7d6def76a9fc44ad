/**
 * \file    host/held_pass.c
 * \brief   The forward pass that a plugin holds
 */
#include "host/held_pass.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/attention.h"
#include "host/batch_pass.h"
#include "host/model.h"
#include "host/network.h"
#include "host/neuron.h"
#include "host/shown.h"
#include "rules/composite.h"

void pass_unref(cnnviz_pass *pass)
{
	if (pass == NULL) {
		return;
	}
	*pass->previous = pass->next;
	if (pass->next != NULL) {
		pass->next->previous = pass->previous;
	}
	shared_pass_unref(pass->pass);
	rules_release(pass->rules);
	tensor_unref(pass->input);
	network_release(pass->network);
	for (size_t i = 0; i < pass->count; i++) {
		tensor_unref(pass->shown[i]);
	}
	free(pass->shown);
	free(pass->roles);
	free(pass->shapes);
	free(pass->nodes);
	free(pass);
}

const struct graph *pass_graph(const cnnviz_pass *pass)
{
	return network_graph(pass->session, pass->network);
}

int32_t pass_node(const cnnviz_pass *pass, int64_t layer)
{
	return layer == CNNVIZ_LAYER_LOGITS ? output_node(pass->job, pass->network)
					    : graph_layer_node(pass_graph(pass), layer);
}

static void add_node(cnnviz_pass *pass, int32_t node)
{
	if (!pass_captures(pass, node)) {
		pass->nodes[pass->count++] = node;
	}
}

/** Add the nodes of layers to those that a pass captures; of attentions their inputs too. */
static cnnviz_status add_captures(cnnviz_job *job, cnnviz_pass *pass, uint32_t count,
		const int32_t *captures)
{
	const struct graph *graph = pass_graph(pass);

	for (uint32_t i = 0; i < count; i++) {
		int32_t node = pass_node(pass, captures[i]);

		if (node < 0) {
			return job_misuse(job, "there is no layer number %ld to capture",
					(long)captures[i]);
		}
		add_node(pass, node);
		for (size_t k = 0; graph_is_attention(graph, node)
				&& k < graph->nodes[node].input_count;
				k++) {
			add_node(pass, graph->nodes[node].inputs[k]);
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status pass_create(cnnviz_job *job, struct cnnviz_network *network,
		const cnnviz_tensor *input, int32_t first, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **result)
{
	if (capture_count < 1 || captures == NULL) {
		return job_misuse(job, "a forward pass must capture at least one layer");
	}
	cnnviz_pass *pass = memory_new(1, sizeof(*pass));

	pass->session = job->session;
	pass->job = job;
	pass->fault = job->fault;
	pass->network = network_ref(network);
	/* A reference count is not visible to the plugin. */
	pass->input = tensor_ref((cnnviz_tensor *)(uintptr_t)input);
	pass->first = first;
	/* Room for an attention's inputs beside each */
	size_t most = (size_t)capture_count * (1 + ATTENTION_MOST_INPUTS);

	pass->nodes = memory_new(most, sizeof(*pass->nodes));
	pass->shown = memory_new(most, sizeof(cnnviz_tensor *));
	pass->shapes = memory_new(pass_graph(pass)->node_count, sizeof(*pass->shapes));
	pass->roles = memory_new(pass_graph(pass)->node_count, sizeof(*pass->roles));
	pass->next = job->passes;
	pass->previous = &job->passes;
	if (pass->next != NULL) {
		pass->next->previous = &pass->next;
	}
	job->passes = pass;
	cnnviz_status status = add_captures(job, pass, capture_count, captures);

	if (status != CNNVIZ_OK) {
		pass_unref(pass);
		return status;
	}
	*result = pass;
	return CNNVIZ_OK;
}

bool pass_captures(const cnnviz_pass *pass, int32_t node)
{
	size_t i = 0;

	while (i < pass->count && pass->nodes[i] != node) {
		i++;
	}
	return i < pass->count;
}

cnnviz_status pass_run(cnnviz_job *job, cnnviz_pass *pass, size_t start_count,
		const struct engine_start *starts)
{
	const struct pass_request request = {
		.start_count = start_count,
		.starts = starts,
		.count = pass->count,
		.nodes = pass->nodes,
		.backward = pass->backward,
		.network = pass->network,
	};
	struct error *error = &job->fault->error;
	cnnviz_status status;

	do {
		status = shared_pass_run(job->session, &request, &pass->pass, error);
	} while (status != CNNVIZ_OK && batch_pass_drop(job->session, error));
	return status;
}

cnnviz_status pass_resolve_seeds(cnnviz_job *job, const cnnviz_pass *pass, uint32_t count,
		const int32_t *layers, const cnnviz_tensor *const *seeds, int32_t *nodes)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		char text[96];

		nodes[i] = pass_node(pass, layers[i]);
		if (nodes[i] < 0 || !pass_captures(pass, nodes[i])) {
			status = job_misuse(job,
					"a backward pass starts at layer number %ld, "
					"which the forward pass did not capture",
					(long)layers[i]);
		} else if (!shown_fits(pass, nodes[i], seeds[i])
				|| tensor_shape(seeds[i])[0]
						!= tensor_shape(pass->input)[0]) {
			status = job_misuse(job,
					"a seed of shape %s does not fit layer %s",
					seeds[i] != NULL ? tensor_shape_text(
							tensor_rank(seeds[i]),
							tensor_shape(seeds[i]), text,
							sizeof(text))
							 : "none",
					pass_graph(pass)->nodes[nodes[i]].name);
		}
	}
	return status;
}

/** Find the nodes of layers whose gradients are requested. */
static cnnviz_status resolve_wanted(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t count, const int32_t *layers, int32_t *nodes)
{
	for (uint32_t i = 0; i < count; i++) {
		nodes[i] = pass_node(pass, layers[i]);
		if (nodes[i] < 0
				|| (nodes[i] != pass->first
						&& !pass_captures(pass, nodes[i]))) {
			return job_misuse(job,
					"the gradient of layer number %ld is requested, "
					"which the forward pass did not capture",
					(long)layers[i]);
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status pass_way_begin(cnnviz_job *job, const cnnviz_pass *pass,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, uint32_t wanted_count,
		const int32_t *wanted, struct pass_way *way)
{
	*way = (struct pass_way){
		.seeds = memory_new(seed_count, sizeof(*way->seeds)),
		.wanted = memory_new(wanted_count, sizeof(*way->wanted)),
		.results = memory_new(wanted_count, sizeof(cnnviz_tensor *)),
	};
	cnnviz_status status = pass_resolve_seeds(job, pass, seed_count, seed_layers,
			seeds, way->seeds);

	return status == CNNVIZ_OK
			? resolve_wanted(job, pass, wanted_count, wanted, way->wanted)
			: status;
}

void pass_way_end(struct pass_way *way)
{
	free(way->results);
	free(way->wanted);
	free(way->seeds);
}
