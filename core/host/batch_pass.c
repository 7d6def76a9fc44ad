/**
 * \file    host/batch_pass.c
 * \brief   The forward pass of the current batch: one for its logits and all its jobs
 */
#include "host/batch_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/model.h"
#include "host/neuron.h"

/** Nodes of the graph, each of them once */
struct node_list {
	size_t count;
	int32_t *nodes;
};

struct batch_pass {
	size_t job_count;
	bool *counted;   /* of the plan's jobs: what they ask is in the members below */
	bool *awaited;   /* of the plan's jobs: they have not returned yet */
	size_t expected; /* number of times that it will be taken */
	size_t taken;
	bool backward;
	struct node_list captures;
	bool failed; /* it could not be run, or had to be dropped */
	struct shared_pass *pass;
};

void batch_pass_end(struct session *session)
{
	struct batch_pass *kept = session->batch_pass;

	if (kept != NULL) {
		shared_pass_unref(kept->pass);
		free(kept->captures.nodes);
		free(kept->awaited);
		free(kept->counted);
		free(kept);
		session->batch_pass = NULL;
	}
}

/* ---- What jobs ask --------------------------------------------------------------- */

static void add_node(struct node_list *list, int32_t node)
{
	size_t i = 0;

	while (i < list->count && list->nodes[i] != node) {
		i++;
	}
	if (i == list->count) {
		list->nodes = memory_resize(list->nodes, list->count + 1,
				sizeof(*list->nodes));
		list->nodes[list->count++] = node;
	}
}

/** The input needs no capture. */
static void add_capture(struct batch_pass *kept, int32_t node)
{
	if (node > CNNVIZ_LAYER_INPUT) {
		add_node(&kept->captures, node);
	}
}

/** The layers that a job's parameters name */
static struct node_list named_layers(const struct session *session,
		const struct plan_job *job)
{
	struct node_list list = { 0 };

	for (size_t i = 0; i < job->plugin->technique.parameter_count; i++) {
		const cnnviz_parameter *parameter = &job->plugin->parameters[i];
		const struct value *value = &job->values[i];

		if (parameter->type != CNNVIZ_PARAMETER_LAYER || !value->set) {
			continue;
		}
		add_node(&list, layer_node(session, value->integer));
		for (size_t k = 0; k < value->item_count; k++) {
			add_node(&list, layer_node(session, value->items[k].integer));
		}
	}
	return list;
}

static void add_named(struct batch_pass *kept, const struct session *session,
		const struct plan_job *job)
{
	struct node_list named = named_layers(session, job);

	for (size_t i = 0; i < named.count; i++) {
		add_capture(kept, named.nodes[i]);
	}
	free(named.nodes);
}

/**
 * Add what a job asks of the batch, itself and through the jobs whose maps it wants, where
 * what it explains is at the node `output`.
 */
static void add_job(struct batch_pass *kept, const struct session *session,
		const struct plan_job *job, int32_t output)
{
	uint32_t asks = job->plugin->technique.asks;
	size_t index = (size_t)(job - session->plan->jobs);

	if (kept->counted[index]) {
		return;
	}
	kept->counted[index] = true;
	if ((asks & (CNNVIZ_ASKS_ACTIVATIONS | CNNVIZ_ASKS_GRADIENTS)) != 0) {
		kept->expected++;
		add_named(kept, session, job);
	}
	if ((asks & CNNVIZ_ASKS_GRADIENTS) != 0) {
		kept->backward = true;
		add_capture(kept, output);
	}
	for (size_t i = 0; (asks & CNNVIZ_ASKS_MAPS) != 0 && i < job->need_count; i++) {
		add_job(kept, session, job->needs[i], output);
	}
}

static struct batch_pass *create(size_t job_count)
{
	struct batch_pass *kept = memory_new(1, sizeof(*kept));

	kept->job_count = job_count;
	kept->counted = memory_new(job_count, sizeof(*kept->counted));
	kept->awaited = memory_new(job_count, sizeof(*kept->awaited));
	return kept;
}

void batch_pass_expect(const struct job *job)
{
	struct session *session = job->session;
	const cnnviz_technique *technique = &job->plan->plugin->technique;

	/* A technique of general kind gets the pictures of a larger batch one by one. */
	if (technique->asks == 0
			|| (technique->kind == CNNVIZ_KIND_GENERAL
					&& session->batch->count > 1)) {
		return;
	}
	if (session->batch_pass == NULL) {
		session->batch_pass = create(session->plan->job_count);
	}
	session->batch_pass->awaited[job->plan - session->plan->jobs] = true;
	add_job(session->batch_pass, session, job->plan,
			plan_output_node(session->plan, job->plan));
}

void batch_pass_finish(const struct job *job)
{
	struct session *session = job->session;
	struct batch_pass *kept = session->batch_pass;
	size_t i = 0;

	if (kept == NULL) {
		return;
	}
	kept->awaited[job->plan - session->plan->jobs] = false;
	while (i < kept->job_count && !kept->awaited[i]) {
		i++;
	}
	if (i == kept->job_count) {
		batch_pass_end(session);
	}
}

/* ---- The pass -------------------------------------------------------------------- */

/** Run the pass with what is asked for now and later. */
static cnnviz_status start(struct session *session, struct batch_pass *kept, size_t count,
		const int32_t *nodes, struct error *error)
{
	const struct engine_start input = { .value = session->batch->inputs };

	for (size_t i = 0; i < count; i++) {
		add_capture(kept, nodes[i]);
	}
	const struct pass_request request = {
		.start_count = 1,
		.starts = &input,
		.count = kept->captures.count,
		.nodes = kept->captures.nodes,
		.backward = kept->backward,
	};
	cnnviz_status status = shared_pass_run(session, &request, &kept->pass, error);

	kept->failed = status != CNNVIZ_OK;
	return status;
}

