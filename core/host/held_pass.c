/**
 * \file    host/held_pass.c
 * \brief   The forward pass that a plugin holds
 */
#include "host/held_pass.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/batch_pass.h"
#include "host/model.h"

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
	tensor_unref(pass->input);
	free(pass->shapes);
	free(pass->nodes);
	free(pass);
}

/** Add the nodes of layers to those that a pass captures. */
static cnnviz_status add_captures(cnnviz_job *job, cnnviz_pass *pass, uint32_t count,
		const int32_t *captures)
{
	for (uint32_t i = 0; i < count; i++) {
		int32_t node = layer_node(job->session, captures[i]);

		if (node < 0) {
			return job_misuse(job, "there is no layer number %ld to capture",
					(long)captures[i]);
		}
		if (!pass_captures(pass, node)) {
			pass->nodes[pass->count++] = node;
		}
	}
	return CNNVIZ_OK;
}

cnnviz_status pass_create(cnnviz_job *job, const cnnviz_tensor *input, int32_t first,
		uint32_t capture_count, const int32_t *captures, cnnviz_pass **result)
{
	if (capture_count < 1 || captures == NULL) {
		return job_misuse(job, "a forward pass must capture at least one layer");
	}
	cnnviz_pass *pass = memory_new(1, sizeof(*pass));

	pass->session = job->session;
	pass->job = job;
	pass->fault = job->fault;
	/* A reference count is not visible to the plugin. */
	pass->input = tensor_ref((cnnviz_tensor *)(uintptr_t)input);
	pass->first = first;
	pass->nodes = memory_new(capture_count, sizeof(*pass->nodes));
	pass->shapes = memory_new(job->session->plan->model->graph->node_count,
			sizeof(*pass->shapes));
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
	};
	struct error *error = &job->fault->error;
	cnnviz_status status;

	do {
		status = shared_pass_run(job->session, &request, &pass->pass, error);
	} while (status != CNNVIZ_OK && batch_pass_drop(job->session, error));
	return status;
}
