/**
 * \file    graph/pt2/lower_shape.c
 * \brief   Calls that change axes, or nothing
 */
#include "graph/pt2/tables.h"

#include <string.h>

/* ---- Nothing -------------------------------------------------------------------- */

static void lower_nothing(struct lowering *lowering)
{
	lower_unary(lowering, "Identity", lower_output(lowering, 0),
			lower_subject(lowering));
}

/** A check, which has no output */
static void lower_check(struct lowering *lowering)
{
	(void)lowering;
}

static void lower_dropout(struct lowering *lowering)
{
	if (lower_boolean(lowering, "train", false)
			|| lower_boolean(lowering, "training", false)) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"is in training mode: export the network in eval() mode");
	}
	lower_nothing(lowering);
}

/** Another type of numbers: all floats are alike here, and integers are not of a picture */
static void lower_conversion(struct lowering *lowering)
{
	static const int64_t onnx_types[] = { [1] = ONNX_UINT8,
		[5] = ONNX_INT64,
		[6] = ONNX_FLOAT16,
		[7] = ONNX_FLOAT,
		[8] = ONNX_DOUBLE,
		[12] = ONNX_BOOL,
		[13] = ONNX_BFLOAT16 };
	int64_t type = lower_integer(lowering, "dtype", 0);
	size_t count = sizeof(onnx_types) / sizeof(*onnx_types);

	if (type <= 0 || (size_t)type >= count || onnx_types[type] == 0) {
		lower_nothing(lowering);
		return;
	}
	lower_unary(lowering, "Cast", lower_output(lowering, 0), lower_subject(lowering));
	lower_set_integer(lowering, "to", onnx_types[type]);
}

/* ---- Extents -------------------------------------------------------------------- */

static void lower_view(struct lowering *lowering)
{
	const char *extents = lower_has(lowering, "shape") ? "shape" : "size";

	lower_binary(lowering, "Reshape", lower_output(lowering, 0),
			lower_subject(lowering), lower_extents(lowering, extents));
}

/** Extents of the output, where 0 keeps what the input has; -1 where they are not known */
static void reshape_to_output(struct lowering *lowering)
{
	struct integers out, in;
	size_t open = 0;

	if (!lower_output_shape(lowering, &out) || !lower_subject_shape(lowering, &in)) {
		lower_unknown(lowering);
		return;
	}
	/* An open batch in front stays what it is. */
	if (out.count > 0 && in.count > 0 && out.values[0] < 0 && in.values[0] < 0) {
		out.values[0] = 0;
	}
	for (size_t i = 0; i < out.count; i++) {
		open += out.values[i] < 0;
	}
	if (open > 1) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"makes an array of several open extents; export the "
				"network for one size");
	}
	lower_reshape(lowering, lower_output(lowering, 0), lower_subject(lowering),
			out.count, out.values);
}

/** Repeated to the output's extents, of which 1 keeps what the input has */
static void lower_expand(struct lowering *lowering)
{
	struct integers out;

	if (!lower_output_shape(lowering, &out)) {
		lower_unknown(lowering);
		return;
	}
	for (size_t i = 0; i < out.count; i++) {
		out.values[i] = out.values[i] < 0 ? 1 : out.values[i];
	}
	lower_binary(lowering, "Expand", lower_output(lowering, 0),
			lower_subject(lowering),
			lower_constant_integers(lowering, out.count, out.values));
}

/** Copies along axes, of which new ones may come in front */
static void lower_repeat(struct lowering *lowering)
{
	struct integers shape;
	size_t count = lower_integers(lowering, "repeats").count, rank;
	const char *input = lower_subject(lowering), *longer;

	if (!lower_subject_shape(lowering, &shape) || count > LOWERING_MAX_LIST
			|| count < shape.count) {
		lower_unknown(lowering);
		return;
	}
	rank = shape.count;
	if (count > rank) {
		memmove(shape.values + (count - rank), shape.values,
				rank * sizeof(*shape.values));
		for (size_t i = 0; i < count - rank; i++) {
			shape.values[i] = 1;
		}
		longer = lower_between(lowering);
		lower_reshape(lowering, longer, input, count, shape.values);
		input = longer;
	}
	lower_binary(lowering, "Tile", lower_output(lowering, 0), input,
			lower_extents(lowering, "repeats"));
}

/** An extent of an array, as an integer of the program */
static void lower_extent(struct lowering *lowering)
{
	const char *shape = lower_between(lowering);

	lower_unary(lowering, "Shape", shape, lower_subject(lowering));
	lower_binary(lowering, "Gather", lower_output(lowering, 0), shape,
			lower_constant_integer(lowering,
					lower_integer(lowering, "dim", 0)));
	lower_set_integer(lowering, "axis", 0);
}

