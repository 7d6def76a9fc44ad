/**
 * \file    graph/pt2/lower_window.c
 * \brief   Calls with sliding windows: convolutions, pools, padding, resampling
 */
#include "graph/pt2/tables.h"

#include <string.h>

#include "graph/onnx/tables.h"

/* ---- Windows -------------------------------------------------------------------- */

/** Number of axes that windows slide along */
static size_t window_rank(struct lowering *lowering)
{
	size_t rank = lower_subject_rank(lowering);

	return rank > 2 ? rank - 2 : 2;
}

/** Set an attribute from an argument, of which one number stands for all axes. */
static void set_each(struct lowering *lowering, const char *attribute,
		struct integers list, int64_t otherwise)
{
	size_t rank = window_rank(lowering);

	if (list.count == 0) {
		list.values[list.count++] = otherwise;
	}
	while (list.count < rank && list.count < LOWERING_MAX_LIST) {
		list.values[list.count++] = list.values[0];
	}
	lower_set_integers(lowering, attribute, &list);
}

/** Padding, which ONNX writes for the beginnings and then for the ends */
static void set_pads(struct lowering *lowering, struct integers list)
{
	size_t rank = window_rank(lowering);
	struct integers pads = { .count = 2 * rank };

	if (pads.count > LOWERING_MAX_LIST) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED, "has too many axes");
		return;
	}
	for (size_t i = 0; i < pads.count; i++) {
		size_t axis = i % rank;

		pads.values[i] = list.count == 0    ? 0
				: axis < list.count ? list.values[axis]
						    : list.values[0];
	}
	lower_set_integers(lowering, "pads", &pads);
}

/* ---- Convolutions --------------------------------------------------------------- */

static void set_convolution(struct lowering *lowering, const char *groups)
{
	set_each(lowering, "strides", lower_integers(lowering, "stride"), 1);
	set_each(lowering, "dilations", lower_integers(lowering, "dilation"), 1);
	lower_set_integer(lowering, "group", lower_integer(lowering, groups, 1));
}

static void add_convolution(struct lowering *lowering, const char *operator)
{
	const char *inputs[] = { lower_subject(lowering), lower_array(lowering, "weight"),
		lower_array(lowering, "bias") };

	lower_add(lowering, operator, lower_output(lowering, 0),
			inputs[2][0] != '\0' ? 3 : 2, inputs);
	set_convolution(lowering, "groups");
}

static void lower_transposed(struct lowering *lowering)
{
	add_convolution(lowering, "ConvTranspose");
	set_pads(lowering, lower_integers(lowering, "padding"));
	set_each(lowering, "output_padding", lower_integers(lowering, "output_padding"),
			0);
}

static void lower_convolution(struct lowering *lowering)
{
	if (lower_boolean(lowering, "transposed", false)) {
		lower_transposed(lowering);
		return;
	}
	add_convolution(lowering, "Conv");
	set_pads(lowering, lower_integers(lowering, "padding"));
}

/** conv2d, whose padding may be "same" or "valid" too */
static void lower_plain_convolution(struct lowering *lowering)
{
	const char *target = json_string_value(json_object_get(lowering->call, "target"));
	size_t length = strlen(target);

	if (length < 8 || strcmp(target + length - 8, ".padding") != 0) {
		lower_convolution(lowering);
		return;
	}
	add_convolution(lowering, "Conv");
	lower_set_text(lowering, "auto_pad",
			strcmp(lower_text(lowering, "padding", "valid"), "same") == 0
					? "SAME_UPPER"
					: "VALID");
}

/* ---- Pools ---------------------------------------------------------------------- */

static void add_pool(struct lowering *lowering, const char *operator)
{
	struct integers kernel = lower_integers(lowering, "kernel_size");
	struct integers stride = lower_integers(lowering, "stride");

	lower_unary(lowering, operator, lower_output(lowering, 0),
			lower_subject(lowering));
	set_each(lowering, "kernel_shape", kernel, 1);
	set_each(lowering, "strides", stride.count > 0 ? stride : kernel, 1);
	set_pads(lowering, lower_integers(lowering, "padding"));
	lower_set_integer(lowering, "ceil_mode",
			lower_boolean(lowering, "ceil_mode", false));
}

static void lower_max_pool(struct lowering *lowering)
{
	add_pool(lowering, "MaxPool");
	set_each(lowering, "dilations", lower_integers(lowering, "dilation"), 1);
}

static void lower_mean_pool(struct lowering *lowering)
{
	if (lower_has(lowering, "divisor_override")) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED, "has a divisor_override");
	}
	add_pool(lowering, "AveragePool");
	lower_set_integer(lowering, "count_include_pad",
			lower_boolean(lowering, "count_include_pad", true));
}

/** A pool to a number of rows and columns, for which ONNX has no operator */
static void lower_adaptive(struct lowering *lowering)
{
	lower_as_unary(lowering);
	lower_set_domain(lowering, ONNX_OWN_DOMAIN);
	set_each(lowering, "output_size", lower_integers(lowering, "output_size"), 1);
}

/* ---- Padding -------------------------------------------------------------------- */

