/**
 * \file    engine/torch/pool.cc
 * \brief   Pooling, and unpooling by switches
 */
#include <limits>
#include <tuple>

#include "engine/torch/padding.h"

namespace torch_engine
{

namespace
{

/** With SAME padding the windows fit exactly, so ATen must not round up. */
bool rounds_up(const struct graph_settings &settings)
{
	return settings.ceil_mode && !settings.padding_same;
}

const char *object_to_padding(const struct graph_node &node)
{
	const struct graph_settings &s = node.settings;
	const int64_t *p = s.padding;

	if (!rounds_up(s)) {
		return nullptr;
	}
	if (p[0] != p[1] || p[2] != p[3]) {
		return "ceil_mode and uneven padding cannot be combined; pad evenly";
	}
	return p[0] > s.kernel[0] / 2 || p[2] > s.kernel[1] / 2
			? "ceil_mode and a padding of more than half the kernel cannot "
			  "be "
			  "combined; let a pad go before"
			: nullptr;
}

/* ---- Max pooling --------------------------------------------------------------- */

/** Keeps the winners: indices within a plane of ATen's input. */
Tensor max_pool_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];
	Padding padding = Padding::of_pool(s, x.sizes().vec());
	Tensor y;

	std::tie(y, step.self.own) = at::max_pool2d_with_indices(
			padding.apply(x, -std::numeric_limits<double>::infinity()),
			pair(s.kernel), pair(s.stride), padding.within(),
			pair(s.dilation), rounds_up(s));
	return y;
}

Tensor max_pool_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Sizes &sizes = step.source(0).sizes;
	Padding padding = Padding::of_pool(s, sizes);
	Tensor result = at::max_pool2d_with_indices_backward(gradient,
			phantom(gradient, padding.applied(sizes)), pair(s.kernel),
			pair(s.stride), padding.within(), pair(s.dilation), rounds_up(s),
			step.self.own);

	return padding.cut(result, sizes);
}

/* ---- Unpooling by switches ----------------------------------------------------- */

/**
 * Positions of a pool's winners in its input before padding; -1 if a window contained
 * only padding.
 *
 * \param   indices     (N,C,h,w), as max_pool_forward() keeps them
 * \param   sizes       Of the pool's input
 */
Tensor switches_of(const struct graph_settings &s, const Tensor &indices,
		const Sizes &sizes)
{
	Padding padding = Padding::of_pool(s, sizes);
	int64_t width = padding.applied(sizes)[3];
	int64_t top = padding.even() ? 0 : padding.top;
	int64_t left = padding.even() ? 0 : padding.left;
	Tensor here = indices.to(at::kCPU).contiguous();
	Tensor switches = at::empty_like(here);
	const int64_t *from = here.data_ptr<int64_t>();
	int64_t *to = switches.data_ptr<int64_t>();

	for (int64_t i = 0; i < here.numel(); i++) {
		int64_t row = from[i] / width - top, column = from[i] % width - left;
		bool inside = from[i] >= 0 && row >= 0 && row < sizes[2] && column >= 0
				&& column < sizes[3];
		to[i] = inside ? row * sizes[3] + column : -1;
	}
	return switches;
}

/**
 * Put values at their switches' positions. If windows of the pool overlap, several
 * values may have the same position: the last one in row-major order is kept, and for
 * the others the switch becomes -1, so that they get no gradient. (ATen does not define
 * which one is kept, and gives all of them the gradient.)
 */
Tensor scatter(const Tensor &x, Tensor &switches, const Sizes &sizes)
{
	Tensor values = x.to(at::kCPU).contiguous();
	Tensor y = at::zeros({ sizes[0], sizes[1], sizes[2], sizes[3] },
			values.options());
	int64_t area = sizes[2] * sizes[3], count = x.size(2) * x.size(3);
	const float *from = values.data_ptr<float>();
	float *to = y.data_ptr<float>();
	int64_t *where = switches.data_ptr<int64_t>();
	std::vector<char> taken;

	for (int64_t plane = 0; plane < sizes[0] * sizes[1]; plane++) {
		taken.assign(static_cast<size_t>(area), 0);
		for (int64_t i = (plane + 1) * count; i-- > plane * count;) {
			if (where[i] < 0 || taken[static_cast<size_t>(where[i])]) {
				where[i] = -1;
				continue;
			}
			taken[static_cast<size_t>(where[i])] = 1;
			to[plane * area + where[i]] = from[i];
		}
	}
	return y.to(x.device());
}

