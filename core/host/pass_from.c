/**
 * \file    host/pass_from.c
 * \brief   Forward passes from the middle of a network, for techniques
 */
#include "host/pass_from.h"

#include <inttypes.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/tensor.h"
#include "host/model.h"
#include "host/pass_starts.h"

/** A pass from the middle that is being prepared */
struct variants {
	cnnviz_job *job;
	const cnnviz_pass *source;
	int32_t layer;          /* node */
	const uint32_t *items;  /* or NULL */
	int64_t count, sources; /* variants, items of the original pass */
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
				pass_graph(variants->source)
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

/* ---- The pass ---------------------------------------------------------------------- */

static cnnviz_status run_variants(const struct variants *variants, cnnviz_pass *pass)
{
	const struct graph *graph = pass_graph(variants->source);
	struct pass_starts starts;
	cnnviz_status status = pass_starts_find(variants->job, variants->source, pass,
			variants->items, &starts);

	if (status == CNNVIZ_OK) {
		memcpy(pass->shapes, variants->source->shapes,
				graph->node_count * sizeof(*pass->shapes));
		status = graph_infer_from(graph, starts.known, pass->count, pass->nodes,
				pass->shapes, &variants->job->fault->error);
	}
	if (status == CNNVIZ_OK) {
		status = pass_run(variants->job, pass, starts.count, starts.starts);
	}
	pass_starts_release(&starts);
	return status;
}

cnnviz_status pass_forward_from(cnnviz_job *job, const cnnviz_pass *source, int32_t layer,
		const cnnviz_tensor *activation, const uint32_t *items, uint32_t flags,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result)
{
	struct variants variants = {
		.job = job,
		.source = source,
		.layer = source != NULL ? pass_node(source, layer) : CNNVIZ_LAYER_NONE,
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
		status = pass_create(job, source->network, activation, variants.layer,
				capture_count, captures, &pass);
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
