/**
 * \file    engine/torch/resample.cc
 * \brief   Padding as an operation of its own, and enlarging
 */
#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/* ---- Padding ------------------------------------------------------------------- */

/** In ATen's order; factor -1 cuts off what 1 adds. */
Sizes edges(const Step &step, int64_t factor)
{
	const int64_t *p = step.settings().padding; /* top, bottom, left, right */

	return { factor * p[2], factor * p[3], factor * p[0], factor * p[1] };
}

Tensor pad_forward(Step &step)
{
	const Tensor &x = step.self.inputs[0];

	switch (step.settings().mode) {
	case GRAPH_PAD_REFLECT:
		return at::reflection_pad2d(x, edges(step, 1));
	case GRAPH_PAD_REPLICATE:
		return at::replication_pad2d(x, edges(step, 1));
	default:
		return at::constant_pad_nd(x, edges(step, 1), step.settings().value);
	}
}

Tensor pad_backward(const Step &step, const Tensor &gradient, size_t)
{
	Tensor input = phantom(gradient, step.source(0).sizes);

	switch (step.settings().mode) {
	case GRAPH_PAD_REFLECT:
		return at::reflection_pad2d_backward(gradient, input, edges(step, 1));
	case GRAPH_PAD_REPLICATE:
		return at::replication_pad2d_backward(gradient, input, edges(step, 1));
	default:
		return at::constant_pad_nd(gradient, edges(step, -1));
	}
}

/* ---- Enlarging ----------------------------------------------------------------- */

/** An output's height and width, and the factors by which positions are divided, if given */
struct Grid {
	Sizes size;
	c10::optional<double> vertical, horizontal;
};

Grid scaled(const Step &step)
{
	const struct graph_settings &s = step.settings();
	const Sizes &in = step.source(0).sizes;

	return { { graph_scaled_extent(&s, 0, in[2]), graph_scaled_extent(&s, 1, in[3]) },
		s.scale[0], s.scale[1] };
}

Grid as_large(const Step &step)
{
	const Sizes &other = step.source(1).sizes;

	return { { other[2], other[3] }, c10::nullopt, c10::nullopt };
}

Tensor enlarge(const Step &step, const Grid &grid)
{
	const Tensor &x = step.self.inputs[0];

	return step.settings().mode == GRAPH_UPSAMPLE_NEAREST
			? at::upsample_nearest2d(x, grid.size, grid.vertical,
					grid.horizontal)
			: at::upsample_bilinear2d(x, grid.size,
					step.settings().align_corners, grid.vertical,
					grid.horizontal);
}

Tensor reduce(const Step &step, const Tensor &gradient, const Grid &grid)
{
	const Sizes &sizes = step.source(0).sizes;

	return step.settings().mode == GRAPH_UPSAMPLE_NEAREST
			? at::upsample_nearest2d_backward(gradient, grid.size, sizes,
					grid.vertical, grid.horizontal)
			: at::upsample_bilinear2d_backward(gradient, grid.size, sizes,
					step.settings().align_corners, grid.vertical,
					grid.horizontal);
}

Tensor upsample_forward(Step &step)
{
	return enlarge(step, scaled(step));
}

Tensor upsample_backward(const Step &step, const Tensor &gradient, size_t)
{
	return reduce(step, gradient, scaled(step));
}

Tensor interpolate_forward(Step &step)
{
	return enlarge(step, as_large(step));
}

Tensor interpolate_backward(const Step &step, const Tensor &gradient, size_t)
{
	return reduce(step, gradient, as_large(step));
}

} // namespace

const Operation resample_operations[] = {
	{ "pad", pad_forward, pad_backward },
	{ "upsample", upsample_forward, upsample_backward },
	{ "interpolate", interpolate_forward, interpolate_backward, FIRST_ONLY },
	{},
};

} // namespace torch_engine
