/**
 * \file    engine/reference/reference.c
 * \brief   Runs networks in double precision, forward and backward
 */
#include <stdlib.h>
#include <string.h>

#include "engine/reference/operation.h"
#include "graph/operation.h"

const struct reference_operation *reference_operation_find(const char *name)
{
	static const struct reference_operation *const tables[] = {
		reference_conv_operations,
		reference_pool_operations,
		reference_activation_operations,
		reference_norm_operations,
		reference_resample_operations,
		reference_shape_operations,
		reference_arithmetic_operations,
		reference_array_operations,
		reference_attention_operations,
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (size_t k = 0; tables[i][k].name != NULL; k++) {
			if (strcmp(tables[i][k].name, name) == 0) {
				return &tables[i][k];
			}
		}
	}
	return NULL;
}

cnnviz_status reference_fail_memory(struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_MEMORY,
			"out of memory; use a smaller batch");
}

static cnnviz_status check_stop(reference_stop stop, void *context, struct error *error)
{
	return stop != NULL && stop(context)
			? error_set(error, CNNVIZ_ERROR_CANCELED, "interrupted")
			: CNNVIZ_OK;
}

/* ---- One node ------------------------------------------------------------------ */

void reference_prepare(struct work *work, struct reference_run *run, size_t index,
		struct reference_value **inputs)
{
	const struct graph_node *node = &run->graph->nodes[index];

	*work = (struct work){
		.run = run,
		.operation = reference_operation_find(node->op->name),
		.node = node,
		.settings = &node->settings,
		.inputs = inputs,
		.output = &run->values[index],
	};
	for (size_t k = 0; k < node->input_count; k++) {
		inputs[k] = &run->values[node->inputs[k]];
	}
	graph_resolve_padding(work->settings, inputs[0]->shape[2], inputs[0]->shape[3],
			work->padding);
}

static void shape_value(struct reference_value *value, int64_t items,
		const struct graph_shape *shape)
{
	value->rank = shape->rank + 1;
	value->count = items;
	for (uint32_t d = 0; d < CNNVIZ_MAX_RANK; d++) {
		value->shape[d] = d == 0           ? items
				: d <= shape->rank ? shape->extent[d - 1]
						   : 1;
		value->count *= d == 0 ? 1 : value->shape[d];
	}
}

/** Allocate a node's output; false when out of memory */
static bool allocate(struct reference_value *value, bool winners)
{
	value->data = calloc((size_t)value->count, sizeof(*value->data));
	if (winners) {
		value->winner = calloc((size_t)value->count, sizeof(*value->winner));
	}
	return value->data != NULL && (!winners || value->winner != NULL);
}

static bool run_node(struct reference_run *run, size_t index, int64_t items,
		const struct graph_shape *shape)
{
	const struct graph_node *node = &run->graph->nodes[index];
	struct reference_value **inputs = calloc(node->input_count, sizeof(*inputs));
	struct work work;
	bool allocated = false;

	if (inputs != NULL) {
		reference_prepare(&work, run, index, inputs);
		shape_value(work.output, items, shape);
		allocated = allocate(work.output, work.operation->winners);
	}
	if (allocated) {
		work.operation->forward(&work);
	}
	free(inputs);
	return allocated;
}

static bool unrun_node(struct reference_run *run, size_t index, uint32_t rule)
{
	const struct graph_node *node = &run->graph->nodes[index];
	struct reference_value **inputs = calloc(node->input_count, sizeof(*inputs));
	struct work work;

	if (inputs == NULL) {
		return false;
	}
	reference_prepare(&work, run, index, inputs);
	work.rule = rule;
	work.operation->backward(&work);
	free(inputs);
	return true;
}

/* ---- Forward ------------------------------------------------------------------- */

static bool run_start(struct reference_run *run, const struct reference_start *start,
		const struct graph_shape *shape)
{
	struct reference_value *value = &run->values[start->node];

	run->given[start->node] = true;
	shape_value(value, start->shape[0], shape);
	if (!allocate(value, false)) {
		return false;
	}
	memcpy(value->data, start->values, (size_t)value->count * sizeof(*start->values));
	return true;
}

/** The shape of a start without its items; what is wrong with it, if anything */
static cnnviz_status shape_start(const struct graph *graph,
		const struct reference_start *start, struct graph_shape *shape,
		struct error *error)
{
	if (start->node == 0 && start->shape[1] != graph->normalization.channels) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"the input has %d channels, but %s takes %d",
				(int)start->shape[1], graph->name,
				graph->normalization.channels);
	}
	shape->rank = start->rank - 1;
	for (uint32_t d = 0; d < shape->rank; d++) {
		shape->extent[d] = start->shape[d + 1];
	}
	return CNNVIZ_OK;
}

/** Shapes of the nodes that the requested ones need; malloc'ed */
static struct graph_shape *infer(const struct graph *graph, size_t start_count,
		const struct reference_start *starts, const bool *wanted,
		struct error *error)
{
	struct graph_shape *shapes = calloc(graph->node_count, sizeof(*shapes));
	int32_t *nodes = calloc(graph->node_count, sizeof(*nodes));
	bool *known = calloc(graph->node_count, sizeof(*known));
	cnnviz_status status = CNNVIZ_OK;
	size_t count = 0;

