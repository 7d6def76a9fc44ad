/**
 * \file    engine/reference/hessian.c
 * \brief   How gradients change along a direction
 *
 * Each node's change goes forward, then that of its gradient backward (Pearlmutter 1994,
 * Fast Exact Multiplication by the Hessian). What one operation does to a change is the
 * difference of its own values on both sides: in double precision, and never across
 * the edges of others.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/reference/operation.h"
#include "graph/operation.h"

/** Largest change of an input's values on either side; 2^-18 balances its two errors. */
#define STEP (1.0 / (1 << 18))

/** How one node changes */
struct change {
	double *value;    /* NULL: it does not */
	double *gradient; /* NULL for a node that was not run */
};

/** A node run on values of its inputs a little to one side */
struct moved {
	size_t count;
	struct reference_value *values; /* of its inputs */
	struct reference_value **inputs;
	struct reference_value output;
};

static double *zeros(const struct reference_value *value)
{
	return calloc((size_t)value->count, sizeof(double));
}

/* ---- One node on one side -------------------------------------------------------- */

/** The step by which a node's inputs are moved, or 0 if none of them changes */
static double find_step(const struct reference_run *run, const struct change *changes,
		size_t index)
{
	const struct graph_node *node = &run->graph->nodes[index];
	double largest = 0;
	bool any = false;

	for (size_t k = 0; k < node->input_count; k++) {
		const double *change = changes[node->inputs[k]].value;
		int64_t count = run->values[node->inputs[k]].count;

		any = any || change != NULL;
		for (int64_t i = 0; change != NULL && i < count; i++) {
			largest = fmax(largest, fabs(change[i]));
		}
	}
	return !any ? 0 : largest > 0 ? STEP / largest : 1;
}

static void release_moved(struct moved *moved)
{
	for (size_t k = 0; moved->values != NULL && k < moved->count; k++) {
		free(moved->values[k].data);
		free(moved->values[k].gradient);
	}
	free(moved->values);
	free(moved->inputs);
	free(moved->output.data);
	free(moved->output.winner);
}

/** Copy the inputs of a node, moved by a step; false when out of memory */
static bool move_inputs(const struct reference_run *run, const struct change *changes,
		const struct graph_node *node, double step, struct moved *moved)
{
	for (size_t k = 0; k < node->input_count; k++) {
		const struct reference_value *from = &run->values[node->inputs[k]];
		const double *change = changes[node->inputs[k]].value;
		struct reference_value *value = &moved->values[k];

		*value = *from;
		value->data = zeros(from);
		value->gradient = zeros(from);
		moved->count = k + 1;
		if (value->data == NULL || value->gradient == NULL) {
			return false;
		}
		for (int64_t i = 0; i < from->count; i++) {
			value->data[i] = from->data[i]
					+ (change != NULL ? step * change[i] : 0);
		}
		moved->inputs[k] = value;
	}
	return true;
}

/** Run a node on moved inputs; released by release_moved() even when out of memory */
static bool run_moved(struct reference_run *run, const struct change *changes,
		size_t index, double step, struct moved *moved, struct work *work)
{
	const struct graph_node *node = &run->graph->nodes[index];

	*moved = (struct moved){
		.values = calloc(node->input_count, sizeof(*moved->values)),
		.inputs = calloc(node->input_count, sizeof(*moved->inputs)),
		.output = run->values[index],
	};
	moved->output.data = zeros(&run->values[index]);
	moved->output.winner = calloc((size_t)moved->output.count,
			sizeof(*moved->output.winner));
	if (moved->values == NULL || moved->inputs == NULL || moved->output.data == NULL
			|| moved->output.winner == NULL
			|| !move_inputs(run, changes, node, step, moved)) {
		return false;
	}
	reference_prepare(work, run, index, moved->inputs);
	for (size_t k = 0; k < moved->count; k++) {
		moved->inputs[k] = &moved->values[k];
	}
	work->output = &moved->output;
	work->operation->forward(work);
	return true;
}

/* ---- Forward --------------------------------------------------------------------- */

/** How a node's value changes with those of its inputs */
static bool change_value(struct reference_run *run, struct change *changes, size_t index)
{
	double step = find_step(run, changes, index);
	double *change = step > 0 ? zeros(&run->values[index]) : NULL;
	bool good = step == 0 || change != NULL;

	for (int side = -1; good && step > 0 && side <= 1; side += 2) {
		struct moved moved;
		struct work work;

		good = run_moved(run, changes, index, side * step, &moved, &work);
		for (int64_t i = 0; good && i < moved.output.count; i++) {
			change[i] += side * moved.output.data[i] / (2 * step);
		}
		release_moved(&moved);
	}
	changes[index].value = change;
	return good;
}

