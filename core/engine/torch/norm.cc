/**
 * \file    engine/torch/norm.cc
 * \brief   Normalizations: by running statistics, and across channels
 */
#include <tuple>

#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/* ---- Batch normalization ------------------------------------------------------- */

/**
 * Factor weight / sqrt(var + eps), (1,C,1,1), and offset bias - mean factor, (C). They are
 * rounded once, since all values behind them carry their error. The file of a network may
 * have eps in single precision, and gives the same bits as one that has not.
 */
void prepare_batch_norm(Layer &layer)
{
	Tensor factor = at::rsqrt(layer.weights[GRAPH_RUNNING_VAR].to(at::kDouble)
			+ static_cast<double>(
					static_cast<float>(layer.node->settings.eps)));

	factor.mul_(layer.weights[GRAPH_WEIGHT]);
	layer.offset = (layer.weights[GRAPH_BIAS]
			- layer.weights[GRAPH_RUNNING_MEAN] * factor)
				       .to(at::kFloat);
	layer.factor = factor.reshape({ 1, -1, 1, 1 }).to(at::kFloat);
}

Tensor batch_norm_forward(Step &step)
{
	return at::batch_norm(step.self.inputs[0], step.weight(GRAPH_WEIGHT),
			step.weight(GRAPH_BIAS), step.weight(GRAPH_RUNNING_MEAN),
			step.weight(GRAPH_RUNNING_VAR), false, 0, step.settings().eps,
			false);
}

Tensor batch_norm_backward(const Step &step, const Tensor &gradient, size_t)
{
	return gradient * step.layer.factor;
}

/* ---- Layer and group normalization --------------------------------------------- */

/** Keep mean and inverse deviation of what was normalized together. */
Tensor keep_moments(Step &step, const std::tuple<Tensor, Tensor, Tensor> &result)
{
	step.self.own = at::stack({ std::get<1>(result), std::get<2>(result) });
	return std::get<0>(result);
}

at::IntArrayRef last_sizes(const Step &step, const Tensor &x)
{
	size_t axes = static_cast<size_t>(step.settings().axes);

	return x.sizes().slice(x.sizes().size() - axes);
}

Tensor layer_norm_forward(Step &step)
{
	Tensor x = step.self.inputs[0].contiguous();

	return keep_moments(step,
			at::native_layer_norm(x, last_sizes(step, x),
					step.weight(GRAPH_WEIGHT),
					step.weight(GRAPH_BIAS), step.settings().eps));
}

Tensor layer_norm_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor x = step.self.inputs[0].contiguous();

	return std::get<0>(at::native_layer_norm_backward(gradient.contiguous(), x,
			last_sizes(step, x), step.self.own[0], step.self.own[1],
			step.weight(GRAPH_WEIGHT), step.weight(GRAPH_BIAS),
			{ true, false, false }));
}

/** (N,C,values): of feature maps whose channels lie side by side, sums would be rougher. */
Tensor channels_of(const Tensor &x)
{
	return x.contiguous().view({ x.size(0), x.size(1), -1 });
}

Tensor group_norm_forward(Step &step)
{
	Tensor x = channels_of(step.self.inputs[0]);
	Tensor y = keep_moments(step,
			at::native_group_norm(x, step.weight(GRAPH_WEIGHT),
					step.weight(GRAPH_BIAS), x.size(0), x.size(1),
					x.size(2), step.settings().groups,
					step.settings().eps));

	return y.view(step.self.inputs[0].sizes());
}

Tensor group_norm_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor x = channels_of(step.self.inputs[0]);

	return std::get<0>(at::native_group_norm_backward(channels_of(gradient), x,
					   step.self.own[0], step.self.own[1],
					   step.weight(GRAPH_WEIGHT), x.size(0),
					   x.size(1), x.size(2), step.settings().groups,
					   { true, false, false }))
			.view(gradient.sizes());
}

/* ---- Local response normalization ---------------------------------------------- */

/** Sum over a window of channels from `before` channels back to `after` ahead */
Tensor channel_window(const Tensor &x, int64_t before, int64_t after)
{
	int64_t channels = x.size(1);
	Tensor padded = at::constant_pad_nd(x, { 0, 0, 0, 0, before, after }, 0);
	Tensor sum = padded.narrow(1, 0, channels).clone();

	for (int64_t i = 1; i <= before + after; i++) {
		sum.add_(padded.narrow(1, i, channels));
	}
	return sum;
}

/** y = x d^-beta with d = k + alpha / size * sum of squares, which is kept */
Tensor lrn_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];
	Tensor squares = channel_window(x * x, s.size / 2, (s.size - 1) / 2);

	step.self.own = squares.mul_(s.alpha / static_cast<double>(s.size)).add_(s.k);
	return x * at::pow(step.self.own, -s.beta);
}

Tensor lrn_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0], &d = step.self.own;
	double factor = 2 * s.alpha * s.beta / static_cast<double>(s.size);
	Tensor power = at::pow(d, -s.beta);
	/* A channel's gradient sums over the channels whose windows contain it: the
	 * mirrored window. */
	Tensor others = channel_window(gradient * x * power / d, (s.size - 1) / 2,
			s.size / 2);

	return gradient * power - x * others * factor;
}

} // namespace

const Operation norm_operations[] = {
	{ "batch_norm2d", batch_norm_forward, batch_norm_backward, 0,
			prepare_batch_norm },
	{ "layer_norm", layer_norm_forward, layer_norm_backward, KEEPS_INPUTS },
	{ "group_norm", group_norm_forward, group_norm_backward, KEEPS_INPUTS },
	{ "lrn", lrn_forward, lrn_backward, KEEPS_INPUTS },
	{},
};

} // namespace torch_engine
