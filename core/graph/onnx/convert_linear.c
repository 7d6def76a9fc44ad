/**
 * \file    graph/onnx/convert_linear.c
 * \brief   Operators with a number for each channel or feature: Gemm, normalizations, ...
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <string.h>

#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/layout.h"
#include "graph/onnx/operands.h"

/* ---- Linear layers ------------------------------------------------------------- */

/** A weight (outputs,inputs) of one in the file, which may be transposed */
static struct constant weight_rows(const struct constant *weight, bool transposed)
{
	struct constant rows = *weight;

	if (transposed) {
		rows.extent[0] = weight->extent[1];
		rows.extent[1] = weight->extent[0];
		rows.stride[0] = weight->stride[1];
		rows.stride[1] = weight->stride[0];
	}
	return rows;
}

/**
 * Order a weight's columns as the features lie in memory, where the file's features run
 * through pieces of it. False if there are too many pieces.
 */
static bool order_columns(struct constant *rows, const struct view_axis *order)
{
	struct constant result = *rows;
	int64_t stride = rows->stride[1];
	bool used[VIEW_MAX_PIECES] = { false };
	int64_t strides[VIEW_MAX_PIECES] = { 0 };

	if (order->count + 1 > CNNVIZ_MAX_RANK) {
		return false;
	}
	for (uint32_t i = order->count; i-- > 0;) {
		strides[i] = stride;
		stride *= order->pieces[i].extent;
	}
	result.rank = 1 + order->count;
	for (uint32_t d = 1; d < result.rank; d++) {
		uint32_t outer = 0;

		/* The piece with the largest stride that is left comes next. */
		while (used[outer]) {
			outer++;
		}
		for (uint32_t i = outer; i < order->count; i++) {
			if (!used[i]
					&& order->pieces[i].stride
							> order->pieces[outer].stride) {
				outer = i;
			}
		}
		used[outer] = true;
		result.extent[d] = order->pieces[outer].extent;
		result.stride[d] = strides[outer];
	}
	*rows = result;
	return true;
}

/** A bias of one for all, or one for each feature */
static cnnviz_status set_bias(struct conversion *conversion, int32_t node,
		const struct constant *constant, int64_t features, struct error *error)
{
	struct constant bias = *constant;
	int64_t count = constant_count(constant);

	if ((count != 1 && count != features) || !constant_is_contiguous(constant)) {
		return onnx_refuse(error, "with a bias of another shape");
	}
	bias.rank = 1;
	bias.extent[0] = features;
	bias.stride[0] = count == 1 ? 0 : 1;
	build_weight(&conversion->build, node, GRAPH_BIAS, &bias);
	return CNNVIZ_OK;
}

/** A linear layer of input 0 and the weight in input 1 */
struct linear {
	bool column;     /* the input is one, not a row */
	bool transposed; /* the weight is (inputs,outputs) */
	double factor;   /* of the weight */
	bool has_bias;
	struct constant bias;
};

/** The weight as (outputs,inputs), as the inputs lie in memory */
static cnnviz_status read_rows(struct conversion *conversion, const struct linear *linear,
		const struct view_axis *order, struct constant *rows, struct error *error)
{
	const struct constant *weight;
	cnnviz_status status = onnx_input_constant(conversion, 1, "weight", &weight,
			error);

	if (status == CNNVIZ_OK && weight->rank != 2) {
		status = onnx_refuse(error, "with a weight of %" PRIu32 " dimensions",
				weight->rank);
	}
	if (status == CNNVIZ_OK) {
		status = folded_scale(conversion, weight, linear->factor, rows, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	*rows = weight_rows(rows, linear->transposed);
	if (rows->extent[1] != order->extent) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has a weight for %" PRId64
				" features, but gets %" PRId64,
				rows->extent[1], order->extent);
	}
	return order->count > 1 && !order_columns(rows, order)
			? onnx_refuse(error, "of an array whose axes were swapped")
			: CNNVIZ_OK;
}

/** A linear layer of a node, whose last axis are the features */
static cnnviz_status multiply(struct conversion *conversion, const struct linear *linear,
		const struct constant *rows, int32_t input, int32_t *node,
		struct error *error)
{
	struct graph_settings settings = build_settings("linear");
	cnnviz_status status;