/** Padding around the last axes first, as PyTorch writes it, for all axes of ONNX */
static const char *all_pads(struct lowering *lowering)
{
	struct integers list = lower_integers(lowering,
			lower_has(lowering, "pad") ? "pad" : "padding");
	size_t rank = lower_subject_rank(lowering);
	int64_t pads[2 * LOWERING_MAX_LIST] = { 0 };

	if (list.count % 2 != 0 || list.count / 2 > rank || rank > CNNVIZ_MAX_RANK) {
		lower_fail(lowering, CNNVIZ_ERROR_INPUT,
				"has padding for other axes than its array has");
		return "";
	}
	for (size_t i = 0; i < list.count / 2; i++) {
		pads[rank - 1 - i] = list.values[2 * i];
		pads[2 * rank - 1 - i] = list.values[2 * i + 1];
	}
	return lower_constant_integers(lowering, 2 * rank, pads);
}

static void add_pad(struct lowering *lowering, const char *mode, double number)
{
	const char *inputs[] = { lower_subject(lowering), all_pads(lowering),
		lower_constant_real(lowering, number) };

	lower_add(lowering, "Pad", lower_output(lowering, 0), 3, inputs);
	lower_set_text(lowering, "mode", mode);
}

static void lower_pad(struct lowering *lowering)
{
	static const char *const modes[][2] = {
		{ "constant", "constant" },
		{ "reflect", "reflect" },
		{ "replicate", "edge" },
		{ "circular", "wrap" },
	};
	const char *mode = lower_text(lowering, "mode", "constant");

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i][0], mode) == 0) {
			add_pad(lowering, modes[i][1], lower_real(lowering, "value", 0));
			return;
		}
	}
	lower_unknown(lowering);
}

static void lower_pad_by_mode(struct lowering *lowering)
{
	add_pad(lowering, lowering->row->operator, 0);
}

/* ---- Resampling ----------------------------------------------------------------- */

/** Where the output's extents are those of the input, nothing is left to do. */
static bool keeps_size(struct lowering *lowering)
{
	struct integers in, out;

	if (!lower_subject_shape(lowering, &in) || !lower_output_shape(lowering, &out)
			|| in.count != out.count) {
		return false;
	}
	for (size_t i = 0; i < in.count; i++) {
		if (in.values[i] != out.values[i] || (in.values[i] < 0 && i > 1)) {
			return false;
		}
	}
	lower_unary(lowering, "Identity", lower_output(lowering, 0),
			lower_subject(lowering));
	return true;
}

/** Add a Resize to the extents that the program says. */
static void add_resize(struct lowering *lowering, const char *mode,
		const char *coordinates)
{
	struct integers out;
	const char *inputs[4] = { lower_subject(lowering), "", "", "" };

	if (!lower_output_shape(lowering, &out) || out.count != 4) {
		lower_unknown(lowering);
		return;
	}
	out.values[0] = 1;
	inputs[3] = lower_constant_integers(lowering, out.count, out.values);
	lower_add(lowering, "Resize", lower_output(lowering, 0), 4, inputs);
	lower_set_text(lowering, "mode", mode);
	lower_set_text(lowering, "coordinate_transformation_mode", coordinates);
}

static void lower_nearest(struct lowering *lowering)
{
	if (!keeps_size(lowering)) {
		add_resize(lowering, "nearest", "asymmetric");
		lower_set_text(lowering, "nearest_mode", "floor");
	}
}

static void lower_bilinear(struct lowering *lowering)
{
	if (!keeps_size(lowering)) {
		add_resize(lowering, "linear",
				lower_boolean(lowering, "align_corners", false)
						? "align_corners"
						: "pytorch_half_pixel");
	}
}

/** Resampling that ends where it began, as of position embeddings, or none that is known */
static void lower_other_resampling(struct lowering *lowering)
{
	if (!keeps_size(lowering)) {
		lower_unknown(lowering);
	}
}

const struct pt2_operator pt2_window_operators[] = {
	{ "_adaptive_avg_pool2d", lower_adaptive, "AdaptiveAveragePool", false },
	{ "_upsample_bicubic2d_aa", lower_other_resampling, NULL, false },
	{ "_upsample_bilinear2d_aa", lower_other_resampling, NULL, false },
	{ "adaptive_avg_pool1d", lower_adaptive, "AdaptiveAveragePool", false },
	{ "adaptive_avg_pool2d", lower_adaptive, "AdaptiveAveragePool", false },
	{ "adaptive_max_pool2d", lower_adaptive, "AdaptiveMaxPool", false },
	{ "avg_pool1d", lower_mean_pool, NULL, false },
	{ "avg_pool2d", lower_mean_pool, NULL, false },
	{ "constant_pad_nd", lower_pad, NULL, false },
	{ "conv1d", lower_plain_convolution, NULL, false },
	{ "conv2d", lower_plain_convolution, NULL, false },
	{ "conv_transpose1d", lower_transposed, NULL, false },
	{ "conv_transpose2d", lower_transposed, NULL, false },
	{ "convolution", lower_convolution, NULL, false },
	{ "max_pool1d", lower_max_pool, NULL, false },
	{ "max_pool2d", lower_max_pool, NULL, false },
	{ "max_pool2d_with_indices", lower_max_pool, NULL, false },
	{ "pad", lower_pad, NULL, false },
	{ "reflection_pad2d", lower_pad_by_mode, "reflect", false },
	{ "replication_pad2d", lower_pad_by_mode, "edge", false },
	{ "upsample_bicubic2d", lower_other_resampling, NULL, false },
	{ "upsample_bilinear2d", lower_bilinear, NULL, false },
	{ "upsample_nearest2d", lower_nearest, NULL, false },
	{ NULL, NULL, NULL, false },
};
