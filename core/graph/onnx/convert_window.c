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

/** Read two numbers of an attribute, if it is there. */
static cnnviz_status read_pair(const struct conversion *conversion, const char *name,
		int64_t pair[2], struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, name, SIZE_MAX, list, &count,
			error);

	if (status != CNNVIZ_OK || count == 0) {
		return status;
	}
	if (count != 2) {
		return onnx_refuse(error, "over %zu dimensions", count);
	}
	memcpy(pair, list, 2 * sizeof(*pair));
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

/** Read pads, which ONNX orders top, left, bottom, right. */
static cnnviz_status read_pads(const struct conversion *conversion, int64_t padding[4],
		struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "pads", SIZE_MAX, list, &count,
			error);

	if (status != CNNVIZ_OK || count == 0) {
		return status;
	}
	if (count != 4) {
		return onnx_refuse(error, "over %zu dimensions", count / 2);
	}
	if (!all_between(list, 4, 0)) {
		return onnx_refuse(error, "with pads that are negative or huge");
	}
	padding[0] = list[0];
	padding[1] = list[2];
	padding[2] = list[1];
	padding[3] = list[3];
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

/** Strides, dilations and padding of a window whose kernel is known */
static cnnviz_status read_window(const struct conversion *conversion,
		const struct graph_shape *in, struct graph_settings *settings,
		struct error *error)
{
	const char *automatic = onnx_text(conversion->node, "auto_pad", "NOTSET");
	cnnviz_status status;

	settings->stride[0] = settings->stride[1] = 1;
	status = read_pair(conversion, "strides", settings->stride, error);
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "dilations", settings->dilation, error);
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
	if (strcmp(automatic, "SAME_UPPER") == 0) {
		settings->padding_same = true;
	} else if (strcmp(automatic, "SAME_LOWER") == 0) {
		pad_lower(settings, in);
	} else if (strcmp(automatic, "VALID") != 0) {
		status = read_pads(conversion, settings->padding, error);
	}
	return status;
}

/* ---- Padding by a node before -------------------------------------------------- */

/** Whether a window can take in the padding before it */
typedef bool takes_padding(const struct conversion *conversion,
		const struct value *value);

