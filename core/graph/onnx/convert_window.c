/**
 * \file    graph/onnx/convert_window.c
 * \brief   Operators with sliding windows: convolutions and pools
 */
#include "graph/onnx/tables.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "graph/operation.h"
#include "graph/operations/families.h"

/* ---- Windows ------------------------------------------------------------------- */

/** Read numbers for height and width of an attribute, if it is there; or for a length */
static cnnviz_status read_pair(const struct conversion *conversion, const char *name,
		uint32_t rank, int64_t pair[2], struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, name, SIZE_MAX, list, &count,
			error);

	if (status != CNNVIZ_OK || count == 0) {
		return status;
	}
	if (count != rank - 2) {
		return onnx_refuse(error, "over %zu dimensions", count);
	}
	memcpy(pair, list, count * sizeof(*pair));
	return CNNVIZ_OK;
}

static bool all_between(const int64_t *values, size_t count, int64_t least)
{
	for (size_t i = 0; i < count; i++) {
		if (values[i] < least || values[i] > MAX_WINDOW) {
			return false;
		}
	}
	return true;
}

/** Read pads, which ONNX orders top, left, bottom, right; or before and behind a length. */
static cnnviz_status read_pads(const struct conversion *conversion, uint32_t rank,
		int64_t padding[4], struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "pads", SIZE_MAX, list, &count,
			error);

	if (status != CNNVIZ_OK || count == 0) {
		return status;
	}
	if (count != 2 * (rank - 2)) {
		return onnx_refuse(error, "over %zu dimensions", count / 2);
	}
	if (!all_between(list, count, 0)) {
		return onnx_refuse(error, "with pads that are negative or huge");
	}
	for (size_t d = 0; d < rank - 2; d++) {
		padding[2 * d] = list[d];
		padding[2 * d + 1] = list[rank - 2 + d];
	}
	return CNNVIZ_OK;
}

/** SAME_LOWER puts the odd row at the top, where SAME_UPPER has it at the bottom. */
static void pad_lower(struct graph_settings *settings, const struct graph_shape *in)
{
	int64_t padding[4];

	settings->padding_same = true;
	graph_resolve_padding(settings, in->extent[1], in->extent[2], padding);
	settings->padding_same = false;
	for (int d = 0; d < 2; d++) {
		settings->padding[2 * d] = padding[2 * d + 1];
		settings->padding[2 * d + 1] = padding[2 * d];
	}
}

/** Strides and dilations of a window whose kernel is known */
static cnnviz_status read_steps(const struct conversion *conversion, uint32_t rank,
		struct graph_settings *settings, struct error *error)
{
	cnnviz_status status;

	settings->stride[0] = settings->stride[1] = 1;
	status = read_pair(conversion, "strides", rank, settings->stride, error);
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "dilations", rank, settings->dilation,
				error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!all_between(settings->kernel, 2, 1) || !all_between(settings->stride, 2, 1)
			|| !all_between(settings->dilation, 2, 1)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has a kernel, strides or dilations that are not from 1 "
				"to %" PRId64,
				MAX_WINDOW);
	}
	return CNNVIZ_OK;
}

/** Strides, dilations and padding of a window whose kernel is known */
static cnnviz_status read_window(const struct conversion *conversion, uint32_t rank,
		const struct graph_shape *in, struct graph_settings *settings,
		struct error *error)
{
	const char *automatic = onnx_text(conversion->node, "auto_pad", "NOTSET");
	cnnviz_status status = read_steps(conversion, rank, settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (strcmp(automatic, "SAME_UPPER") == 0) {
		settings->padding_same = true;
	} else if (strcmp(automatic, "SAME_LOWER") == 0) {
		pad_lower(settings, in);
	} else if (strcmp(automatic, "VALID") != 0) {
		status = read_pads(conversion, rank, settings->padding, error);
	}
	return status;
}

/* ---- Padding by a node before -------------------------------------------------- */

/** Whether a window can take in the padding before it */
typedef bool takes_padding(const struct conversion *conversion,
		const struct value *value);

/** The input of a window */
struct windowed {
	int32_t node;              /* that has it as (channels,height,width) */
	uint32_t rank;             /* 3 where there are channels of one length */
	const struct value *value; /* with the padding around it, if that is taken */
};

/** Read the first input, with padding around it if that is taken. */
static cnnviz_status padded_input(struct conversion *conversion, takes_padding *takes,
		struct windowed *input, struct error *error)
{
	const struct value *value = onnx_input_at(conversion, 0);