	if (shapes == NULL || nodes == NULL || known == NULL) {
		status = reference_fail_memory(error);
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < start_count; i++) {
		known[starts[i].node] = true;
		status = shape_start(graph, &starts[i], &shapes[starts[i].node], error);
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < graph->node_count; i++) {
		if (wanted[i]) {
			nodes[count++] = (int32_t)i;
		}
	}
	if (status == CNNVIZ_OK) {
		status = graph_infer_from(graph, known, count, nodes, shapes, error);
	}
	free(known);
	free(nodes);
	if (status != CNNVIZ_OK) {
		free(shapes);
		shapes = NULL;
	}
	return shapes;
}

/** A run without values, or NULL */
static struct reference_run *create_run(const struct graph *graph,
		const cnnviz_tensor_api *tensor)
{
	struct reference_run *run = calloc(1, sizeof(*run));

	if (run == NULL) {
		return NULL;
	}
	run->graph = graph;
	run->tensor = tensor;
	run->values = calloc(graph->node_count, sizeof(*run->values));
	run->given = calloc(graph->node_count, sizeof(*run->given));
	if (run->values == NULL || run->given == NULL) {
		reference_free(run);
		run = NULL;
	}
	return run;
}

struct reference_run *reference_forward_from(const struct graph *graph,
		const cnnviz_tensor_api *tensor, size_t start_count,
		const struct reference_start *starts, const bool *wanted,
		reference_stop stop, void *context, struct error *error)
{
	struct graph_shape *shapes = infer(graph, start_count, starts, wanted, error);
	struct reference_run *run = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (shapes == NULL) {
		return NULL;
	}
	run = create_run(graph, tensor);
	if (run == NULL) {
		status = reference_fail_memory(error);
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < start_count; i++) {
		if (!run_start(run, &starts[i], &shapes[starts[i].node])) {
			status = reference_fail_memory(error);
		}
	}
	for (size_t i = 1; status == CNNVIZ_OK && i < graph->node_count; i++) {
		if (shapes[i].rank == 0 || run->given[i]) {
			continue;
		}
		status = check_stop(stop, context, error);
		if (status == CNNVIZ_OK
				&& !run_node(run, i, starts[0].shape[0], &shapes[i])) {
			status = reference_fail_memory(error);
		}
	}
	free(shapes);
	if (status != CNNVIZ_OK) {
		reference_free(run);
		run = NULL;
	}
	return run;
}

struct reference_run *reference_forward(const struct graph *graph,
		const cnnviz_tensor_api *tensor, const int64_t shape[4],
		const double *input, const bool *wanted, reference_stop stop,
		void *context, struct error *error)
{
	const struct reference_start start = {
		.rank = 4,
		.shape = shape,
		.values = input,
	};

	return reference_forward_from(graph, tensor, 1, &start, wanted, stop, context,
			error);
}

/* ---- Backward ------------------------------------------------------------------ */

static bool add_seeds(struct reference_run *run, const double *const *seeds)
{
	for (size_t i = 0; i < run->graph->node_count; i++) {
		struct reference_value *value = &run->values[i];

		free(value->gradient);
		value->gradient = NULL;
		if (value->rank == 0) {
			continue;
		}
		value->gradient = calloc((size_t)value->count, sizeof(*value->gradient));
		if (value->gradient == NULL) {
			return false;
		}
		if (seeds[i] != NULL) {
			memcpy(value->gradient, seeds[i],
					(size_t)value->count * sizeof(*value->gradient));
		}
	}
	return true;
}

/** Go back from the seeds by one rule or, if there are rules of nodes, by theirs. */
static cnnviz_status walk_back(struct reference_run *run, uint32_t rule,
		const struct engine_rules *rules, const struct reference_run *reference,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error)
{
	cnnviz_status status = add_seeds(run, seeds) ? CNNVIZ_OK
						     : reference_fail_memory(error);

	for (size_t i = run->graph->node_count;
			status == CNNVIZ_OK && --i > (size_t)first;) {
		const struct engine_rule *own = rules != NULL ? &rules->rules[i] : NULL;

		if (run->values[i].rank == 0 || run->given[i]) {
			continue;
		}
		status = check_stop(stop, context, error);
		if (status != CNNVIZ_OK) {
			break;
		}
		if (own != NULL && own->kind > ENGINE_RULE_OWN) {
			status = reference_apply_rule(run, rules, reference, i, error);
		} else if (!unrun_node(run, i,
					   own != NULL && own->kind == ENGINE_RULE_OWN
							   ? own->own
							   : rule)) {
			status = reference_fail_memory(error);
		}
	}
	return status;
}

cnnviz_status reference_backward(struct reference_run *run, uint32_t rule,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error)
{
	return walk_back(run, rule, NULL, NULL, seeds, first, stop, context, error);
}

cnnviz_status reference_backward_by_rules(struct reference_run *run,
		const struct engine_rules *rules, const struct reference_run *reference,
		const double *const *seeds, int32_t first, reference_stop stop,
		void *context, struct error *error)
{
	return walk_back(run, CNNVIZ_RULE_PLAIN, rules, reference, seeds, first, stop,
			context, error);
}

void reference_free(struct reference_run *run)
{
	if (run == NULL) {
		return;
	}
	for (size_t i = 0; run->values != NULL && i < run->graph->node_count; i++) {
		free(run->values[i].data);
		free(run->values[i].gradient);
		free(run->values[i].winner);
	}
	free(run->values);
	free(run->given);
	free(run);
}