static cnnviz_status reference_activation(struct shared_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	const cnnviz_tensor *found = NULL;
	cnnviz_status status = shared_pass_activation(pass, node, &found, error);

	if (status == CNNVIZ_OK) {
		*tensor = tensor_ref((cnnviz_tensor *)(uintptr_t)found);
	}
	return status;
}

/** The network's outputs from the jobs' pass; boxes of a detector alone */
static cnnviz_status reference_outputs(struct shared_pass *pass, size_t count,
		const int32_t *nodes, cnnviz_tensor **logits, cnnviz_tensor **boxes,
		struct error *error)
{
	cnnviz_status status = reference_activation(pass, nodes[0], logits, error);

	if (status == CNNVIZ_OK && count > 1) {
		status = reference_activation(pass, nodes[1], boxes, error);
	}
	if (status != CNNVIZ_OK) {
		tensor_unref(*logits);
		*logits = NULL;
	}
	return status;
}

cnnviz_status batch_pass_logits(struct session *session, cnnviz_tensor **logits,
		struct error *error)
{
	const struct graph *graph = session->plan->model->graph;
	struct batch_pass *kept = session->batch_pass;
	cnnviz_tensor *boxes = NULL;
	int32_t nodes[2];
	size_t count = batch_outputs(graph, nodes);
	cnnviz_status status;

	/* If the jobs' pass fails, for lack of memory say, the logits alone may not. */
	if (kept != NULL && kept->pass == NULL && !kept->failed
			&& start(session, kept, count, nodes, error)
					== CNNVIZ_ERROR_CANCELED) {
		return CNNVIZ_ERROR_CANCELED;
	}
	if (kept != NULL && kept->pass != NULL
			&& shared_pass_has(kept->pass, count, nodes, false)) {
		status = reference_outputs(kept->pass, count, nodes, logits, &boxes,
				error);
	} else {
		session->passes.forward++;
		status = batch_logits(session->engine, session->network, graph,
				session->batch, logits, &boxes, error);
	}
	if (status == CNNVIZ_OK && boxes != NULL) {
		batch_keep_boxes(session->batch, *logits, boxes);
	}
	tensor_unref(boxes);
	return status;
}

struct shared_pass *batch_pass_take(struct session *session, const cnnviz_tensor *input,
		size_t count, const int32_t *nodes, bool backward)
{
	struct batch_pass *kept = session->batch_pass;
	struct error error = { 0 };

	if (kept == NULL || input != session->batch->inputs) {
		return NULL;
	}
	/* The last that asks gets no more than what it asks for. */
	if (kept->pass == NULL && !kept->failed && kept->taken + 1 < kept->expected) {
		start(session, kept, count, nodes, &error);
	}
	kept->taken++;
	if (kept->pass == NULL || !shared_pass_has(kept->pass, count, nodes, backward)) {
		return NULL;
	}
	shared_pass_keep_gradients(kept->pass, kept->taken < kept->expected);
	return shared_pass_ref(kept->pass);
}

/** Add the layers at which a job, or one whose maps it wants, wants the plain gradient. */
static void add_plain(struct node_list *list, const struct session *session,
		const struct plan_job *job)
{
	uint32_t asks = job->plugin->technique.asks;

	if ((asks & CNNVIZ_ASKS_INPUT_GRADIENT) == CNNVIZ_ASKS_INPUT_GRADIENT) {
		add_node(list, CNNVIZ_LAYER_INPUT);
	}
	if ((asks & CNNVIZ_ASKS_LAYER_GRADIENTS) == CNNVIZ_ASKS_LAYER_GRADIENTS) {
		struct node_list named = named_layers(session, job);

		for (size_t i = 0; i < named.count; i++) {
			add_node(list, named.nodes[i]);
		}
		free(named.nodes);
	}
	for (size_t i = 0; (asks & CNNVIZ_ASKS_MAPS) != 0 && i < job->need_count; i++) {
		add_plain(list, session, job->needs[i]);
	}
}

void batch_pass_foresee(const struct session *session, struct shared_pass *pass,
		const int64_t *targets)
{
	const struct batch_pass *kept = session->batch_pass;
	struct node_list list = { 0 };

	if (kept == NULL || kept->pass != pass) {
		return;
	}
	for (size_t i = 0; i < kept->job_count; i++) {
		int64_t *own = kept->awaited[i] ? job_targets(&session->jobs[i]) : NULL;

		if (own != NULL
				&& memcmp(own, targets,
						   session->batch->count * sizeof(*own))
						== 0) {
			add_plain(&list, session, session->jobs[i].plan);
		}
		free(own);
	}
	shared_pass_foresee(pass, list.count, list.nodes);
	free(list.nodes);
}

bool batch_pass_drop(struct session *session, struct error *error)
{
	struct batch_pass *kept = session->batch_pass;

	if (error->status != CNNVIZ_ERROR_MEMORY || kept == NULL || kept->pass == NULL
			|| shared_pass_is_shared(kept->pass)) {
		return false;
	}
	*error = (struct error){ 0 };
	shared_pass_unref(kept->pass);
	kept->pass = NULL;
	kept->failed = true;
	return true;
}

void batch_pass_forget(struct session *session)
{
	struct batch_pass *kept = session->batch_pass;

	if (kept != NULL) {
		shared_pass_unref(kept->pass);
		kept->pass = NULL;
		kept->failed = true;
	}
}

size_t batch_pass_tensors(const struct session *session)
{
	const struct batch_pass *kept = session->batch_pass;

	return kept != NULL && kept->pass != NULL ? shared_pass_tensors(kept->pass) : 0;
}
