/**
 * \file    graph/pt2/lower_shared.c
 * \brief   What rows of all kinds share
 */
#include "graph/pt2/tables.h"

/* ---- Arguments ------------------------------------------------------------------ */

/** Name of the first argument, which depends on the operator */
static const char *subject_name(const struct lowering *lowering)
{
	const json_t *inputs = json_object_get(lowering->call, "inputs");
	const char *name = json_string_value(json_object_get(json_array_get(inputs, 0),
			"name"));

	return name != NULL ? name : "";
}

const char *lower_subject(struct lowering *lowering)
{
	return lower_operand(lowering, subject_name(lowering));
}

size_t lower_subject_rank(struct lowering *lowering)
{
	return lower_rank(lowering, subject_name(lowering));
}

bool lower_subject_shape(struct lowering *lowering, struct integers *shape)
{
	return lower_shape(lowering, subject_name(lowering), shape);
}

size_t lower_axis(struct lowering *lowering, const char *name, int64_t otherwise,
		size_t rank)
{
	int64_t axis = lower_integer(lowering, name, otherwise);

	axis += axis < 0 ? (int64_t)rank : 0;
	if (axis < 0 || (axis > 0 && axis >= (int64_t)rank)) {
		lower_fail(lowering, CNNVIZ_ERROR_INPUT,
				"has an axis that its array does not have");
		return 0;
	}
	return (size_t)axis;
}

/* ---- What rows share ------------------------------------------------------------ */

void lower_as_unary(struct lowering *lowering)
{
	lower_unary(lowering, lowering->row->operator, lower_output(lowering, 0),
			lower_subject(lowering));
}

void lower_as_binary(struct lowering *lowering)
{
	const char *second = lower_has(lowering, "other") ? "other"
			: lower_has(lowering, "b")        ? "b"
							  : "exponent";

	lower_binary(lowering, lowering->row->operator, lower_output(lowering, 0),
			lower_subject(lowering), lower_operand(lowering, second));
}
