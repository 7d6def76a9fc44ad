/**
 * \file    graph/operations/attention.c
 * \brief   Attention: what tokens take from one another
 */
#include "graph/attention.h"
#include "graph/operations/families.h"
#include "graph/operations/role_rules.h"
#include "graph/shapes.h"

#include <string.h>

static const struct operation_setting setting_scale = {
	.parameter = {
		.name = "scale",
		.type = CNNVIZ_PARAMETER_FLOAT,
		.default_value = "0",
		.summary = "what products of queries and keys are multiplied by; 0 for 1 / "
				"sqrt(features of a query)",
	},
	.offset = offsetof(struct graph_settings, factor),
};

static const struct operation_setting *const attention_settings[] = {
	&setting_scale,
	NULL,
};

/* ---- Shapes -------------------------------------------------------------------- */

/** Whether two arrays agree in all axes but the last two */
static bool same_stacks(const struct graph_shape *a, const struct graph_shape *b)
{
	return a->rank == b->rank && a->rank >= 2
			&& memcmp(a->extent, b->extent,
					   (a->rank - 2) * sizeof(*a->extent))
			== 0;
}

/** Whether a bias is that of scores, but for axes of 1 along which it is repeated */
static bool fits_scores(const struct graph_shape *bias, const struct graph_shape *scores)
{
	bool fits = bias->rank == scores->rank;

	for (uint32_t d = 0; fits && d < bias->rank; d++) {
		fits = bias->extent[d] == scores->extent[d] || bias->extent[d] == 1;
	}
	return fits;
}

static cnnviz_status attention_shape(const struct graph *graph,
		const struct graph_node *node, const struct graph_shape *shapes,
		struct graph_shape *out, struct error *error)
{
	const struct graph_shape *keys = &shapes[node->inputs[ATTENTION_KEYS]];
	const struct graph_shape *values = &shapes[node->inputs[ATTENTION_VALUES]];
	struct graph_shape scores = *out;
	uint32_t last = out->rank - 1;

	if (!same_stacks(out, keys) || out->extent[last] != keys->extent[last]) {
		return shape_refuse_inputs(graph, node, shapes, ATTENTION_KEYS, error);
	}
	if (!same_stacks(out, values)
			|| keys->extent[last - 1] != values->extent[last - 1]) {
		return shape_refuse_inputs(graph, node, shapes, ATTENTION_VALUES, error);
	}
	scores.extent[last] = keys->extent[last - 1];
	for (size_t i = ATTENTION_BIASES; i < node->input_count; i++) {
		if (!fits_scores(&shapes[node->inputs[i]], &scores)) {
			return shape_refuse_inputs(graph, node, shapes, i, error);
		}
	}
	out->extent[last] = values->extent[last];
	return CNNVIZ_OK;
}

/* ---- Random weights ------------------------------------------------------------ */

/** Means of values, which with random weights are about equal shares of all */
static double attention_power(const struct graph *graph, const struct graph_node *node,
		const double *power)
{
	const struct graph_shape *values =
			&graph->nodes[node->inputs[ATTENTION_VALUES]].shape;

	return power[node->inputs[ATTENTION_VALUES]]
			/ (double)values->extent[values->rank - 2];
}

/* ---- Row ----------------------------------------------------------------------- */

const struct operation attention_operations[] = {
	{
			.name = "attention",
			.flags = OPERATION_MIXES | OPERATION_ATTENDS,
			.least_inputs = ATTENTION_BIASES,
			.most_inputs = ATTENTION_MOST_INPUTS,
			.settings = attention_settings,
			.shape = attention_shape,
			.roles = roles_attended,
			.power = attention_power,
			.kept = OPERATION_KEEPS_INPUTS,
	},
	{ .name = NULL },
};
