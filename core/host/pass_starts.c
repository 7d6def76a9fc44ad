/**
 * \file    host/pass_starts.c
 * \brief   What a pass that begins in the middle of a network begins with
 */
#include "host/pass_starts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/starts.h"

const cnnviz_tensor *pass_starts_value(cnnviz_job *job, const cnnviz_pass *source,
		int32_t first, int32_t node)
{
	const struct graph *graph = pass_graph(source);
	const cnnviz_tensor *value = NULL;

	if (node == source->first) {
		return source->input;
	}
	if (!pass_captures(source, node) && node == first) {
		job_misuse(job,
				"a pass from layer %s keeps its class tokens, but the "
				"earlier pass did not capture it; capture it too",
				graph->nodes[first].name);
		return NULL;
	}
	if (!pass_captures(source, node)) {
		job_misuse(job,
				"a pass from layer %s also takes the value of layer %s, "
				"which the earlier pass did not capture; capture it too "
				"(model->side_layers() lists such layers)",
				graph->nodes[first].name, graph->nodes[node].name);
		return NULL;
	}
	shared_pass_activation(source->pass, node, &value, &job->fault->error);
	return value;
}

/** For each variant, the values of the item it is a variant of */
static cnnviz_tensor *repeat(const cnnviz_tensor *value, int64_t count,
		const uint32_t *items)
{
	int64_t sources = tensor_shape(value)[0];
	size_t size = (size_t)(tensor_count(value) / sources);
	int64_t each = count / sources;
	int64_t shape[CNNVIZ_MAX_RANK];

	memcpy(shape, tensor_shape(value), tensor_rank(value) * sizeof(*shape));
	shape[0] = count;
	cnnviz_tensor *repeated = tensor_create(tensor_rank(value), shape);

	for (int64_t i = 0; repeated != NULL && i < count; i++) {
		size_t item = (size_t)(items != NULL ? items[i] : i / each);

		memcpy(tensor_mutable_data(repeated) + (size_t)i * size,
				tensor_data(value) + item * size, size * sizeof(float));
	}
	return repeated;
}

/** Add a layer beside the first one, with its values in the original pass. */
static cnnviz_status add_side(cnnviz_job *job, const cnnviz_pass *source,
		const cnnviz_pass *pass, const uint32_t *items, int32_t node,
		struct pass_starts *starts)
{
	const cnnviz_tensor *value = pass_starts_value(job, source, pass->first, node);

	if (value == NULL) {
		return job->fault->error.status;
	}
	value = repeat(value, tensor_shape(pass->input)[0], items);
	if (value == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY,
				"out of memory; run fewer variants at once");
	}
	starts->starts[starts->count++] = (struct engine_start){
		.node = node,
		.value = value,
	};
	return CNNVIZ_OK;
}

cnnviz_status pass_starts_find(cnnviz_job *job, const cnnviz_pass *source,
		const cnnviz_pass *pass, const uint32_t *items,
		struct pass_starts *starts)
{
	const struct graph *graph = pass_graph(source);
	cnnviz_status status = CNNVIZ_OK;

	*starts = (struct pass_starts){
		.known = memory_new(graph->node_count, sizeof(*starts->known)),
		.starts = memory_new(graph->node_count, sizeof(*starts->starts)),
	};
	graph_mark_starts(graph, pass->first, pass->count, pass->nodes, starts->known);
	if (!starts->known[pass->first]) {
		return job_misuse(job,
				"a pass cannot start from layer %s: what is captured "
				"does not depend on it, or takes its switches too; start "
				"before or behind it",
				graph->nodes[pass->first].name);
	}
	starts->starts[starts->count++] = (struct engine_start){
		.node = pass->first,
		.value = pass->input,
	};
	for (size_t i = 0; i < graph->node_count && status == CNNVIZ_OK; i++) {
		if (starts->known[i] && (int32_t)i != pass->first) {
			status = add_side(job, source, pass, items, (int32_t)i, starts);
		}
	}
	return status;
}

void pass_starts_release(const struct pass_starts *starts)
{
	for (size_t i = 1; i < starts->count; i++) {
		tensor_unref((cnnviz_tensor *)(uintptr_t)starts->starts[i].value);
	}
	free(starts->starts);
	free(starts->known);
}
