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
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];
	Sizes sizes(s.shape, s.shape + s.rank);

	sizes.insert(sizes.begin(), x.size(0));
	return x.reshape(sizes);
}

Tensor dropout_forward(Step &step)
{
	return step.self.inputs[0];
}

Tensor dropout_backward(const Step &, const Tensor &gradient, size_t)
{
	return gradient;
}

/** A part of a tensor by itself, in the order of the whole */
Tensor in_order(const Tensor &part, const Tensor &whole)
{
	return part.contiguous(whole.dim() == 4 ? whole.suggest_memory_format()
						: at::MemoryFormat::Contiguous);
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
	return in_order(gradient.narrow(axis, before,
					step.source(j).sizes[static_cast<size_t>(axis)]),
			gradient);
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
	const Tensor &x = step.self.inputs[0];

	return in_order(part(step, x), x);
}

Tensor slice_backward(const Step &step, const Tensor &gradient, size_t j)
{
	Tensor whole = phantom(gradient, step.source(j).sizes).zero_();

	part(step, whole).copy_(gradient);
	return whole;
}

/** Channels as a table of so many rows, read by its columns; in the order of x */
Tensor shuffled(const Tensor &x, int64_t rows)
{
	bool last = x.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
	Tensor maps = last ? x.permute({ 0, 2, 3, 1 }) : x;
	int64_t channels = last ? 3 : 1;
	Tensor result = maps.unflatten(channels, { rows, x.size(1) / rows })
					.transpose(channels, channels + 1)
					.flatten(channels, channels + 1);

	return last ? result.permute({ 0, 3, 1, 2 }) : result.contiguous();
}

Tensor shuffle_forward(Step &step)
{
	return shuffled(step.self.inputs[0], step.settings().groups);
}

/** A shuffle exchanges rows and columns of channels; so does the way back. */
Tensor shuffle_backward(const Step &step, const Tensor &gradient, size_t)
{
	return shuffled(gradient, gradient.size(1) / step.settings().groups);
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
