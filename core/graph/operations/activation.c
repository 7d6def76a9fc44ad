/**
 * \file    graph/operations/activation.c
 * \brief   Operations on each value by itself, and softmax
 */
#include "graph/operations/families.h"

/** Half of the values are above zero and stay what they are, nearly or entirely. */
static double halved_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	(void)graph;
	return power[node->inputs[0]] / 2;
}

const struct operation activation_operations[] = {
	{
			.name = "relu",
			.flags = OPERATION_REFINES | OPERATION_RECTIFIES,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "relu6",
			.flags = OPERATION_REFINES | OPERATION_RECTIFIES,
			.power = halved_power,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{
			.name = "silu",
			.flags = OPERATION_REFINES,
			.power = halved_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{
			.name = "softmax",
			.flags = OPERATION_PROBABILITIES,
			.kept = OPERATION_KEEPS_OUTPUT,
	},
	{ .name = NULL },
};
