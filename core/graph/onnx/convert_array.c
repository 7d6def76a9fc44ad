/**
 * \file    graph/onnx/convert_array.c
 * \brief   Operators on arrays of any rank: normalizations of tokens, powers, reductions
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <string.h>

#include "graph/onnx/axes.h"
#include "graph/onnx/einsum.h"
#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/reduce.h"

/* ---- Functions of each value --------------------------------------------------- */

static cnnviz_status convert_erf(struct conversion *conversion, struct error *error)
{
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	return status == CNNVIZ_OK ? onnx_apply(conversion, "erf", NULL, view, error)
				   : status;
}

static cnnviz_status convert_neg(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("affine");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.factor = -1;
	return status == CNNVIZ_OK
			? onnx_apply(conversion, "affine", &settings, view, error)
			: status;
}

/** The first input to some power */
static cnnviz_status raise(struct conversion *conversion, double exponent,
		struct error *error)
{
	struct graph_settings settings = build_settings("pow");
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	settings.exponent = exponent;
	return status == CNNVIZ_OK ? onnx_apply(conversion, "pow", &settings, view, error)
				   : status;
}

static cnnviz_status convert_sqrt(struct conversion *conversion, struct error *error)
{
	return raise(conversion, 0.5, error);
}

static cnnviz_status convert_reciprocal(struct conversion *conversion,
		struct error *error)
{
	return raise(conversion, -1, error);
}

static cnnviz_status convert_pow(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	cnnviz_status status = onnx_input_constant(conversion, 1, "exponent", &constant,
			error);

	if (status == CNNVIZ_OK && constant_count(constant) != 1) {
		status = onnx_refuse(error, "with several exponents");
	}
	return status == CNNVIZ_OK ? raise(conversion, constant_real(constant, 0), error)
				   : status;
}

/* ---- Normalizations ------------------------------------------------------------ */

/**
 * \brief   Add a normalization with a weight and a bias, those of inputs 1 and 2
 *
 * \param   shape   Of the weight; what the file has for each group is repeated in it
 */
static cnnviz_status add_norm(struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, const struct constant *shape,
		struct error *error)
{
	const struct view *view;
	struct view result;
	struct constant weights[2];
	int32_t input = 0, node;
	uint32_t skipped = 0;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	for (size_t i = 0; i < 2 && status == CNNVIZ_OK; i++) {
		status = onnx_read_weight(conversion, 1 + i, shape, &weights[i], error);
	}
	if (status == CNNVIZ_OK) {
		skipped = onnx_skipped(view);
		status = onnx_view_array(conversion, view, skipped, &input, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, operation, settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		build_weight(&conversion->build, node, GRAPH_WEIGHT, &weights[0]);
		build_weight(&conversion->build, node, GRAPH_BIAS, &weights[1]);
		result = onnx_array_view(conversion, node, skipped);
		onnx_set_view(conversion, &result);
	}
	return status;
}

static cnnviz_status convert_layer_norm(struct conversion *conversion,
		struct error *error)
{
	struct graph_settings settings = build_settings("layer_norm");
	struct constant shape = { .rank = 0 };
	const struct view *view;
	uint32_t axis = 0;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", -1),
				view->rank, &axis, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	if (axis < onnx_skipped(view)) {
		return onnx_refuse(error, "over the batch");
	}
	settings.eps = onnx_real(conversion->node, "epsilon", 1e-5);
	settings.axes = view->rank - axis;
	for (uint32_t d = axis; d < view->rank; d++) {
		shape.extent[shape.rank++] = view->axes[d].extent;
	}
	return add_norm(conversion, "layer_norm", &settings, &shape, error);
}

/** Groups of channels of a live array whose batch is in front */
static cnnviz_status group_norm(struct conversion *conversion, int64_t groups,
		struct error *error)
{
	struct graph_settings settings = build_settings("group_norm");
	struct constant shape = { .rank = 1 };
	const struct view *view;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (view->rank < 2 || view->axes[0].extent != 1) {
		return onnx_refuse(error, "of an array whose batch is not in front");
	}
	settings.groups = groups > 0 ? groups : view->axes[1].extent;
	settings.eps = onnx_real(conversion->node, "epsilon", 1e-5);
	shape.extent[0] = view->axes[1].extent;
	return add_norm(conversion, "group_norm", &settings, &shape, error);
}

static cnnviz_status convert_group_norm(struct conversion *conversion,
		struct error *error)
{
	int64_t groups = onnx_integer(conversion->node, "num_groups", 0);

	return groups > 0 ? group_norm(conversion, groups, error)
			  : error_set(error, CNNVIZ_ERROR_INPUT, "has no num_groups");
}

/** Each channel is a group of its own. */
static cnnviz_status convert_instance_norm(struct conversion *conversion,
		struct error *error)
{
	return group_norm(conversion, 0, error);
}

const struct onnx_operator onnx_array_operators[] = {
	{ "Einsum", NULL, onnx_convert_einsum },
	{ "Erf", fold_erf, convert_erf },
	{ "GroupNormalization", NULL, convert_group_norm },
	{ "InstanceNormalization", NULL, convert_instance_norm },
	{ "LayerNormalization", NULL, convert_layer_norm },
	{ "Neg", fold_neg, convert_neg },
	{ "Pow", fold_pow, convert_pow },
	{ "Reciprocal", fold_reciprocal, convert_reciprocal },
	{ "ReduceL2", NULL, onnx_reduce_norm },
	{ "Sqrt", fold_sqrt, convert_sqrt },
	{ NULL, NULL, NULL },
};
