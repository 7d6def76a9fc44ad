/**
 * \file    engine/torch/resample.cc
 * \brief   Padding as an operation of its own, and enlarging
 */
#include "engine/torch/operation.h"

namespace torch_engine
{

namespace
{

/* ---- Rows and columns by their numbers ----------------------------------------- */

/**
 * For each row or column of an output the two of the input that it is blended from, and the
 * share of the second
 */
struct Places {
	Tensor first, second, share;
	bool blends = false; /* without, nothing infinite beside a value is multiplied */

	Places(int64_t dimension, int64_t count, const Tensor &like)
			: first(at::empty(count, at::kLong)),
			  second(at::empty(count, at::kLong)),
			  share(at::empty({ dimension == 2 ? count : 1,
							  dimension == 2 ? 1 : count },
					  like.options().device(at::kCPU)))
	{
	}

	/** Say where output i comes from: a place between two of an extent. */
	void set(int64_t i, double place, int64_t extent)
	{
		int64_t before = static_cast<int64_t>(place);
		double behind = place - static_cast<double>(before);

		blends = blends || behind > 0;
		first.data_ptr<int64_t>()[i] = before;
		second.data_ptr<int64_t>()[i] = before + 1 < extent ? before + 1 : before;
		share.data_ptr<float>()[i] = static_cast<float>(behind);
	}

	void move(const at::Device &device)
	{
		first = first.to(device);
		second = second.to(device);
		share = share.to(device);
	}
};

Tensor take(const Tensor &x, int64_t dimension, const Places &places)
{
	Tensor first = x.index_select(dimension, places.first);

	return places.blends ? first * (1 - places.share)
					+ x.index_select(dimension, places.second)
							* places.share
			     : first;
}

/** The gradient of an input of an extent, from that of what take() gives */
Tensor put_back(const Tensor &gradient, int64_t dimension, int64_t extent,
		const Places &places)
{
	Sizes sizes = gradient.sizes().vec();

	sizes[static_cast<size_t>(dimension)] = extent;
	Tensor result = at::zeros(sizes, gradient.options());

	if (!places.blends) {
		return result.index_add_(dimension, places.first, gradient);
	}
	return result.index_add_(dimension, places.first, gradient * (1 - places.share))
			.index_add_(dimension, places.second, gradient * places.share);
}

/* ---- Padding ------------------------------------------------------------------- */

/** In ATen's order; factor -1 cuts off what 1 adds. */
Sizes edges(const Step &step, int64_t factor)
{
	const int64_t *p = step.settings().padding; /* top, bottom, left, right */

	return { factor * p[2], factor * p[3], factor * p[0], factor * p[1] };
}

/** The rows or columns around which the opposite edge continues */
Places around(const struct graph_settings &s, int64_t dimension, int64_t extent,
		const Tensor &like)
{
	const int64_t *p = s.padding + 2 * (dimension - 2); /* before, behind */
	int64_t count = p[0] + extent + p[1];
	Places places(dimension, count, like);

	for (int64_t i = 0; i < count; i++) {
		places.set(i, static_cast<double>((i - p[0] + extent) % extent), extent);
	}
	places.move(like.device());
	return places;
}

Tensor wrap(const struct graph_settings &s, const Tensor &x)
{
	Tensor rows = take(x, 2, around(s, 2, x.size(2), x));

	return take(rows, 3, around(s, 3, x.size(3), x));
}

Tensor unwrap(const struct graph_settings &s, const Tensor &gradient, const Sizes &sizes)
{
	Tensor rows = put_back(gradient, 3, sizes[3], around(s, 3, sizes[3], gradient));

	return put_back(rows, 2, sizes[2], around(s, 2, sizes[2], gradient));
}

Tensor pad_forward(Step &step)
{
	const Tensor &x = step.self.inputs[0];

	switch (step.settings().mode) {
	case GRAPH_PAD_CIRCULAR:
		return wrap(step.settings(), x);
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
	case GRAPH_PAD_CIRCULAR:
		return unwrap(step.settings(), gradient, step.source(0).sizes);
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

/** Whether ATen has the coordinates and the rounding */
bool is_known(const struct graph_settings &s)
{
	return s.coordinates == GRAPH_COORDINATES_PYTORCH
			&& s.rounding == GRAPH_ROUNDING_FLOOR;
}

/** The places of an upsample by other coordinates */
Places placed(const struct graph_settings &s, int64_t dimension, int64_t extent,
		const Tensor &like)
{
	int direction = static_cast<int>(dimension - 2);
	int64_t count = graph_scaled_extent(&s, direction, extent);
	Places places(dimension, count, like);

	for (int64_t i = 0; i < count; i++) {
		places.set(i, graph_place(&s, direction, extent, count, i), extent);
	}
	places.move(like.device());
	return places;
}

Tensor upsample_forward(Step &step)
{
	const struct graph_settings &s = step.settings();
	const Tensor &x = step.self.inputs[0];

	return is_known(s) ? enlarge(step, scaled(step))
			   : take(take(x, 2, placed(s, 2, x.size(2), x)), 3,
					   placed(s, 3, x.size(3), x));
}

Tensor upsample_backward(const Step &step, const Tensor &gradient, size_t)
{
	const struct graph_settings &s = step.settings();
	const Sizes &sizes = step.source(0).sizes;

	if (is_known(s)) {
		return reduce(step, gradient, scaled(step));
	}
	return put_back(put_back(gradient, 3, sizes[3], placed(s, 3, sizes[3], gradient)),
			2, sizes[2], placed(s, 2, sizes[2], gradient));
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