/** The first input as (channels,height,width), with padding around it if that is taken */
static cnnviz_status padded_input(struct conversion *conversion, takes_padding *takes,
		const struct value **value, int32_t *node, struct error *error)
{
	*value = onnx_input_at(conversion, 0);
	if (*value == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no input");
	}
	if ((*value)->kind != VALUE_LIVE) {
		return onnx_refuse(error, "of a constant");
	}
	return (*value)->padded && takes(conversion, *value)
			? onnx_view_spatial(conversion, &(*value)->view, node, error)
			: onnx_input_spatial(conversion, 0, node, error);
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

/** Check that a weight has four dimensions, and the channels that it must have. */
static cnnviz_status check_weight(const struct constant *weight, uint32_t dimension,
		int64_t channels, struct error *error)
{
	if (weight->rank != 4) {
		return onnx_refuse(error, "over %" PRId64 " dimensions",
				(int64_t)weight->rank - 2);
	}
	return weight->extent[dimension] == channels
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"has a weight for %" PRId64
					" channels, but gets %" PRId64,
					weight->extent[dimension], channels);
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
	const struct constant *weight;
	const struct graph_shape *in;
	const struct value *value;
	int32_t input, node;
	cnnviz_status status = padded_input(conversion, convolution_takes, &value, &input,
			error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "weight", &weight, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	in = build_shape(&conversion->build, input);
	status = read_groups(conversion, in->extent[0], &settings.groups, error);
	if (status == CNNVIZ_OK) {
		status = check_weight(weight, 1, in->extent[0] / settings.groups, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	settings.out = weight->extent[0];
	memcpy(settings.kernel, &weight->extent[2], sizeof(settings.kernel));
	settings.bias = onnx_input_count(conversion) > 2;
	status = read_window(conversion, in, &settings, error);
	if (status == CNNVIZ_OK) {
		take_padding(value, &settings);
		status = onnx_add_node(conversion, "conv2d", &settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = add_weights(conversion, node, weight, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

/** Padding of a transposed convolution whose output's extent is given */
static cnnviz_status check_transposed(const struct conversion *conversion,
		struct error *error)
{
	const char *automatic = onnx_text(conversion->node, "auto_pad", "NOTSET");

	if (onnx_attribute(conversion->node, "output_shape") != NULL
			|| strncmp(automatic, "SAME", 4) == 0) {
		return onnx_refuse(error, "with output_shape or auto_pad");
	}
	return CNNVIZ_OK;
}

static cnnviz_status convert_transposed(struct conversion *conversion,
		struct error *error)
{
	struct graph_settings settings = build_settings("conv_transpose2d");
	const struct constant *weight;
	const struct graph_shape *in;
	int32_t input, node;
	cnnviz_status status = onnx_input_spatial(conversion, 0, &input, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "weight", &weight, error);
	}
	if (status == CNNVIZ_OK) {
		in = build_shape(&conversion->build, input);
		status = check_weight(weight, 0, in->extent[0], error);
	}
	if (status == CNNVIZ_OK) {
		status = read_groups(conversion, in->extent[0], &settings.groups, error);
	}
	if (status == CNNVIZ_OK) {
		status = check_transposed(conversion, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (__builtin_mul_overflow(weight->extent[1], settings.groups, &settings.out)) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has too many channels");
	}
	memcpy(settings.kernel, &weight->extent[2], sizeof(settings.kernel));
	settings.bias = onnx_input_count(conversion) > 2;
	status = read_window(conversion, in, &settings, error);
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "output_padding", settings.output_padding,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "conv_transpose2d", &settings, 1,
				&input, &node, error);
	}
	if (status == CNNVIZ_OK) {
		status = add_weights(conversion, node, weight, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
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
		takes_padding *takes, const struct value **value, int32_t *input,
		struct graph_settings *settings, struct error *error)
{
	cnnviz_status status = padded_input(conversion, takes, value, input, error);

	*settings = build_settings(operation);
	settings->ceil_mode = onnx_integer(conversion->node, "ceil_mode", 0) != 0;
	settings->kernel[0] = settings->kernel[1] = 0;
	if (status == CNNVIZ_OK) {
		status = read_pair(conversion, "kernel_shape", settings->kernel, error);
	}
	if (status == CNNVIZ_OK && settings->kernel[0] < 1) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "has no kernel_shape");
	}
	return status == CNNVIZ_OK ? read_window(conversion,
			       build_shape(&conversion->build, *input), settings, error)
				   : status;
}

static cnnviz_status finish_pool(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, int32_t input, struct error *error)
{
	int32_t node;
	cnnviz_status status = onnx_add_node(conversion, operation, settings, 1, &input,
			&node, error);

	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
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
	const struct value *value;
	int32_t input;
	cnnviz_status status = read_pool(conversion, "max_pool2d", max_pool_takes, &value,
			&input, &settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	take_padding(value, &settings);
	return finish_pool(conversion, "max_pool2d", &settings, input, error);
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
	const struct value *value;
	int32_t input;
	cnnviz_status status = read_pool(conversion, "avg_pool2d", average_pool_takes,
			&value, &input, &settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (settings.dilation[0] != 1 || settings.dilation[1] != 1) {
		return onnx_refuse(error, "with dilations");
	}
	settings.count_include_pad = value->padded
			|| onnx_integer(conversion->node, "count_include_pad", 0) != 0;
	take_padding(value, &settings);
	return finish_pool(conversion, "avg_pool2d", &settings, input, error);
}

static cnnviz_status convert_global(struct conversion *conversion, const char *operation,
		struct error *error)
{
	struct graph_settings settings = build_settings(operation);
	int32_t input;
	cnnviz_status status = onnx_input_spatial(conversion, 0, &input, error);

	settings.output[0] = settings.output[1] = 1;
	return status == CNNVIZ_OK
			? finish_pool(conversion, operation, &settings, input, error)
			: status;
}

static cnnviz_status convert_global_average(struct conversion *conversion,
		struct error *error)
{
	return convert_global(conversion, "adaptive_avg_pool2d", error);
}

static cnnviz_status convert_global_max(struct conversion *conversion,
		struct error *error)
{
	return convert_global(conversion, "adaptive_max_pool2d", error);
}

const struct onnx_operator onnx_window_operators[] = {
	{ "AveragePool", NULL, convert_average_pool },
	{ "Conv", NULL, convert_conv },
	{ "ConvTranspose", NULL, convert_transposed },
	{ "GlobalAveragePool", NULL, convert_global_average },
	{ "GlobalMaxPool", NULL, convert_global_max },
	{ "MaxPool", NULL, convert_max_pool },
	{ NULL, NULL, NULL },
};