/* ---- Backward -------------------------------------------------------------------- */

/** What comes of the change of the gradient that a node gets */
static bool pass_change(struct reference_run *run, struct change *changes, size_t index)
{
	const struct graph_node *node = &run->graph->nodes[index];
	struct reference_value *values = calloc(node->input_count, sizeof(*values));
	struct reference_value **inputs = calloc(node->input_count, sizeof(*inputs));
	struct reference_value output = run->values[index];
	struct work work;
	bool good = values != NULL && inputs != NULL;

	if (good) {
		reference_prepare(&work, run, index, inputs);
		for (size_t k = 0; k < node->input_count; k++) {
			values[k] = *inputs[k];
			values[k].gradient = changes[node->inputs[k]].gradient;
			inputs[k] = &values[k];
		}
		output.gradient = changes[index].gradient;
		work.output = &output;
		work.operation->backward(&work);
	}
	free(inputs);
	free(values);
	return good;
}

/** What comes of the change of a node's slopes, for the gradient that it gets */
static bool bend(struct reference_run *run, struct change *changes, size_t index)
{
	const struct graph_node *node = &run->graph->nodes[index];
	double step = find_step(run, changes, index);
	bool good = true;

	for (int side = -1; good && side <= 1; side += 2) {
		struct moved moved;
		struct work work;

		good = run_moved(run, changes, index, side * step, &moved, &work);
		if (good) {
			work.operation->backward(&work);
		}
		for (size_t k = 0; good && k < moved.count; k++) {
			double *change = changes[node->inputs[k]].gradient;

			for (int64_t i = 0; i < moved.values[k].count; i++) {
				change[i] += side * moved.values[k].gradient[i]
						/ (2 * step);
			}
		}
		release_moved(&moved);
	}
	return good;
}

static bool change_gradients(struct reference_run *run, struct change *changes,
		size_t index)
{
	const struct reference_operation *operation =
			reference_operation_find(run->graph->nodes[index].op->name);
	bool straight = operation->straight || operation->winners;

	return pass_change(run, changes, index)
			&& (straight || bend(run, changes, index));
}

/* ---- The product ----------------------------------------------------------------- */

static bool start_changes(const struct reference_run *run, struct change *changes,
		int32_t first, const double *direction)
{
	const struct reference_value *value = &run->values[first];

	for (size_t i = 0; i < run->graph->node_count; i++) {
		if (run->values[i].rank == 0) {
			continue;
		}
		changes[i].gradient = zeros(&run->values[i]);
		if (changes[i].gradient == NULL) {
			return false;
		}
	}
	changes[first].value = zeros(value);
	if (changes[first].value == NULL) {
		return false;
	}
	memcpy(changes[first].value, direction, (size_t)value->count * sizeof(double));
	return true;
}

/** Whether a node was computed behind the first one */
static bool is_behind(const struct reference_run *run, int32_t first, size_t index)
{
	return index > (size_t)first && run->values[index].rank != 0
			&& !run->given[index];
}

cnnviz_status reference_hessian_product(struct reference_run *run,
		const double *const *seeds, int32_t first, const double *direction,
		double *product, reference_stop stop, void *context, struct error *error)
{
	size_t count = run->graph->node_count;
	struct change *changes = calloc(count, sizeof(*changes));
	cnnviz_status status = reference_backward(run, CNNVIZ_RULE_PLAIN, seeds, first,
			stop, context, error);
	bool good = status == CNNVIZ_OK && changes != NULL
			&& start_changes(run, changes, first, direction);

	for (size_t i = 0; good && i < count; i++) {
		good = !is_behind(run, first, i) || change_value(run, changes, i);
	}
	for (size_t i = count; good && i-- > 0;) {
		good = !is_behind(run, first, i) || changes[i].value == NULL
				|| change_gradients(run, changes, i);
	}
	if (good) {
		memcpy(product, changes[first].gradient,
				(size_t)run->values[first].count * sizeof(*product));
	}
	for (size_t i = 0; changes != NULL && i < count; i++) {
		free(changes[i].value);
		free(changes[i].gradient);
	}
	free(changes);
	return status == CNNVIZ_OK && !good ? reference_fail_memory(error) : status;
}
