/**
 * \file    graph/pt2/lower_activation.c
 * \brief   Calls that change each number by itself
 */
#include "graph/pt2/tables.h"

#include <string.h>

static void lower_limits(struct lowering *lowering, const char *low, const char *high)
{
	const char *inputs[] = { lower_subject(lowering), low, high };

	lower_add(lowering, "Clip", lower_output(lowering, 0), 3, inputs);
}

static void lower_clamp(struct lowering *lowering)
{
	lower_limits(lowering,
			lower_has(lowering, "min") ? lower_operand(lowering, "min") : "",
			lower_has(lowering, "max") ? lower_operand(lowering, "max") : "");
}

static void lower_hardtanh(struct lowering *lowering)
{
	lower_limits(lowering,
			lower_constant_real(lowering,
					lower_real(lowering, "min_val", -1)),
			lower_constant_real(lowering,
					lower_real(lowering, "max_val", 1)));
}

static void lower_relu6(struct lowering *lowering)
{
	lower_limits(lowering, lower_constant_real(lowering, 0),
			lower_constant_real(lowering, 6));
}

static void lower_silu(struct lowering *lowering)
{
	const char *gate = lower_between(lowering), *input = lower_subject(lowering);

	lower_unary(lowering, "Sigmoid", gate, input);
	lower_binary(lowering, "Mul", lower_output(lowering, 0), input, gate);
}

/** The first half of an axis times the sigmoid of the second */
static void lower_glu(struct lowering *lowering)
{
	size_t rank = lower_subject_rank(lowering);
	const char *half = lower_between(lowering), *gate = lower_between(lowering);
	const char *open = lower_between(lowering);

	lower_unary(lowering, "Split", half, lower_subject(lowering));
	lower_add_output(lowering, gate);
	lower_set_integer(lowering, "axis",
			(int64_t)lower_axis(lowering, "dim", -1, rank));
	lower_set_integer(lowering, "num_outputs", 2);
	lower_unary(lowering, "Sigmoid", open, gate);
	lower_binary(lowering, "Mul", lower_output(lowering, 0), half, open);
}

static void lower_gelu(struct lowering *lowering)
{
	const char *approximate = lower_text(lowering, "approximate", "none");

	lower_as_unary(lowering);
	lower_set_text(lowering, "approximate", approximate);
}

static void lower_hardsigmoid(struct lowering *lowering)
{
	lower_as_unary(lowering);
	lower_set_real(lowering, "alpha", 1.0 / 6);
	lower_set_real(lowering, "beta", 0.5);
}

static void lower_elu(struct lowering *lowering)
{
	if (lower_real(lowering, "scale", 1) != 1
			|| lower_real(lowering, "input_scale", 1) != 1) {
		lower_unknown(lowering);
		return;
	}
	lower_as_unary(lowering);
	lower_set_real(lowering, "alpha", lower_real(lowering, "alpha", 1));
}

static void lower_leaky_relu(struct lowering *lowering)
{
	lower_as_unary(lowering);
	lower_set_real(lowering, "alpha", lower_real(lowering, "negative_slope", 0.01));
}

/** The slopes of channels, which ONNX repeats along the last axes */
static void lower_prelu(struct lowering *lowering)
{
	static const int64_t extent[] = { -1, 1, 1 };
	const char *slopes = lower_between(lowering);

	lower_reshape(lowering, slopes, lower_array(lowering, "weight"), 3, extent);
	lower_binary(lowering, "PRelu", lower_output(lowering, 0),
			lower_subject(lowering), slopes);
}

static void lower_softmax(struct lowering *lowering)
{
	size_t rank = lower_subject_rank(lowering);

	lower_as_unary(lowering);
	lower_set_integer(lowering, "axis",
			(int64_t)lower_axis(lowering, "dim", -1, rank));
}

const struct pt2_operator pt2_activation_operators[] = {
	{ "_log_softmax", lower_softmax, "LogSoftmax", false },
	{ "_softmax", lower_softmax, "Softmax", false },
	{ "clamp", lower_clamp, NULL, false },
	{ "clamp_min", lower_clamp, NULL, false },
	{ "elu", lower_elu, "Elu", false },
	{ "gelu", lower_gelu, "Gelu", false },
	{ "glu", lower_glu, NULL, false },
	{ "hardsigmoid", lower_hardsigmoid, "HardSigmoid", false },
	{ "hardswish", lower_as_unary, "HardSwish", false },
	{ "hardtanh", lower_hardtanh, NULL, false },
	{ "leaky_relu", lower_leaky_relu, "LeakyRelu", false },
	{ "log_softmax", lower_softmax, "LogSoftmax", false },
	{ "mish", lower_as_unary, "Mish", false },
	{ "prelu", lower_prelu, NULL, false },
	{ "relu", lower_as_unary, "Relu", false },
	{ "relu6", lower_relu6, NULL, false },
	{ "sigmoid", lower_as_unary, "Sigmoid", false },
	{ "silu", lower_silu, NULL, false },
	{ "softmax", lower_softmax, "Softmax", false },
	{ "tanh", lower_as_unary, "Tanh", false },
	{ NULL, NULL, NULL, false },
};
