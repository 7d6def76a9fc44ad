/**
 * \file    engine/torch/activation.cc
 * \brief   Activations, where backward rules act, and softmax
 */
#include "engine/torch/operation.h"

#include <cmath>
#include <limits>

namespace torch_engine
{

namespace
{

/* ---- Backward rules ------------------------------------------------------------ */

/** Whether a rule passes positive gradients only */
bool positive_only(const Step &step)
{
	return step.rule == CNNVIZ_RULE_GUIDED || step.rule == CNNVIZ_RULE_DECONVNET;
}

/** The gradient that enters an activation */
Tensor rule_on_output(const Step &step, const Tensor &gradient)
{
	return positive_only(step) ? at::clamp_min(gradient, 0) : gradient;
}

/** The gradient that leaves a smooth activation under a rule: see engine.h */
Tensor rule_on_input(const Step &step, const Tensor &gradient)
{
	return step.rule == CNNVIZ_RULE_GUIDED
			? at::threshold_backward(gradient, step.self.inputs[0], 0)
			: gradient;
}

/**
 * \brief   Redirected: what leads out of the flat parts, where an item has nothing else
 *
 * \param   passed      The true gradient by the input
 * \param   ceiling     Output of the upper flat part; the lower one's is 0
 */
Tensor redirect(const Step &step, const Tensor &gradient, const Tensor &passed,
		double ceiling)
{
	if (step.rule != CNNVIZ_RULE_REDIRECTED) {
		return passed;
	}
	const Tensor &y = step.self.output;
	Sizes each(static_cast<size_t>(y.dim()), 1);

	each[0] = y.size(0);
	Tensor stopped = passed.flatten(1).eq(0).all(1).view(each);
	Tensor upwards = y.le(0) * gradient.clamp_min(0);
	Tensor downwards = y.ge(ceiling) * gradient.clamp_max(0);

	return at::where(stopped, upwards + downwards, passed);
}

/* ---- Activations --------------------------------------------------------------- */

/* The gradient of a rectifier can be computed from the output as well as from the
 * input. */

void prepare_relu(Layer &layer)
{
	layer.ceiling = std::numeric_limits<double>::infinity();
}

Tensor relu_forward(Step &step)
{
	Tensor &x = step.self.inputs[0];

	return step.in_place ? x.relu_() : at::relu(x);
}

Tensor relu_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor g = rule_on_output(step, gradient);

	return step.rule == CNNVIZ_RULE_DECONVNET
			? g
			: redirect(step, g,
					at::threshold_backward(g, step.self.output, 0),
					step.layer.ceiling);
}

/** What it was told, or a relu6's */
void prepare_clipped_relu(Layer &layer)
{
	double max = layer.node->settings.max;

	layer.ceiling = max > 0 ? max : 6;
}

Tensor clipped_relu_forward(Step &step)
{
	Tensor &x = step.self.inputs[0];

	return step.in_place ? at::hardtanh_(x, 0, step.layer.ceiling)
			     : at::hardtanh(x, 0, step.layer.ceiling);
}

Tensor clipped_relu_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor g = rule_on_output(step, gradient);

	return step.rule == CNNVIZ_RULE_DECONVNET
			? g
			: redirect(step, g,
					at::hardtanh_backward(g, step.self.output, 0,
							step.layer.ceiling),
					step.layer.ceiling);
}

Tensor leaky_relu_forward(Step &step)
{
	return at::leaky_relu(step.self.inputs[0], step.settings().negative_slope);
}

Tensor leaky_relu_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::leaky_relu_backward(rule_on_output(step, gradient),
					step.self.inputs[0],
					step.settings().negative_slope, false));
}

Tensor prelu_forward(Step &step)
{
	return at::prelu(step.self.inputs[0], step.weight(GRAPH_WEIGHT));
}

/** ATen's function would compute the gradient of the weight too. */
Tensor prelu_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Tensor &x = step.self.inputs[0];
	Sizes each(static_cast<size_t>(x.dim()), 1);
	Tensor g = rule_on_output(step, gradient);

	each[1] = -1;
	return rule_on_input(step,
			at::where(x > 0, g, g * step.weight(GRAPH_WEIGHT).view(each)));
}

Tensor elu_forward(Step &step)
{
	return at::elu(step.self.inputs[0], step.settings().alpha);
}

Tensor elu_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::elu_backward(rule_on_output(step, gradient),
					step.settings().alpha, 1, 1, false,
					step.self.inputs[0]));
}

Tensor silu_forward(Step &step)
{
	return at::silu(step.self.inputs[0]);
}

Tensor silu_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::silu_backward(rule_on_output(step, gradient),
					step.self.inputs[0]));
}

/** ATen's name of a gelu's approximation */
const char *approximation(const Step &step)
{
	return step.settings().mode == 0 ? "none" : "tanh";
}

Tensor gelu_forward(Step &step)
{
	return at::gelu(step.self.inputs[0], approximation(step));
}

Tensor gelu_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::gelu_backward(rule_on_output(step, gradient),
					step.self.inputs[0], approximation(step)));
}