/* ---- Order ---------------------------------------------------------------------- */

static void lower_permutation(struct lowering *lowering)
{
	struct integers list = lower_integers(lowering, "dims");
	size_t rank = lower_subject_rank(lowering);

	for (size_t i = 0; i < list.count; i++) {
		list.values[i] += list.values[i] < 0 ? (int64_t)rank : 0;
	}
	lower_transpose(lowering, lower_output(lowering, 0), lower_subject(lowering),
			&list);
}

/** Two axes exchanged: those that are said, or the only two */
static void lower_exchange(struct lowering *lowering)
{
	size_t rank = lower_subject_rank(lowering);
	size_t a = lower_axis(lowering, "dim0", 0, rank);
	size_t b = lower_axis(lowering, "dim1", rank > 1 ? 1 : 0, rank);
	struct integers list = { .count = rank };

	if (rank == 0 || rank > CNNVIZ_MAX_RANK) {
		lower_unknown(lowering);
		return;
	}
	for (size_t i = 0; i < rank; i++) {
		list.values[i] = (int64_t)i;
	}
	list.values[a] = (int64_t)b;
	list.values[b] = (int64_t)a;
	lower_transpose(lowering, lower_output(lowering, 0), lower_subject(lowering),
			&list);
}

/** Channels of groups taken in turns, as ONNX's exporters write it */
static void lower_shuffle(struct lowering *lowering)
{
	static const struct integers order = { { 0, 2, 1, 3, 4 }, 5 };
	struct integers shape;
	int64_t groups = lower_integer(lowering, "groups", 1);
	const char *split = lower_between(lowering), *turned = lower_between(lowering);

	if (!lower_subject_shape(lowering, &shape) || shape.count != 4 || groups < 1) {
		lower_unknown(lowering);
		return;
	}
	lower_reshape(lowering, split, lower_subject(lowering), 5,
			(const int64_t[]){ 0, groups, shape.values[1] / groups,
					shape.values[2], shape.values[3] });
	lower_transpose(lowering, turned, split, &order);
	lower_reshape(lowering, lower_output(lowering, 0), turned, 4,
			(const int64_t[]){ 0, shape.values[1], shape.values[2],
					shape.values[3] });
}

static void lower_depth_to_space(struct lowering *lowering)
{
	lower_unary(lowering, "DepthToSpace", lower_output(lowering, 0),
			lower_subject(lowering));
	lower_set_integer(lowering, "blocksize",
			lower_integer(lowering, "upscale_factor", 1));
	lower_set_text(lowering, "mode", "CRD");
}

const struct pt2_operator pt2_shape_operators[] = {
	{ "_assert_async", lower_check, NULL, false },
	{ "_assert_scalar", lower_check, NULL, false },
	{ "_assert_tensor_metadata", lower_check, NULL, false },
	{ "_to_copy", lower_conversion, NULL, false },
	{ "_unsafe_view", lower_view, NULL, false },
	{ "alias", lower_nothing, NULL, true },
	{ "alpha_dropout", lower_dropout, NULL, false },
	{ "channel_shuffle", lower_shuffle, NULL, false },
	{ "clone", lower_nothing, NULL, false },
	{ "contiguous", lower_nothing, NULL, true },
	{ "detach", lower_nothing, NULL, true },
	{ "dropout", lower_dropout, NULL, false },
	{ "expand", lower_expand, NULL, true },
	{ "expand_as", lower_expand, NULL, true },
	{ "feature_dropout", lower_dropout, NULL, false },
	{ "flatten", reshape_to_output, NULL, true },
	{ "lift_fresh_copy", lower_nothing, NULL, false },
	{ "permute", lower_permutation, NULL, true },
	{ "pixel_shuffle", lower_depth_to_space, NULL, false },
	{ "repeat", lower_repeat, NULL, false },
	{ "reshape", lower_view, NULL, true },
	{ "squeeze", reshape_to_output, NULL, true },
	{ "sym_constrain_range_for_size", lower_check, NULL, false },
	{ "sym_size", lower_extent, NULL, false },
	{ "t", lower_exchange, NULL, true },
	{ "to", lower_conversion, NULL, true },
	{ "transpose", lower_exchange, NULL, true },
	{ "type_as", lower_nothing, NULL, true },
	{ "unflatten", reshape_to_output, NULL, true },
	{ "unsqueeze", reshape_to_output, NULL, true },
	{ "view", lower_view, NULL, true },
	{ NULL, NULL, NULL, false },
};
