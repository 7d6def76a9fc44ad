/**
 * \file    engine/torch/conv.cc
 * \brief   Operations that multiply by a weight: convolutions and linear layers
 */
#include <tuple>

#include "engine/torch/onednn.h"
#include "engine/torch/padding.h"

namespace torch_engine
{

namespace
{

void prepare_weights(Layer &layer)
{
	layer.packed = prepare_packed(layer);
}

Tensor conv_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];

	if (step.layer.packed != nullptr) {
		return convolve(step.layer, x,
				{ step.norm,
						step.cut != nullptr ? step.cut->ceiling
								    : -1 });
	}
	Padding padding(s, x.sizes().vec());

	return at::conv2d(padding.apply(x, 0), step.weight(GRAPH_WEIGHT),
			step.weight(GRAPH_BIAS), pair(s.stride), padding.within(),
			pair(s.dilation), s.groups);
}

Tensor conv_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Sizes &sizes = step.source(0).sizes;

	if (step.layer.packed != nullptr) {
		return convolve_back(step.layer, gradient, sizes, step.norm);
	}
	Padding padding(s, sizes);
	Tensor result = std::get<0>(at::convolution_backward(gradient,
			phantom(gradient, padding.applied(sizes)),
			step.weight(GRAPH_WEIGHT), at::OptionalIntArrayRef(),
			pair(s.stride), padding.within(), pair(s.dilation), false,
			{ 0, 0 }, s.groups, { true, false, false }));

	return padding.cut(result, sizes);
}

/** Crop uneven padding afterwards: ATen crops both ends equally. */
Tensor conv_transpose_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];
	Padding padding(s, x.sizes().vec());
	Tensor y = at::conv_transpose2d(x, step.weight(GRAPH_WEIGHT),
			step.weight(GRAPH_BIAS), pair(s.stride), padding.within(),
			pair(s.output_padding), s.groups, pair(s.dilation));

	if (padding.even()) {
		return y;
	}
	return y.narrow(2, padding.top, y.size(2) - padding.top - padding.bottom)
			.narrow(3, padding.left, y.size(3) - padding.left - padding.right)
			.contiguous();
}

/** The gradient of a transposed convolution is a convolution. */
Tensor conv_transpose_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Sizes &sizes = step.source(0).sizes;
	Padding padding(s, sizes);
	Tensor result = at::conv2d(padding.apply(gradient, 0), step.weight(GRAPH_WEIGHT),
			{}, pair(s.stride), padding.within(), pair(s.dilation), s.groups);

	/* With an output_padding as large as the stride there are further windows. */
	return result.narrow(2, 0, sizes[2]).narrow(3, 0, sizes[3]).contiguous();
}

/**
 * Whether there is one row of features: a BLAS would copy all weights for a product with
 * it, but not for a product with a vector.
 */
bool is_single_row(const Tensor &x)
{
	return x.dim() == 2 && x.size(0) == 1;
}

Tensor linear_forward(Step &step)
{
	const Tensor &x = step.self.inputs[0];
	const Tensor &weight = step.weight(GRAPH_WEIGHT), &bias = step.weight(GRAPH_BIAS);

	if (!is_single_row(x)) {
		return step.layer.packed != nullptr && x.dim() == 2
				? multiply(x, weight.t(), bias)
				: at::linear(x, weight, bias);
	}
	Tensor row = x.select(0, 0);

	return (bias.defined() ? at::addmv(bias, weight, row) : at::mv(weight, row))
			.unsqueeze(0);
}

Tensor linear_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Tensor &weight = step.weight(GRAPH_WEIGHT);

	if (is_single_row(gradient)) {
		return at::mv(weight.t(), gradient.select(0, 0)).unsqueeze(0);
	}
	return step.layer.packed != nullptr && gradient.dim() == 2
			? multiply(gradient, weight, {})
			: at::matmul(gradient, weight);
}

} // namespace

const Operation conv_operations[] = {
	{ "conv2d", conv_forward, conv_backward, ABSORBS, prepare_weights },
	{ "conv_transpose2d", conv_transpose_forward, conv_transpose_backward },
	{ "linear", linear_forward, linear_backward, 0, prepare_weights },
	{},
};

} // namespace torch_engine
