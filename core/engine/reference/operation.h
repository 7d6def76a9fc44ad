/**
 * \file    engine/reference/operation.h
 * \brief   Shared by the files of the reference engine: the row of an operation, the
 *                     state of a node
 *
 * An operation is a row in the table of its family's file (conv.c, pool.c, ...).
 * reference.c runs a graph by these rows, without reference to operations by name.
 */
#ifndef REFERENCE_OPERATION_H
#define REFERENCE_OPERATION_H

#include "engine/reference/reference.h"

struct reference_operation;

/** The state of one operation running on a node */
struct work {
	const struct reference_run *run;
	const struct reference_operation *operation;
	const struct graph_node *node;
	const struct graph_settings *settings;
	struct reference_value **inputs;
	struct reference_value *output;
	int64_t padding[4]; /* of convolutions and pools, resolved for the input */
	uint32_t rule;      /* backward: one of CNNVIZ_RULE_* */
};

struct reference_operation {
	const char *name; /* the graph's */

	/** Compute the output's data, which is initially zero, from the inputs' */
	void (*forward)(struct work *work);

	/** Add the contributions of the output's gradient to the inputs' gradients */
	void (*backward)(struct work *work);

	/** Whether its output stores the origin of values */
	bool winners;

	/** Whether it is made of straight pieces, as are those with winners */
	bool straight;

	/* For activations: the function and its derivative */
	double (*value)(const struct graph_settings *settings, double x);
	double (*slope)(const struct graph_settings *settings, double x);
};

/* Tables, each ended by a row without a name */
extern const struct reference_operation reference_conv_operations[];
extern const struct reference_operation reference_pool_operations[];
extern const struct reference_operation reference_activation_operations[];
extern const struct reference_operation reference_norm_operations[];
extern const struct reference_operation reference_resample_operations[];
extern const struct reference_operation reference_shape_operations[];
extern const struct reference_operation reference_arithmetic_operations[];
extern const struct reference_operation reference_array_operations[];
extern const struct reference_operation reference_attention_operations[];

/** An operation's row by its name in the graph, or NULL */
const struct reference_operation *reference_operation_find(const char *name);

/** Prepare the state of a node; inputs is an array for all its inputs. */
void reference_prepare(struct work *work, struct reference_run *run, size_t index,
		struct reference_value **inputs);

/**
 * \brief   Share a node's gradient among the inputs of a node by a rule
 *
 * \param   index       Of the node; rules->rules[index] says how
 * \param   reference   Or NULL
 */
cnnviz_status reference_apply_rule(struct reference_run *run,
		const struct engine_rules *rules, const struct reference_run *reference,
		size_t index, struct error *error);

/** Share a node's gradient by ENGINE_RULE_REVEAL; false when out of memory. */
bool reference_reveal(struct reference_run *run, const struct reference_run *reference,
		size_t index, const struct engine_rule *rule);

/** Report that memory has run out. */
cnnviz_status reference_fail_memory(struct error *error);

/** A weight's values, or NULL */
static inline const float *weight_of(const struct work *work, enum graph_weight role)
{
	const cnnviz_tensor *tensor = work->node->weights[role];

	return tensor == NULL ? NULL : work->run->tensor->data(tensor);
}

/** Elements of one channel */
static inline int64_t plane(const struct reference_value *value)
{
	int64_t count = 1;

	for (uint32_t d = 2; d < value->rank; d++) {
		count *= value->shape[d];
	}
	return count;
}

/** Values at equal distances */
struct line {
	int64_t first, stride, length;
};

static inline double *at_line(double *values, const struct line *line, int64_t i)
{
	return values + line->first + i * line->stride;
}

/** First element of channel 0 at the position of element i */
static inline int64_t base_of(const struct reference_value *value, int64_t i)
{
	int64_t item = value->shape[1] * plane(value);

	return i / item * item + i % plane(value);
}

static inline int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