Tensor hardswish_forward(Step &step)
{
	return at::hardswish(step.self.inputs[0]);
}

Tensor hardswish_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::hardswish_backward(rule_on_output(step, gradient),
					step.self.inputs[0]));
}

Tensor mish_forward(Step &step)
{
	return at::mish(step.self.inputs[0]);
}

Tensor mish_backward(const Step &step, const Tensor &gradient, size_t)
{
	return rule_on_input(step,
			at::mish_backward(rule_on_output(step, gradient),
					step.self.inputs[0]));
}

/* ---- Bounds and gates, where no rule acts -------------------------------------- */

Tensor clip_forward(Step &step)
{
	return at::hardtanh(step.self.inputs[0], step.settings().min,
			step.settings().max);
}

Tensor clip_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::hardtanh_backward(gradient, step.self.inputs[0], step.settings().min,
			step.settings().max);
}

Tensor tanh_forward(Step &step)
{
	return at::tanh(step.self.inputs[0]);
}

Tensor tanh_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::tanh_backward(gradient, step.self.output);
}

/** ATen's own has no second derivative. */
Tensor hardsigmoid_forward(Step &step)
{
	const Tensor &x = step.self.inputs[0];

	return x.requires_grad() ? at::hardtanh(x + 3, 0, 6) / 6 : at::hardsigmoid(x);
}

Tensor hardsigmoid_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::hardsigmoid_backward(gradient, step.self.inputs[0]);
}

Tensor sigmoid_forward(Step &step)
{
	return at::sigmoid(step.self.inputs[0]);
}

Tensor sigmoid_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::sigmoid_backward(gradient, step.self.output);
}

/* ---- Functions where no rule acts ---------------------------------------------- */

Tensor affine_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	Tensor y = at::mul(step.self.inputs[0], s.factor);

	return s.addend < 0 || s.addend > 0 ? y.add_(s.addend) : y;
}

Tensor affine_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::mul(gradient, step.settings().factor);
}

Tensor pow_forward(Step &step)
{
	return at::pow(step.self.inputs[0], step.settings().exponent);
}

Tensor pow_backward(const Step &step, const Tensor &gradient, size_t)
{
	double exponent = step.settings().exponent;

	return gradient * at::pow(step.self.inputs[0], exponent - 1).mul_(exponent);
}

Tensor exp_forward(Step &step)
{
	return at::exp(step.self.inputs[0]);
}

Tensor exp_backward(const Step &step, const Tensor &gradient, size_t)
{
	return gradient * step.self.output;
}

Tensor erf_forward(Step &step)
{
	return at::erf(step.self.inputs[0]);
}

Tensor erf_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Tensor &x = step.self.inputs[0];

	return gradient * at::exp(x * x.neg()).mul_(M_2_SQRTPI);
}

/* ---- Softmax ------------------------------------------------------------------- */

Tensor softmax_forward(Step &step)
{
	return at::softmax(step.self.inputs[0], 1 + step.settings().axis);
}

Tensor softmax_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::_softmax_backward_data(gradient, step.self.output,
			1 + step.settings().axis, at::kFloat);
}

} // namespace

const Operation activation_operations[] = {
	{ "relu", relu_forward, relu_backward, KEEPS_OUTPUT | IN_PLACE, prepare_relu },
	{ "relu6", clipped_relu_forward, clipped_relu_backward, KEEPS_OUTPUT | IN_PLACE,
			prepare_clipped_relu },
	{ "clipped_relu", clipped_relu_forward, clipped_relu_backward,
			KEEPS_OUTPUT | IN_PLACE, prepare_clipped_relu },
	{ "leaky_relu", leaky_relu_forward, leaky_relu_backward, KEEPS_INPUTS },
	{ "prelu", prelu_forward, prelu_backward, KEEPS_INPUTS },
	{ "elu", elu_forward, elu_backward, KEEPS_INPUTS },
	{ "silu", silu_forward, silu_backward, KEEPS_INPUTS },
	{ "gelu", gelu_forward, gelu_backward, KEEPS_INPUTS },
	{ "hardswish", hardswish_forward, hardswish_backward, KEEPS_INPUTS },
	{ "mish", mish_forward, mish_backward, KEEPS_INPUTS },
	{ "clip", clip_forward, clip_backward, KEEPS_INPUTS },
	{ "tanh", tanh_forward, tanh_backward, KEEPS_OUTPUT },
	{ "hardsigmoid", hardsigmoid_forward, hardsigmoid_backward, KEEPS_INPUTS },
	{ "sigmoid", sigmoid_forward, sigmoid_backward, KEEPS_OUTPUT },
	{ "affine", affine_forward, affine_backward },
	{ "pow", pow_forward, pow_backward, KEEPS_INPUTS },
	{ "exp", exp_forward, exp_backward, KEEPS_OUTPUT },
	{ "erf", erf_forward, erf_backward, KEEPS_INPUTS },
	{ "softmax", softmax_forward, softmax_backward, KEEPS_OUTPUT },
	{},
};

} // namespace torch_engine
