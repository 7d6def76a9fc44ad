/**
 * \file    graph/pt2/lower_part.c
 * \brief   Calls that take arrays apart or put them together, and constants
 */
#include "graph/pt2/tables.h"

#include <string.h>

/* ---- Together ------------------------------------------------------------------- */

static void lower_cat(struct lowering *lowering)
{
	const char *inputs[LOWERING_MAX_LIST * 4];
	size_t count = lower_list_length(lowering, "tensors");
	struct integers out;

	if (count > sizeof(inputs) / sizeof(*inputs) || count == 0
			|| !lower_output_shape(lowering, &out)) {
		lower_unknown(lowering);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		inputs[i] = lower_list_array(lowering, "tensors", i);
	}
	lower_add(lowering, "Concat", lower_output(lowering, 0), count, inputs);
	lower_set_integer(lowering, "axis",
			(int64_t)lower_axis(lowering, "dim", 0, out.count));
}

static void lower_stack(struct lowering *lowering)
{
	const char *inputs[LOWERING_MAX_LIST];
	size_t count = lower_list_length(lowering, "tensors");
	struct integers out;
	const char *where;
	int64_t axis;

	if (count > LOWERING_MAX_LIST || count == 0
			|| !lower_output_shape(lowering, &out)) {
		lower_unknown(lowering);
		return;
	}
	axis = (int64_t)lower_axis(lowering, "dim", 0, out.count);
	where = lower_constant_integers(lowering, 1, &axis);
	for (size_t i = 0; i < count; i++) {
		inputs[i] = lower_between(lowering);
		lower_binary(lowering, "Unsqueeze", inputs[i],
				lower_list_array(lowering, "tensors", i), where);
	}
	lower_add(lowering, "Concat", lower_output(lowering, 0), count, inputs);
	lower_set_integer(lowering, "axis", axis);
}

/* ---- Apart ---------------------------------------------------------------------- */

/** A Split whose outputs are those of the call */
static void add_split(struct lowering *lowering, size_t axis,
		const struct integers *sizes)
{
	lower_binary(lowering, "Split", lower_output(lowering, 0),
			lower_subject(lowering),
			lower_constant_integers(lowering, sizes->count, sizes->values));
	for (size_t i = 1; i < lower_output_count(lowering); i++) {
		lower_add_output(lowering, lower_output(lowering, i));
	}
	lower_set_integer(lowering, "axis", (int64_t)axis);
}

/** Parts of equal size, but the last one: of a size, or as many as are said */
static void lower_split(struct lowering *lowering)
{
	struct integers shape, sizes = lower_integers(lowering, "split_sizes");
	size_t count = lower_output_count(lowering), axis;
	int64_t each, left;

	if (!lower_subject_shape(lowering, &shape) || count > LOWERING_MAX_LIST) {
		lower_unknown(lowering);
		return;
	}
	axis = lower_axis(lowering, "dim", 0, shape.count);
	if (sizes.count == 0) {
		sizes = lower_integers(lowering, "split_size");
	}
	if (sizes.count <= 1) {
		left = shape.values[axis];
		each = sizes.count == 1 ? sizes.values[0]
					: (left + (int64_t)count - 1) / (int64_t)count;
		for (sizes.count = 0; sizes.count < count; sizes.count++) {
			sizes.values[sizes.count] = each < left ? each : left;
			left -= sizes.values[sizes.count];
		}
	}
	add_split(lowering, axis, &sizes);
}

/** One position of an axis, which goes away */
static void add_select(struct lowering *lowering, const char *output, size_t axis,
		int64_t position)
{
	lower_binary(lowering, "Gather", output, lower_subject(lowering),
			lower_constant_integer(lowering, position));
	lower_set_integer(lowering, "axis", (int64_t)axis);
}

static void lower_select(struct lowering *lowering)
{
	add_select(lowering, lower_output(lowering, 0),
			lower_axis(lowering, "dim", 0, lower_subject_rank(lowering)),
			lower_integer(lowering, "index", 0));
}

static void lower_unbind(struct lowering *lowering)
{
	size_t axis = lower_axis(lowering, "dim", 0, lower_subject_rank(lowering));

	for (size_t i = 0; i < lower_output_count(lowering); i++) {
		add_select(lowering, lower_output(lowering, i), axis, (int64_t)i);
	}
}

static void add_slice(struct lowering *lowering, const char *output, int64_t axis,
		const int64_t part[3])
{
	const char *inputs[] = {
		lower_subject(lowering),
		lower_constant_integers(lowering, 1, &part[0]),
		lower_constant_integers(lowering, 1, &part[1]),
		lower_constant_integers(lowering, 1, &axis),
		lower_constant_integers(lowering, 1, &part[2]),
	};

	lower_add(lowering, "Slice", output, 5, inputs);
}

