/**
 * \file    host/pass_from.c
 * \brief   Forward passes from the middle of a network, for techniques
 *
 * What lies behind a layer may take more than that layer: a skip connection, another
 * branch. Those values are the original pass's, repeated for the variants.
 */
#include "host/pass_from.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "graph/starts.h"
#include "host/held_pass.h"
#include "host/model.h"

/** A pass from the middle that is being prepared */
struct variants {
	cnnviz_job *job;
	const cnnviz_pass *source;
	int32_t layer;          /* node */
	const uint32_t *items;  /* or NULL */
	int64_t count, sources; /* variants, items of the original pass */
	bool *known;            /* node_count: nodes that the pass starts with */
	struct engine_start *starts;
	size_t start_count;
};

/* ---- What may be asked ------------------------------------------------------------ */

static cnnviz_status check_activation(const struct variants *variants,
		const cnnviz_tensor *activation)
{
	const struct graph_shape *shape = &variants->source->shapes[variants->layer];
	char text[96];

	if (activation == NULL || tensor_rank(activation) != shape->rank + 1
			|| memcmp(tensor_shape(activation) + 1, shape->extent,
					   shape->rank * sizeof(*shape->extent))
					!= 0) {
		return job_misuse(variants->job,
				"pass->forward_from() was given an activation of shape "
				"%s, which is not that of layer %s",
				activation != NULL ? tensor_shape_text(
						tensor_rank(activation),
						tensor_shape(activation), text,
						sizeof(text))
						   : "none",
				variants->job->session->plan->model->graph
						->nodes[variants->layer]
						.name);
	}
	return CNNVIZ_OK;
}

static cnnviz_status check_items(const struct variants *variants)
{
	if (variants->items == NULL && variants->count % variants->sources != 0) {
		return job_misuse(variants->job,
				"pass->forward_from() was given %" PRId64
				" variants of %" PRId64
				" items, but not which are of which",
				variants->count, variants->sources);
	}
	for (int64_t i = 0; variants->items != NULL && i < variants->count; i++) {
		if (variants->items[i] >= variants->sources) {
			return job_misuse(variants->job,
					"pass->forward_from() was given a variant of "
					"item %" PRIu32 " of %" PRId64,
					variants->items[i], variants->sources);
		}
	}
	return CNNVIZ_OK;
}

/* ---- What it starts with ---------------------------------------------------------- */

/** The value of a layer in the original pass, or NULL if it is not there any more */
static const cnnviz_tensor *source_value(const struct variants *variants, int32_t node)
{
	const struct graph *graph = variants->job->session->plan->model->graph;
	const cnnviz_pass *source = variants->source;
	const cnnviz_tensor *value = NULL;

	if (node == source->first) {
		return source->input;
	}
	if (!pass_captures(source, node)) {
		job_misuse(variants->job,
				"pass->forward_from() layer %s also takes the value of "
				"layer %s, which the pass did not capture; capture it "
				"too "
				"(model->side_layers() lists such layers)",
				graph->nodes[variants->layer].name,
				graph->nodes[node].name);
		return NULL;
	}
	shared_pass_activation(source->pass, node, &value, &variants->job->fault->error);
	return value;
}

/** For each variant, the values of the item it is a variant of */
static cnnviz_tensor *repeat(const struct variants *variants, const cnnviz_tensor *value)
{
	size_t size = (size_t)(tensor_count(value) / variants->sources);
	int64_t each = variants->count / variants->sources;
	int64_t shape[CNNVIZ_MAX_RANK];

	memcpy(shape, tensor_shape(value), tensor_rank(value) * sizeof(*shape));
	shape[0] = variants->count;
	cnnviz_tensor *repeated = tensor_create(tensor_rank(value), shape);

	for (int64_t i = 0; repeated != NULL && i < variants->count; i++) {
		size_t item = (size_t)(variants->items != NULL ? variants->items[i]
							       : i / each);

		memcpy(tensor_mutable_data(repeated) + (size_t)i * size,
				tensor_data(value) + item * size, size * sizeof(float));
	}
	return repeated;
}