	if (value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no input");
	}
	if (value->kind != VALUE_LIVE) {
		return onnx_refuse(error, "of a constant");
	}
	input->value = value;
	input->rank = value->view.rank;
	return value->padded && takes(conversion, value)
			? onnx_view_spatial(conversion, &value->view, &input->node, error)
			: onnx_input_window(conversion, 0, &input->node, &input->rank,
					error);
}

/** Add the padding before to a window's own. */
static void take_padding(const struct value *value, struct graph_settings *settings)
{
	for (int side = 0; side < 4 && value->padded; side++) {
		settings->padding[side] += value->padding[side];
	}
}

/** Whether the window's own padding depends on the size that it gets */
static bool has_own_size(const struct conversion *conversion)
{
	return strncmp(onnx_text(conversion->node, "auto_pad", "NOTSET"), "SAME", 4) == 0;
}

static bool convolution_takes(const struct conversion *conversion,
		const struct value *value)
{
	return value->padding_value == 0 && !has_own_size(conversion);
}

/* ---- Convolutions -------------------------------------------------------------- */

/** Give a node its weight, and the bias that it may have. */
static cnnviz_status add_weights(struct conversion *conversion, int32_t node,
		const struct constant *weight, struct error *error)
{
	const struct constant *bias;
	cnnviz_status status = CNNVIZ_OK;

	build_weight(&conversion->build, node, GRAPH_WEIGHT, weight);
	if (onnx_input_count(conversion) > 2) {
		status = onnx_input_constant(conversion, 2, "bias", &bias, error);
		if (status == CNNVIZ_OK) {
			build_weight(&conversion->build, node, GRAPH_BIAS, bias);
		}
	}
	return status;
}

/** The weight, as of height and width, if it has as many dimensions as the input */
static cnnviz_status read_weight(const struct conversion *conversion, uint32_t rank,
		struct constant *weight, struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = onnx_input_constant(conversion, 1, "weight", &constant,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (constant->rank != rank || rank < 3) {
		return onnx_refuse(error,
				"with a weight of %" PRIu32
				" dimensions, of an array of %" PRIu32,
				constant->rank, rank);
	}
	*weight = *constant;
	while (weight->rank < 4) {
		weight->extent[weight->rank] = 1;
		weight->stride[weight->rank++] = 1;
	}
	return CNNVIZ_OK;
}

/** Check that a weight has the channels that it must have. */
static cnnviz_status check_weight(const struct constant *weight, uint32_t dimension,
		int64_t channels, struct error *error)
{
	return weight->extent[dimension] == channels
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"has a weight for %" PRId64
					" channels, but gets %" PRId64,
					weight->extent[dimension], channels);
}

/** Take kernel and bias from the weight and the inputs. */
static struct graph_settings *set_kernel(const struct conversion *conversion,
		const struct constant *weight, struct graph_settings *settings)
{
	memcpy(settings->kernel, &weight->extent[2], sizeof(settings->kernel));
	settings->bias = onnx_input_count(conversion) > 2;
	return settings;
}

static cnnviz_status finish_convolution(struct conversion *conversion,
		const char *operation, const struct graph_settings *settings,
		const struct constant *weight, const struct windowed *input,
		struct error *error)
{
	int32_t node;
	cnnviz_status status = onnx_add_node(conversion, operation, settings, 1,
			&input->node, &node, error);

