/**
 * \file    engine/torch/padding.h
 * \brief   Padding of convolutions and pools: ATen pads both ends equally
 *
 * If the ends differ, or a pool's padding is more than half of its kernel, the input is
 * padded before the operation, which then does not pad, and its gradient is cropped
 * afterwards.
 */
#ifndef TORCH_PADDING_H
#define TORCH_PADDING_H

#include <array>

#include "engine/torch/operation.h"

namespace torch_engine
{

struct Padding {
	int64_t top, bottom, left, right;
	bool fits = true;

	/** Padding of an input with the given sizes (N,C,H,W) */
	Padding(const struct graph_settings &settings, const Sizes &sizes)
	{
		int64_t edges[4];

		graph_resolve_padding(&settings, sizes[2], sizes[3], edges);
		top = edges[0];
		bottom = edges[1];
		left = edges[2];
		right = edges[3];
	}

	/** Padding of a pool, which ATen does itself up to half of the kernel */
	static Padding of_pool(const struct graph_settings &settings, const Sizes &sizes)
	{
		Padding padding(settings, sizes);

		padding.fits = padding.top <= settings.kernel[0] / 2
				&& padding.left <= settings.kernel[1] / 2;
		return padding;
	}

	/** Whether ATen can do it */
	bool even() const { return top == bottom && left == right && fits; }

	/** The padding that ATen does itself */
	std::array<int64_t, 2> within() const
	{
		return even() ? std::array<int64_t, 2>{ top, left }
			      : std::array<int64_t, 2>{ 0, 0 };
	}

	/** The input for ATen */
	Tensor apply(const Tensor &x, double value) const
	{
		return even() ? x
			      : at::constant_pad_nd(x, { left, right, top, bottom },
					      value);
	}

	Sizes applied(const Sizes &sizes) const
	{
		return even() ? sizes
			      : Sizes{ sizes[0], sizes[1], sizes[2] + top + bottom,
					sizes[3] + left + right };
	}

	/** The gradient of an input with these sizes, from that of ATen's input */
	Tensor cut(const Tensor &gradient, const Sizes &sizes) const
	{
		return even() ? gradient
			      : gradient.narrow(2, top, sizes[2])
						.narrow(3, left, sizes[3])
						.contiguous();
	}
};

} // namespace torch_engine

#endif
