/**
 * \file    engine/torch/shape.cc
 * \brief   Operations that copy values, reshape them or join them
 */
#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

Tensor flatten_forward(Step &step)
{
	return at::flatten(step.self.inputs[0], 1);
}

Tensor flatten_backward(const Step &step, const Tensor &gradient, size_t j)
{
	return gradient.reshape(step.source(j).sizes);
}

Tensor reshape_forward(Step &step)
{
	const int64_t *shape = step.settings().shape;
	const Tensor &x = step.self.inputs[0];

	return x.reshape({ x.size(0), shape[0], shape[1], shape[2] });
}

Tensor dropout_forward(Step &step)
{
	return step.self.inputs[0];
}

Tensor dropout_backward(const Step &, const Tensor &gradient, size_t)
{
	return gradient;
}

Tensor concat_forward(Step &step)
{
	return at::cat(step.self.inputs, 1 + step.settings().axis);
}

Tensor concat_backward(const Step &step, const Tensor &gradient, size_t j)
{
	int64_t axis = 1 + step.settings().axis, before = 0;

	for (size_t i = 0; i < j; i++) {
		before += step.source(i).sizes[static_cast<size_t>(axis)];
	}
	return gradient.narrow(axis, before,
				       step.source(j).sizes[static_cast<size_t>(axis)])
			.contiguous();
}

/** The part of a tensor that a slice takes */
Tensor part(const Step &step, const Tensor &whole)
{
	const struct graph_settings &s = step.settings();
	int64_t axis = 1 + s.axis;

	return whole.slice(axis, s.output[0],
			s.output[1] > 0 ? s.output[1] : whole.size(axis), s.step);
}

Tensor slice_forward(Step &step)
{
	return part(step, step.self.inputs[0]).contiguous();
}

Tensor slice_backward(const Step &step, const Tensor &gradient, size_t j)
{
	Tensor whole = at::zeros(step.source(j).sizes, gradient.options());

	part(step, whole).copy_(gradient);
	return whole;
}

Tensor shuffle_forward(Step &step)
{
	return at::channel_shuffle(step.self.inputs[0], step.settings().groups)
			.contiguous();
}

/** A shuffle exchanges rows and columns of channels; so does the way back. */
Tensor shuffle_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::channel_shuffle(gradient.contiguous(),
			gradient.size(1) / step.settings().groups)
			.contiguous();
}

} // namespace

const Operation shape_operations[] = {
	{ "flatten", flatten_forward, flatten_backward, VIEW },
	{ "reshape", reshape_forward, flatten_backward, VIEW },
	{ "dropout", dropout_forward, dropout_backward, VIEW },
	{ "concat", concat_forward, concat_backward },
	{ "slice", slice_forward, slice_backward },
	{ "channel_shuffle", shuffle_forward, shuffle_backward },
	{},
};

} // namespace torch_engine
