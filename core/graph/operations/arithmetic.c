/**
 * \file    graph/operations/arithmetic.c
 * \brief   Sums, differences, products and quotients of layers
 *
 * A layer that has one row, column or channel where another has more is repeated there, as
 * a gate of squeeze and excitation is, which has one number for each channel.
 */
#include "graph/operations/families.h"
#include "graph/shapes.h"

/** Extend a shape by another one; whether they fit together */
static bool broadcast(struct graph_shape *out, const struct graph_shape *in)
{
	bool fits = in->rank == out->rank;

	for (uint32_t d = 0; fits && d < in->rank; d++) {
		fits = in->extent[d] == out->extent[d] || in->extent[d] == 1
				|| out->extent[d] == 1;
		if (in->extent[d] > out->extent[d]) {
			out->extent[d] = in->extent[d];
		}
	}
	return fits;
}

static cnnviz_status broadcast_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	for (size_t i = 1; i < node->input_count; i++) {
		if (!broadcast(out, &shapes[node->inputs[i]])) {
			return shape_refuse_inputs(graph, node, shapes, i, error);
		}
	}
	return CNNVIZ_OK;
}

/* ---- Random weights ------------------------------------------------------------ */

static double sum_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	double sum = 0;

	(void)graph;
	for (size_t i = 0; i < node->input_count; i++) {
		sum += power[node->inputs[i]];
	}
	return sum;
}

static double product_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return power[node->inputs[0]] * power[node->inputs[1]];
}

static double quotient_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return power[node->inputs[0]] / power[node->inputs[1]];
}

/* ---- Rows ---------------------------------------------------------------------- */

/** What all of them have in common */
#define BROADCAST .flags = OPERATION_REFINES, .least_inputs = 2, .shape = broadcast_shape

const struct operation arithmetic_operations[] = {
	{ BROADCAST, .name = "add", .most_inputs = UINT32_MAX, .power = sum_power },
	{ BROADCAST, .name = "sub", .most_inputs = 2, .power = sum_power },
	{ BROADCAST, .name = "mul", .most_inputs = 2, .power = product_power,
			.kept = OPERATION_KEEPS_INPUTS },
	{ BROADCAST, .name = "div", .most_inputs = 2, .power = quotient_power,
			.kept = OPERATION_KEEPS_INPUTS },
	{ .name = NULL },
};