	if (status == CNNVIZ_OK) {
		status = add_weights(conversion, node, weight, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_window(conversion, node, input->rank);
	}
	return status;
}

/** Read the number of groups, which divides that of the channels. */
static cnnviz_status read_groups(const struct conversion *conversion, int64_t channels,
		int64_t *groups, struct error *error)
{
	*groups = onnx_integer(conversion->node, "group", 1);
	return *groups >= 1 && *groups <= channels && channels % *groups == 0
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"has %" PRId64 " groups of %" PRId64 " channels",
					*groups, channels);
}

static cnnviz_status convert_conv(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("conv2d");
	const struct graph_shape *in;
	struct constant weight;
	struct windowed input;
	cnnviz_status status = padded_input(conversion, convolution_takes, &input, error);

	if (status == CNNVIZ_OK) {
		status = read_weight(conversion, input.rank, &weight, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	in = build_shape(&conversion->build, input.node);
	status = read_groups(conversion, in->extent[0], &settings.groups, error);
	if (status == CNNVIZ_OK) {
		status = check_weight(&weight, 1, in->extent[0] / settings.groups, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	settings.out = weight.extent[0];
	status = read_window(conversion, input.rank, in,
			set_kernel(conversion, &weight, &settings), error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	take_padding(input.value, &settings);
	return finish_convolution(conversion, "conv2d", &settings, &weight, &input,
			error);
}

/** Whether a transposed convolution is told the extents of its output, and which */
static cnnviz_status read_output_extents(const struct conversion *conversion,
		uint32_t rank, const struct graph_shape *in,
		const struct graph_settings *settings, int64_t extent[2], bool *told,
		struct error *error)
{
	const char *automatic = onnx_text(conversion->node, "auto_pad", "NOTSET");
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count, skipped = 0;
	cnnviz_status status = onnx_read_list(conversion, "output_shape", SIZE_MAX, list,
			&count, error);

	*told = count > 0 || strncmp(automatic, "SAME", 4) == 0;
	for (int d = 0; d < 2; d++) {
		extent[d] = in->extent[1 + d] * settings->stride[d];
	}
	if (status != CNNVIZ_OK || count == 0) {
		return status;
	}
	if (count == rank) {
		skipped = 2; /* batch and channels, which some files say too */
	}
	if (count != rank - 2 + skipped) {
		return onnx_refuse(error, "with an output_shape of %zu numbers", count);
	}
	memcpy(extent, list + skipped, (rank - 2) * sizeof(*extent));
	return CNNVIZ_OK;
}

/** Find the padding that leads to the extents that a transposed convolution is told. */
static cnnviz_status pad_transposed(const struct conversion *conversion,
		const struct graph_shape *in, const int64_t extent[2],
		struct graph_settings *settings, struct error *error)
{
	const char *automatic = onnx_text(conversion->node, "auto_pad", "NOTSET");
	bool lower = strcmp(automatic, "SAME_UPPER") != 0;

	for (int d = 0; d < 2; d++) {
		int64_t reach = settings->dilation[d] * (settings->kernel[d] - 1) + 1;
		int64_t whole = settings->stride[d] * (in->extent[1 + d] - 1) + reach
				+ settings->output_padding[d];
		int64_t cut;

		if (extent[d] < 1 || extent[d] > MAX_WINDOW * MAX_WINDOW) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"is to have %" PRId64 " rows or columns",
					extent[d]);
		}
		cut = whole > extent[d] ? whole - extent[d] : 0;
		settings->padding[2 * d] = lower ? cut - cut / 2 : cut / 2;
		settings->padding[2 * d + 1] = lower ? cut / 2 : cut - cut / 2;
		settings->output_padding[d] += extent[d] > whole ? extent[d] - whole : 0;
	}
	return CNNVIZ_OK;
}

/** Strides, dilations and padding of a transposed convolution */
static cnnviz_status read_transposed(const struct conversion *conversion, uint32_t rank,
		const struct graph_shape *in, struct graph_settings *settings,
		struct error *error)
{
	int64_t extent[2];
	bool told = false;
	cnnviz_status status = read_steps(conversion, rank, settings, error);

	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "output_padding", rank,
				settings->output_padding, error);
	}
	if (status == CNNVIZ_OK && !all_between(settings->output_padding, 2, 0)) {
		status = onnx_refuse(error, "with a negative or huge output_padding");
	}
	if (status == CNNVIZ_OK) {
		status = read_output_extents(conversion, rank, in, settings, extent,
				&told, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	return told ? pad_transposed(conversion, in, extent, settings, error)
		    : read_window(conversion, rank, in, settings, error);
}

static cnnviz_status convert_transposed(struct conversion *conversion,
		struct error *error)
{
	struct graph_settings settings = build_settings("conv_transpose2d");
	const struct graph_shape *in;
	struct windowed input;
	struct constant weight;
	cnnviz_status status = onnx_input_window(conversion, 0, &input.node, &input.rank,
			error);

	if (status == CNNVIZ_OK) {
		status = read_weight(conversion, input.rank, &weight, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	in = build_shape(&conversion->build, input.node);
	status = check_weight(&weight, 0, in->extent[0], error);
	if (status == CNNVIZ_OK) {
		status = read_groups(conversion, in->extent[0], &settings.groups, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (__builtin_mul_overflow(weight.extent[1], settings.groups, &settings.out)) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has too many channels");
	}
	status = read_transposed(conversion, input.rank, in,
			set_kernel(conversion, &weight, &settings), error);
	return status == CNNVIZ_OK ? finish_convolution(conversion, "conv_transpose2d",
			       &settings, &weight, &input, error)
				   : status;
}

/* ---- Pools --------------------------------------------------------------------- */

/** Whether nothing in a node's output is below zero */
static bool is_rectified(const struct conversion *conversion, int32_t node)
{
	return (conversion->build.graph->nodes[node].op->flags & OPERATION_RECTIFIES)
			!= 0;
}

/** Settings that both pools share */
static cnnviz_status read_pool(struct conversion *conversion, const char *operation,
		takes_padding *takes, struct windowed *input,
		struct graph_settings *settings, struct error *error)
{
	cnnviz_status status = padded_input(conversion, takes, input, error);

	*settings = build_settings(operation);
	settings->ceil_mode = onnx_integer(conversion->node, "ceil_mode", 0) != 0;
	settings->kernel[0] = 0;
	settings->kernel[1] = 1;
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "kernel_shape", input->rank,
				settings->kernel, error);
	}
	if (status == CNNVIZ_OK && settings->kernel[0] < 1) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "has no kernel_shape");
	}
	return status == CNNVIZ_OK ? read_window(conversion, input->rank,
			       build_shape(&conversion->build, input->node), settings,
			       error)
				   : status;
}

static cnnviz_status finish_pool(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, const struct windowed *input,
		struct error *error)
{
	int32_t node;
	cnnviz_status status = onnx_add_node(conversion, operation, settings, 1,
			&input->node, &node, error);

	if (status == CNNVIZ_OK) {
		onnx_set_window(conversion, node, input->rank);
	}
	return status;
}

/** A pool's own padding never wins; no more do zeros where nothing is below. */
static bool max_pool_takes(const struct conversion *conversion, const struct value *value)
{
	return !has_own_size(conversion)
			&& (value->padding_value <= -FLT_MAX
					|| (value->padding_value == 0
							&& is_rectified(conversion,
									value->view.node)));
}

static cnnviz_status convert_max_pool(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings;
	struct windowed input;
	cnnviz_status status = read_pool(conversion, "max_pool2d", max_pool_takes, &input,
			&settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	take_padding(input.value, &settings);
	return finish_pool(conversion, "max_pool2d", &settings, &input, error);
}

/** Zeros before count, and so must a pool's own. */
static bool average_pool_takes(const struct conversion *conversion,
		const struct value *value)
{
	const struct onnx_attribute *pads = onnx_attribute(conversion->node, "pads");
	bool own = false;

	for (size_t i = 0; pads != NULL && pads->integers != NULL && i < pads->count;
			i++) {
		own = own || pads->integers[i] != 0;
	}
	return value->padding_value == 0 && !has_own_size(conversion)
			&& (!own
					|| onnx_integer(conversion->node,
							   "count_include_pad", 0)
							!= 0);
}

static cnnviz_status convert_average_pool(struct conversion *conversion,
		struct error *error)
{
	struct graph_settings settings;
	struct windowed input;
	cnnviz_status status = read_pool(conversion, "avg_pool2d", average_pool_takes,
			&input, &settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (settings.dilation[0] != 1 || settings.dilation[1] != 1) {
		return onnx_refuse(error, "with dilations");
	}
	settings.count_include_pad = input.value->padded
			|| onnx_integer(conversion->node, "count_include_pad", 0) != 0;
	take_padding(input.value, &settings);
	return finish_pool(conversion, "avg_pool2d", &settings, &input, error);
}

/** A pool to a number of rows and columns: 1, or an attribute of an operator of ours */
static cnnviz_status convert_adaptive(struct conversion *conversion,
		const char *operation, struct error *error)
{
	struct graph_settings settings = build_settings(operation);
	struct windowed input;
	cnnviz_status status = onnx_input_window(conversion, 0, &input.node, &input.rank,
			error);

	settings.output[0] = settings.output[1] = 1;
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "output_size", input.rank, settings.output,
				error);
	}
	return status == CNNVIZ_OK
			? finish_pool(conversion, operation, &settings, &input, error)
			: status;
}

static cnnviz_status convert_adaptive_average(struct conversion *conversion,
		struct error *error)
{
	return convert_adaptive(conversion, "adaptive_avg_pool2d", error);
}

static cnnviz_status convert_adaptive_max(struct conversion *conversion,
		struct error *error)
{
	return convert_adaptive(conversion, "adaptive_max_pool2d", error);
}

const struct onnx_operator onnx_window_operators[] = {
	{ "AveragePool", NULL, convert_average_pool },
	{ "Conv", NULL, convert_conv },
	{ "ConvTranspose", NULL, convert_transposed },
	{ "GlobalAveragePool", NULL, convert_adaptive_average },
	{ "GlobalMaxPool", NULL, convert_adaptive_max },
	{ "MaxPool", NULL, convert_max_pool },
	{ NULL, NULL, NULL },
};

const struct onnx_operator onnx_own_operators[] = {
	{ "AdaptiveAveragePool", NULL, convert_adaptive_average },
	{ "AdaptiveMaxPool", NULL, convert_adaptive_max },
	{ NULL, NULL, NULL },
};
