/**
 * \file    engine/torch/norm.cc
 * \brief   Normalizations: by running statistics, and across channels
 */
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
	{ "lrn", lrn_forward, lrn_backward, KEEPS_INPUTS },
	{},
};

} // namespace torch_engine
