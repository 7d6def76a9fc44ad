/**
 * \file    graph/pt2/lower_linear.c
 * \brief   Calls that multiply matrices, and normalizations
 */
#include "graph/pt2/tables.h"

#include <math.h>
#include <string.h>

/* ---- Matrices ------------------------------------------------------------------- */

/** The last two axes exchanged */
static struct integers swap_last(size_t rank)
{
	struct integers permutation = { .count = rank };

	for (size_t i = 0; i < rank; i++) {
		permutation.values[i] = (int64_t)i;
	}
	if (rank > 1) {
		permutation.values[rank - 2] = (int64_t)rank - 1;
		permutation.values[rank - 1] = (int64_t)rank - 2;
	}
	return permutation;
}

/** A weight of (outputs,inputs) as that of MatMul, (inputs,outputs) */
static const char *transposed_weight(struct lowering *lowering, const char *weight)
{
	static const struct integers swapped = { { 1, 0 }, 2 };
	const char *result = lower_between(lowering);

	lower_transpose(lowering, result, weight, &swapped);
	return result;
}

/** A row of features is Gemm's matter; the last of several axes MatMul's. */
static void lower_linear(struct lowering *lowering)
{
	const char *output = lower_output(lowering, 0), *product, *rows;
	const char *inputs[] = { lower_subject(lowering), lower_array(lowering, "weight"),
		lower_array(lowering, "bias") };
	bool has_bias = inputs[2][0] != '\0';

	if (lower_subject_rank(lowering) == 2) {
		lower_add(lowering, "Gemm", output, has_bias ? 3 : 2, inputs);
		lower_set_integer(lowering, "transB", 1);
		return;
	}
	rows = transposed_weight(lowering, inputs[1]);
	product = has_bias ? lower_between(lowering) : output;
	lower_binary(lowering, "MatMul", product, inputs[0], rows);
	if (has_bias) {
		lower_binary(lowering, "Add", output, product, inputs[2]);
	}
}

static void lower_addmm(struct lowering *lowering)
{
	const char *inputs[] = { lower_array(lowering, "mat1"),
		lower_array(lowering, "mat2"), lower_subject(lowering) };

	lower_add(lowering, "Gemm", lower_output(lowering, 0), 3, inputs);
	lower_set_real(lowering, "alpha", lower_real(lowering, "alpha", 1));
	lower_set_real(lowering, "beta", lower_real(lowering, "beta", 1));
}

static void lower_product(struct lowering *lowering)
{
	lower_binary(lowering, "MatMul", lower_output(lowering, 0),
			lower_subject(lowering),
			lower_array(lowering,
					lower_has(lowering, "other") ? "other" : "mat2"));
}

static void lower_einsum(struct lowering *lowering)
{
	const char *inputs[LOWERING_MAX_LIST];
	size_t count = lower_list_length(lowering, "tensors");

	count = count < LOWERING_MAX_LIST ? count : LOWERING_MAX_LIST;
	for (size_t i = 0; i < count; i++) {
		inputs[i] = lower_list_array(lowering, "tensors", i);
	}
	lower_add(lowering, "Einsum", lower_output(lowering, 0), count, inputs);
	lower_set_text(lowering, "equation", lower_text(lowering, "equation", ""));
}

/**
 * Attention as ONNX's exporters write it: the softmax of the products of queries and keys,
 * times the values
 */