/** Find the layers that the pass starts with, and their values: first the changed one. */
static cnnviz_status find_starts(struct variants *variants, const cnnviz_pass *pass)
{
	const struct graph *graph = variants->job->session->plan->model->graph;
	struct error *error = &variants->job->fault->error;

	variants->known = memory_new(graph->node_count, sizeof(*variants->known));
	variants->starts = memory_new(graph->node_count, sizeof(*variants->starts));
	graph_mark_starts(graph, variants->layer, pass->count, pass->nodes,
			variants->known);
	if (!variants->known[variants->layer]) {
		return job_misuse(variants->job,
				"pass->forward_from() cannot start from layer %s: what "
				"is captured does not depend on it, or takes its "
				"switches too; start before or behind it",
				graph->nodes[variants->layer].name);
	}
	variants->starts[variants->start_count++] = (struct engine_start){
		.node = variants->layer,
		.value = pass->input,
	};
	for (size_t i = 0; i < graph->node_count; i++) {
		int32_t node = (int32_t)i;

		if (!variants->known[i] || node == variants->layer) {
			continue;
		}
		const cnnviz_tensor *value = source_value(variants, node);

		if (value == NULL) {
			return error->status;
		}
		value = repeat(variants, value);
		if (value == NULL) {
			return job_fail(variants->job, CNNVIZ_ERROR_MEMORY,
					"out of memory; run fewer variants at once");
		}
		variants->starts[variants->start_count++] = (struct engine_start){
			.node = node,
			.value = value,
		};
	}
	return CNNVIZ_OK;
}

static void release_starts(const struct variants *variants)
{
	for (size_t i = 1; i < variants->start_count; i++) {
		tensor_unref((cnnviz_tensor *)(uintptr_t)variants->starts[i].value);
	}
	free(variants->starts);
	free(variants->known);
}

/* ---- The pass ---------------------------------------------------------------------- */

static cnnviz_status run_variants(struct variants *variants, cnnviz_pass *pass)
{
	const struct graph *graph = variants->job->session->plan->model->graph;
	cnnviz_status status = find_starts(variants, pass);

	if (status == CNNVIZ_OK) {
		memcpy(pass->shapes, variants->source->shapes,
				graph->node_count * sizeof(*pass->shapes));
		status = graph_infer_from(graph, variants->known, pass->count,
				pass->nodes, pass->shapes, &variants->job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = pass_run(variants->job, pass, variants->start_count,
				variants->starts);
	}
	release_starts(variants);
	return status;
}

cnnviz_status pass_forward_from(cnnviz_job *job, const cnnviz_pass *source, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result)
{
	struct variants variants = {
		.job = job,
		.source = source,
		.layer = layer_node(job->session, layer),
		.items = items,
	};
	cnnviz_pass *pass = NULL;
	cnnviz_status status = interrupt_requested()
			? job_fail(job, CNNVIZ_ERROR_CANCELED, "interrupted")
			: job_refuse(job, "pass->forward_from()");

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (source == NULL || (flags & ~CNNVIZ_PASS_FORWARD_ONLY) != 0
			|| variants.layer < 0
			|| source->shapes[variants.layer].rank == 0) {
		return job_misuse(job,
				"pass->forward_from() was given no pass, unknown flags, "
				"or layer number %ld, which the pass did not run",
				(long)layer);
	}
	status = check_activation(&variants, activation);
	if (status != CNNVIZ_OK) {
		return status;
	}
	variants.count = tensor_shape(activation)[0];
	variants.sources = tensor_shape(source->input)[0];
	status = check_items(&variants);
	if (status == CNNVIZ_OK) {
		status = pass_create(job, activation, variants.layer, capture_count,
				captures, &pass);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	pass->backward = (flags & CNNVIZ_PASS_FORWARD_ONLY) == 0;
	status = run_variants(&variants, pass);
	if (status != CNNVIZ_OK) {
		pass_unref(pass);
		return status;
	}
	*result = pass;
	return CNNVIZ_OK;
}