	settings.out = rows->extent[0];
	settings.bias = linear->has_bias;
	status = onnx_add_node(conversion, "linear", &settings, 1, &input, node, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	build_weight(&conversion->build, *node, GRAPH_WEIGHT, rows);
	return linear->has_bias
			? set_bias(conversion, *node, &linear->bias, settings.out, error)
			: CNNVIZ_OK;
}

static cnnviz_status add_linear(struct conversion *conversion,
		const struct linear *linear, struct error *error)
{
	struct constant rows;
	struct view_axis order;
	int32_t input, node;
	cnnviz_status status = onnx_input_row(conversion, 0, linear->column ? 0 : 1,
			&input, &order, error);

	if (status == CNNVIZ_OK) {
		status = read_rows(conversion, linear, &order, &rows, error);
	}
	if (status == CNNVIZ_OK) {
		status = multiply(conversion, linear, &rows, input, &node, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

static cnnviz_status convert_gemm(struct conversion *conversion, struct error *error)
{
	const struct onnx_node *node = conversion->node;
	const struct constant *bias;
	struct linear linear = {
		.column = onnx_integer(node, "transA", 0) != 0,
		.transposed = onnx_integer(node, "transB", 0) == 0,
		.factor = onnx_real(node, "alpha", 1),
		.has_bias = onnx_input_count(conversion) > 2,
	};
	cnnviz_status status = CNNVIZ_OK;

	if (linear.has_bias) {
		status = onnx_input_constant(conversion, 2, "bias", &bias, error);
		if (status == CNNVIZ_OK) {
			status = folded_scale(conversion, bias,
					onnx_real(node, "beta", 1), &linear.bias, error);
		}
	}
	return status == CNNVIZ_OK ? add_linear(conversion, &linear, error) : status;
}

/** A linear layer of each row of an array */
static cnnviz_status multiply_rows(struct conversion *conversion,
		const struct linear *linear, struct error *error)
{
	struct view_axis order = { .count = 1 };
	const struct view *view;
	struct view result;
	struct constant rows;
	uint32_t skipped = 0;
	int32_t input, node;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK && view->rank == 0) {
		status = onnx_refuse(error, "of a single number");
	}
	if (status == CNNVIZ_OK) {
		order.extent = view->axes[view->rank - 1].extent;
		status = read_rows(conversion, linear, &order, &rows, error);
	}
	if (status == CNNVIZ_OK) {
		skipped = onnx_skipped(view);
		status = onnx_view_array(conversion, view, skipped, &input, error);
	}
	if (status == CNNVIZ_OK) {
		status = multiply(conversion, linear, &rows, input, &node, error);
	}
	if (status == CNNVIZ_OK) {
		result = onnx_array_view(conversion, node, skipped);
		onnx_set_view(conversion, &result);
	}
	return status;
}

static cnnviz_status convert_matmul(struct conversion *conversion, struct error *error)
{
	static const struct linear linear = { .transposed = true, .factor = 1 };
	const struct value *first = onnx_input_at(conversion, 0);
	const struct value *second = onnx_input_at(conversion, 1);

	if (first == NULL || second == NULL || first->kind != VALUE_LIVE
			|| second->kind != VALUE_CONSTANT || second->constant.rank != 2) {
		return onnx_multiply_arrays(conversion, error);
	}
	return first->view.rank == 2 && first->view.axes[0].extent == 1
			? add_linear(conversion, &linear, error)
			: multiply_rows(conversion, &linear, error);
}

/* ---- Normalizations ------------------------------------------------------------ */

static cnnviz_status convert_batch_norm(struct conversion *conversion,
		struct error *error)
{
	/* In the order of ONNX's inputs after the first */
	static const struct {
		enum graph_weight role;
		const char *name;
	} roles[] = {
		{ GRAPH_WEIGHT, "scale" },
		{ GRAPH_BIAS, "bias" },
		{ GRAPH_RUNNING_MEAN, "mean" },
		{ GRAPH_RUNNING_VAR, "variance" },
	};
	struct graph_settings settings = build_settings("batch_norm2d");
	const struct constant *constant;
	int32_t input, node;
	cnnviz_status status = onnx_input_spatial(conversion, 0, &input, error);

	if (onnx_integer(conversion->node, "training_mode", 0) != 0) {
		return onnx_refuse(error,
				"in training mode: export the network in eval() mode");
	}
	settings.eps = onnx_real(conversion->node, "epsilon", 1e-5);
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "batch_norm2d", &settings, 1, &input,
				&node, error);
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < sizeof(roles) / sizeof(*roles);
			i++) {
		status = onnx_input_constant(conversion, 1 + i, roles[i].name, &constant,
				error);
		if (status == CNNVIZ_OK) {
			build_weight(&conversion->build, node, roles[i].role, constant);
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

static cnnviz_status convert_lrn(struct conversion *conversion, struct error *error)
{
	struct graph_settings settings = build_settings("lrn");
	int32_t input, node;
	cnnviz_status status = onnx_input_spatial(conversion, 0, &input, error);

	settings.size = onnx_integer(conversion->node, "size", 0);
	settings.alpha = onnx_real(conversion->node, "alpha", 1e-4);
	settings.beta = onnx_real(conversion->node, "beta", 0.75);
	settings.k = onnx_real(conversion->node, "bias", 1);
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, "lrn", &settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_node(conversion, node);
	}
	return status;
}

const struct onnx_operator onnx_linear_operators[] = {
	{ "BatchNormalization", NULL, convert_batch_norm },
	{ "Gemm", fold_gemm, convert_gemm },
	{ "LRN", NULL, convert_lrn },
	{ "MatMul", fold_matmul, convert_matmul },
	{ NULL, NULL, NULL },
};