static void lower_attention(struct lowering *lowering)
{
	size_t rank = lower_subject_rank(lowering);
	struct integers swapped = swap_last(rank), shape;
	const char *keys = lower_between(lowering), *scores = lower_between(lowering);
	const char *scaled = lower_between(lowering), *weights = lower_between(lowering);
	const char *mask = lower_array(lowering, "attn_mask"), *masked = scaled;
	double scale;

	if (lower_boolean(lowering, "is_causal", false)
			|| lower_boolean(lowering, "enable_gqa", false)
			|| lower_real(lowering, "dropout_p", 0) != 0
			|| !lower_subject_shape(lowering, &shape) || rank < 2) {
		lower_unknown(lowering);
		return;
	}
	scale = lower_real(lowering, "scale", 1 / sqrt((double)shape.values[rank - 1]));
	lower_transpose(lowering, keys, lower_array(lowering, "key"), &swapped);
	lower_binary(lowering, "MatMul", scores, lower_subject(lowering), keys);
	lower_binary(lowering, "Mul", scaled, scores,
			lower_constant_real(lowering, scale));
	if (mask[0] != '\0') {
		masked = lower_between(lowering);
		lower_binary(lowering, "Add", masked, scaled, mask);
	}
	lower_unary(lowering, "Softmax", weights, masked);
	lower_set_integer(lowering, "axis", -1);
	lower_binary(lowering, "MatMul", lower_output(lowering, 0), weights,
			lower_array(lowering, "value"));
}

/* ---- Normalizations ------------------------------------------------------------- */

static void lower_batch_norm(struct lowering *lowering)
{
	const char *inputs[] = { lower_subject(lowering), lower_array(lowering, "weight"),
		lower_array(lowering, "bias"), lower_array(lowering, "running_mean"),
		lower_array(lowering, "running_var") };

	if (lower_boolean(lowering, "training", false)) {
		lower_fail(lowering, CNNVIZ_ERROR_UNSUPPORTED,
				"is in training mode: export the network in eval() mode");
	}
	lower_add(lowering, "BatchNormalization", lower_output(lowering, 0), 5, inputs);
	lower_set_real(lowering, "epsilon", lower_real(lowering, "eps", 1e-5));
}

static void lower_layer_norm(struct lowering *lowering)
{
	const char *inputs[] = { lower_subject(lowering), lower_array(lowering, "weight"),
		lower_array(lowering, "bias") };
	struct integers normalized = lower_integers(lowering, "normalized_shape");
	size_t count = inputs[2][0] != '\0' ? 3 : 2;

	if (inputs[1][0] == '\0') {
		int64_t one = 1;

		inputs[1] = lower_between(lowering);
		lower_binary(lowering, "Expand", inputs[1],
				lower_constant_real(lowering, (double)one),
				lower_constant_integers(lowering, normalized.count,
						normalized.values));
	}
	lower_add(lowering, "LayerNormalization", lower_output(lowering, 0), count,
			inputs);
	lower_set_integer(lowering, "axis", -(int64_t)normalized.count);
	lower_set_real(lowering, "epsilon", lower_real(lowering, "eps", 1e-5));
}

static void lower_group_norm(struct lowering *lowering)
{
	const char *groups = lower_has(lowering, "num_groups") ? "num_groups" : "group";
	const char *inputs[] = { lower_subject(lowering), lower_array(lowering, "weight"),
		lower_array(lowering, "bias") };

	lower_add(lowering, "GroupNormalization", lower_output(lowering, 0), 3, inputs);
	lower_set_integer(lowering, "num_groups", lower_integer(lowering, groups, 1));
	lower_set_real(lowering, "epsilon", lower_real(lowering, "eps", 1e-5));
}

const struct pt2_operator pt2_linear_operators[] = {
	{ "_native_batch_norm_legit_no_training", lower_batch_norm, NULL, false },
	{ "addmm", lower_addmm, NULL, false },
	{ "batch_norm", lower_batch_norm, NULL, false },
	{ "bmm", lower_product, NULL, false },
	{ "einsum", lower_einsum, NULL, false },
	{ "group_norm", lower_group_norm, NULL, false },
	{ "layer_norm", lower_layer_norm, NULL, false },
	{ "linear", lower_linear, NULL, false },
	{ "matmul", lower_product, NULL, false },
	{ "mm", lower_product, NULL, false },
	{ "native_group_norm", lower_group_norm, NULL, false },
	{ "native_layer_norm", lower_layer_norm, NULL, false },
	{ "scaled_dot_product_attention", lower_attention, NULL, false },
	{ NULL, NULL, NULL, false },
};