Tensor max_unpool_forward(Step &step)
{
	const struct graph_node *nodes = step.network.graph->nodes;
	const struct graph_node &pool = nodes[step.layer.node->inputs[1]];
	const Sizes &sizes = step.activations[static_cast<size_t>(pool.inputs[0])].sizes;

	step.self.own = switches_of(pool.settings, step.source(1).own, sizes);
	return scatter(step.self.inputs[0], step.self.own, sizes);
}

/** The gradient at each value's position; zero for a value without a position */
Tensor max_unpool_backward(const Step &step, const Tensor &gradient, size_t)
{
	const Sizes &sizes = step.source(0).sizes;
	Tensor where = step.self.own.reshape({ sizes[0], sizes[1], -1 })
				       .to(gradient.device());
	Tensor picked = gradient.reshape({ sizes[0], sizes[1], -1 })
					.gather(2, where.clamp_min(0));

	return picked.mul_(where.ge(0)).reshape(sizes);
}

/* ---- Average pooling ----------------------------------------------------------- */

/**
 * Whether padding done beforehand must not be counted: ATen would count it, since it is
 * part of the input
 */
bool counts_apart(const struct graph_settings &settings, const Padding &padding)
{
	return !padding.even() && !settings.count_include_pad;
}

/** For each output, the number of inputs, without padding, in its window: (1,1,h,w) */
Tensor window_counts(const struct graph_settings &s, const Sizes &sizes,
		const Padding &padding, const at::TensorOptions &options)
{
	Tensor ones = at::ones({ 1, 1, sizes[2], sizes[3] }, options);

	return at::avg_pool2d(padding.apply(ones, 0), pair(s.kernel), pair(s.stride),
			{ 0, 0 }, false, true, 1);
}

Tensor avg_pool_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];
	Sizes sizes = x.sizes().vec();
	Padding padding = Padding::of_pool(s, sizes);
	Tensor padded = padding.apply(x, 0);

	if (counts_apart(s, padding)) {
		return at::avg_pool2d(padded, pair(s.kernel), pair(s.stride), { 0, 0 },
				       false, true, 1)
				/ window_counts(s, sizes, padding, x.options());
	}
	return at::avg_pool2d(padded, pair(s.kernel), pair(s.stride), padding.within(),
			rounds_up(s), s.count_include_pad);
}

Tensor avg_pool_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Sizes &sizes = step.source(0).sizes;
	Padding padding = Padding::of_pool(s, sizes);
	Tensor input = phantom(gradient, padding.applied(sizes));
	Tensor result;

	if (counts_apart(s, padding)) {
		Tensor share = gradient
				/ window_counts(s, sizes, padding, gradient.options());
		result = at::avg_pool2d_backward(share, input, pair(s.kernel),
				pair(s.stride), { 0, 0 }, false, true, 1);
	} else {
		result = at::avg_pool2d_backward(gradient, input, pair(s.kernel),
				pair(s.stride), padding.within(), rounds_up(s),
				s.count_include_pad, {});
	}
	return padding.cut(result, sizes);
}

Tensor adaptive_avg_pool_forward(Step &step)
{
	return at::adaptive_avg_pool2d(step.self.inputs[0], pair(step.settings().output));
}

Tensor adaptive_avg_pool_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::_adaptive_avg_pool2d_backward(gradient,
			phantom(gradient, step.source(0).sizes));
}

Tensor adaptive_max_pool_forward(Step &step)
{
	Tensor y;

	std::tie(y, step.self.own) = at::adaptive_max_pool2d(step.self.inputs[0],
			pair(step.settings().output));
	return y;
}

Tensor adaptive_max_pool_backward(const Step &step, const Tensor &gradient, size_t)
{
	return at::adaptive_max_pool2d_backward(gradient,
			phantom(gradient, step.source(0).sizes), step.self.own);
}

Tensor sum_forward(Step &step)
{
	return at::sum(step.self.inputs[0], { 2, 3 }, true);
}

Tensor sum_backward(const Step &step, const Tensor &gradient, size_t)
{
	return gradient.expand(step.source(0).sizes).contiguous();
}

} // namespace

const Operation pool_operations[] = {
	{ "max_pool2d", max_pool_forward, max_pool_backward, LENDS, nullptr,
			object_to_padding },
	{ "max_unpool2d", max_unpool_forward, max_unpool_backward,
			FIRST_ONLY | UNRECORDED },
	{ "avg_pool2d", avg_pool_forward, avg_pool_backward, 0, nullptr,
			object_to_padding },
	{ "adaptive_avg_pool2d", adaptive_avg_pool_forward, adaptive_avg_pool_backward },
	{ "adaptive_max_pool2d", adaptive_max_pool_forward, adaptive_max_pool_backward },
	{ "sum", sum_forward, sum_backward },
	{},
};

} // namespace torch_engine
