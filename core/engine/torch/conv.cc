/**
 * \file    engine/torch/conv.cc
 * \brief   Operations that multiply by a weight: convolutions and linear layers
 */
#include <algorithm>
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

/* Values of a linear layer's weights that are in memory at once, where they are read from
 * a mapped file; large, so that a product with them takes longer than starting it */
constexpr int64_t BLOCK = int64_t(1) << 22;

/**
 * Read a linear layer's weights (out,in) in blocks of whole rows: body(first row, number of
 * rows, the rows). Backward in reverse order, so that it begins with what was read last. With
 * a single row of features all time is that of reading the weights, and getting pages back
 * adds to it in every pass; so some stay if many passes follow.
 */
template <typename Body>
void read_in_blocks(const Layer &layer, int64_t items, bool backward, Body body)
{
	const Tensor &weight = layer.weights[GRAPH_WEIGHT];
	int64_t rows = weight.size(0), columns = weight.size(1);
	int64_t most = std::max(int64_t(1), BLOCK / columns);
	int64_t blocks = (rows + most - 1) / most;
	bool stay = items == 1 && !layer.options->brief;

	for (int64_t i = 0; i < blocks; i++) {
		int64_t first = (backward ? blocks - 1 - i : i) * most;
		int64_t count = std::min(most, rows - first);

		body(first, count, weight.narrow(0, first, count));
		if (stay) {
			layer.recent->add(layer, first * columns, count * columns);
		} else {
			layer.spare(GRAPH_WEIGHT, first * columns, count * columns);
		}
	}
}

/**
 * result = rows times matrix, plus a bias where it is defined, plus what result was where
 * `add`. A BLAS would copy all weights for a product with one row, but not for a product
 * with a vector.
 */
void product(Tensor result, const Tensor &rows, const Tensor &matrix, const Tensor &bias,
		bool add)
{
	if (rows.size(0) > 1) {
		multiply(result, rows, matrix, bias, add);
		return;
	}
	Tensor vector = result.select(0, 0);

	if (bias.defined()) {
		vector.copy_(bias);
	}
	vector.addmv_(matrix.t(), rows.select(0, 0), add || bias.defined() ? 1 : 0);
}

/** Whether the products of a linear layer are those of this file, which autograd does not see */
bool is_multiplied_here(const Tensor &rows)
{
	return rows.device().is_cpu() && rows.dim() == 2 && !rows.requires_grad();
}

Tensor linear_forward(Step &step)
{
	const Tensor &x = step.self.inputs[0];
	const Tensor &weight = step.weight(GRAPH_WEIGHT), &bias = step.weight(GRAPH_BIAS);

	if (!is_multiplied_here(x)) {
		return at::linear(x, weight, bias);
	}
	Tensor given = x.contiguous();
	Tensor y = at::empty({ x.size(0), weight.size(0) }, x.options());

	auto multiply_by = [&](int64_t first, int64_t count, const Tensor &rows) {
		product(y.narrow(1, first, count), given, rows.t(),
				bias.defined() ? bias.narrow(0, first, count) : bias,
				false);
	};

	read_in_blocks(step.layer, x.size(0), false, multiply_by);
	return y;
}

Tensor linear_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Tensor &weight = step.weight(GRAPH_WEIGHT);

	if (!is_multiplied_here(gradient)) {
		return at::matmul(gradient, weight);
	}
	Tensor given = gradient.contiguous();
	Tensor result = at::empty({ given.size(0), weight.size(1) }, given.options());
	bool begun = false;

	auto multiply_by = [&](int64_t first, int64_t count, const Tensor &rows) {
		product(result, given.narrow(1, first, count), rows, {}, begun);
		begun = true;
	};

	read_in_blocks(step.layer, given.size(0), true, multiply_by);
	return result;
}

} // namespace

const Operation conv_operations[] = {
	{ "conv2d", conv_forward, conv_backward, ABSORBS, prepare_weights },
	{ "conv_transpose2d", conv_transpose_forward, conv_transpose_backward },
	{ "linear", linear_forward, linear_backward },
	{},
};

} // namespace torch_engine