static void lower_slice(struct lowering *lowering)
{
	int64_t part[] = { lower_integer(lowering, "start", 0),
		lower_integer(lowering, "end", INT64_MAX),
		lower_integer(lowering, "step", 1) };

	add_slice(lowering, lower_output(lowering, 0),
			(int64_t)lower_axis(lowering, "dim", 0,
					lower_subject_rank(lowering)),
			part);
}

/** Axes turned round one after the other: the end of each put before its beginning */
static void lower_roll(struct lowering *lowering)
{
	struct integers shifts = lower_integers(lowering, "shifts"), shape;
	struct integers axes = lower_integers(lowering, "dims");
	const char *input = lower_subject(lowering);

	if (!lower_subject_shape(lowering, &shape) || axes.count != shifts.count) {
		lower_unknown(lowering);
		return;
	}
	if (axes.count == 0) {
		lower_unknown(lowering);
	}
	for (size_t i = 0; i < axes.count; i++) {
		int64_t axis = axes.values[i]
				+ (axes.values[i] < 0 ? (int64_t)shape.count : 0);
		const char *parts[] = { lower_between(lowering),
			lower_between(lowering) };
		const char *output = i + 1 < axes.count ? lower_between(lowering)
							: lower_output(lowering, 0);
		const char *where = lower_constant_integers(lowering, 1, &axis);
		int64_t cut = -shifts.values[i], none = 0, end = INT64_MAX;
		const char *middle = lower_constant_integers(lowering, 1, &cut);

		lower_add(lowering, "Slice", parts[0], 4,
				(const char *[]){ input, middle,
						lower_constant_integers(lowering, 1,
								&end),
						where });
		lower_add(lowering, "Slice", parts[1], 4,
				(const char *[]){ input,
						lower_constant_integers(lowering, 1,
								&none),
						middle, where });
		lower_add(lowering, "Concat", output, 2, parts);
		lower_set_integer(lowering, "axis", axis);
		input = output;
	}
}

/** Positions of one axis by an array of them, such as of biases of relative positions */
static void lower_index(struct lowering *lowering)
{
	size_t count = lower_list_length(lowering, "indices"), axis = 0, used = 0;

	for (size_t i = 0; i < count; i++) {
		if (lower_list_array(lowering, "indices", i)[0] != '\0') {
			axis = i;
			used++;
		}
	}
	if (used != 1) {
		lower_unknown(lowering);
		return;
	}
	lower_binary(lowering, "Gather", lower_output(lowering, 0),
			lower_subject(lowering),
			lower_list_array(lowering, "indices", axis));
	lower_set_integer(lowering, "axis", (int64_t)axis);
}

/* ---- Constants ------------------------------------------------------------------ */

/** An array of one number: that of the row's name, or of an argument */
static void lower_filled(struct lowering *lowering)
{
	const char *value = lower_has(lowering, "fill_value")
			? lower_operand(lowering, "fill_value")
			: lower_constant_real(lowering,
					strstr(lowering->row->name, "ones") != NULL);
	struct integers out;

	if (!lower_output_shape(lowering, &out)) {
		lower_unknown(lowering);
		return;
	}
	for (size_t i = 0; i < out.count; i++) {
		out.values[i] = out.values[i] < 0 ? 1 : out.values[i];
	}
	lower_binary(lowering, "Expand", lower_output(lowering, 0), value,
			lower_constant_integers(lowering, out.count, out.values));
}

static void lower_range(struct lowering *lowering)
{
	const char *inputs[] = {
		lower_has(lowering, "start") ? lower_operand(lowering, "start")
					     : lower_constant_integer(lowering, 0),
		lower_operand(lowering, "end"),
		lower_has(lowering, "step") ? lower_operand(lowering, "step")
					    : lower_constant_integer(lowering, 1),
	};

	lower_add(lowering, "Range", lower_output(lowering, 0), 3, inputs);
}

const struct pt2_operator pt2_part_operators[] = {
	{ "arange", lower_range, NULL, false },
	{ "cat", lower_cat, NULL, false },
	{ "chunk", lower_split, NULL, true },
	{ "full", lower_filled, NULL, false },
	{ "full_like", lower_filled, NULL, false },
	{ "index", lower_index, NULL, false },
	{ "new_full", lower_filled, NULL, false },
	{ "new_ones", lower_filled, NULL, false },
	{ "new_zeros", lower_filled, NULL, false },
	{ "ones", lower_filled, NULL, false },
	{ "ones_like", lower_filled, NULL, false },
	{ "roll", lower_roll, NULL, false },
	{ "select", lower_select, NULL, true },
	{ "slice", lower_slice, NULL, true },
	{ "split", lower_split, NULL, true },
	{ "split_with_sizes", lower_split, NULL, true },
	{ "stack", lower_stack, NULL, false },
	{ "unbind", lower_unbind, NULL, true },
	{ "zeros", lower_filled, NULL, false },
	{ "zeros_like", lower_filled, NULL, false },
	{ NULL, NULL, NULL, false },
};
