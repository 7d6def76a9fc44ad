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
#include "host/shown.h"

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
	char text[96];

	if (!shown_fits(variants->source, variants->layer, activation)) {
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

/** The activation in the engine's order, with the class tokens of the original pass */
static cnnviz_status find_start(const struct variants *variants,
		const cnnviz_tensor *activation, cnnviz_tensor **start)
{
	const cnnviz_pass *source = variants->source;
	int32_t layer = variants->layer;
	const cnnviz_tensor *base = NULL;

	if (graph_other_tokens(&source->roles[layer], &source->shapes[layer]) > 0) {
		base = pass_starts_value(variants->job, source, layer, layer);
		if (base == NULL) {
			return variants->job->fault->error.status;
		}
	}
	return shown_to_engine(source, layer, activation, base, variants->items, start,
			&variants->job->fault->error);
}

/** A pass that has not run, from the activation in the engine's order */
static cnnviz_status create_variants(const struct variants *variants,
		const cnnviz_tensor *activation, uint32_t capture_count,
		const int32_t *captures, cnnviz_pass **pass)
{
	cnnviz_tensor *start = NULL;
	cnnviz_status status = find_start(variants, activation, &start);

	if (status == CNNVIZ_OK) {
		status = pass_create(variants->job, variants->source->network, start,
				variants->layer, capture_count, captures, pass);
	}
	tensor_unref(start);
	return status;
}

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
		memcpy(pass->roles, variants->source->roles,
				graph->node_count * sizeof(*pass->roles));
		graph_infer_roles(graph, pass->shapes, starts.known, pass->roles);
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
		status = create_variants(&variants, activation, capture_count, captures,
				&pass);
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
