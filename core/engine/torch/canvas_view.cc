/**
 * \file    engine/torch/canvas_view.cc
 * \brief   Views of the pictures of a canvas, and the way back through them
 *
 * The geometry is that of core/optimize/transform.c, for all pixels at once.
 */
#include "engine/torch/canvas_view.h"

#include <algorithm>
#include <cmath>

namespace torch_engine
{

namespace
{

bool is_straight(const struct engine_view &view)
{
	return view.scale == 1 && view.angle == 0;
}

/** A number of each view, as a column (n,1,1) on the device */
template <typename Number>
Tensor column(const std::vector<struct engine_view> &views,
		const at::TensorOptions &options, Number number)
{
	Tensor values = at::empty({ static_cast<int64_t>(views.size()), 1, 1 },
			at::kDouble);
	double *each = values.data_ptr<double>();

	for (const struct engine_view &view : views) {
		*each++ = number(view);
	}
	return values.to(options.device());
}

/** Positions along one side of views, before the second shift */
Tensor positions(const struct engine_canvas_settings &settings, int64_t seen,
		int64_t whole, const Tensor &shift)
{
	Tensor at = at::arange(seen, shift.options()).add((whole - seen) / 2).sub(shift);

	return settings.pad == 0 ? at.remainder(whole) : at;
}

/** Places in the picture of pixels of the canvas; behind its end where it is gray */
Tensor picture_places(const struct engine_canvas_settings &settings, const Tensor &y,
		const Tensor &x, const Tensor &down, const Tensor &right)
{
	int64_t height = settings.height, width = settings.width;
	Tensor row = settings.pad == 0 ? y : y.sub(down).sub(settings.pad);
	Tensor column = settings.pad == 0 ? x : x.sub(right).sub(settings.pad);
	Tensor inside = row.ge(0).logical_and(row.lt(height))
					.logical_and(column.ge(0))
					.logical_and(column.lt(width));

	if (settings.pad == 0) {
		row = row.sub(down).remainder(height);
		column = column.sub(right).remainder(width);
	}
	Tensor place = row.mul(width).add(column);

	return at::where(inside, place, at::full_like(place, height * width))
			.to(at::kLong);
}

} // namespace

Taps find_taps(const struct engine_canvas_settings &settings,
		const std::vector<struct engine_view> &views,
		const at::TensorOptions &options)
{
	auto of = [&](auto number) { return column(views, options, number); };
	int64_t count = static_cast<int64_t>(views.size());
	int64_t pixels = settings.view_height * settings.view_width;
	int64_t height = settings.height + 2 * settings.pad;
	int64_t width = settings.width + 2 * settings.pad;
	Tensor down = of([](const auto &view) {
		return static_cast<double>(view.first[0]);
	});
	Tensor right = of([](const auto &view) {
		return static_cast<double>(view.first[1]);
	});
	Tensor y = positions(settings, settings.view_height, height,
			of([](const auto &v) {
				return static_cast<double>(v.last[0]);
			})).view({ count, -1, 1 });
	Tensor x = positions(settings, settings.view_width, width, of([](const auto &v) {
		return static_cast<double>(v.last[1]);
	})).view({ count, 1, -1 });

	if (std::all_of(views.begin(), views.end(), is_straight)) {
		return { picture_places(settings, y, x, down, right)
					 .reshape({ count, 1, -1 }),
			at::ones({ count, 1, 1, pixels }, options) };
	}
	Tensor scale = of([](const auto &view) { return view.scale; });
	Tensor cosine = of([](const auto &view) { return std::cos(view.angle); });
	Tensor sine = of([](const auto &view) { return std::sin(view.angle); });
	double middle = static_cast<double>(height - 1) / 2;
	double center = static_cast<double>(width - 1) / 2;
	y = y.sub(middle).div(scale);
	x = x.sub(center).div(scale);
	Tensor top = cosine.mul(y).add(sine.mul(x)).add(middle);
	Tensor left = cosine.mul(x).sub(sine.mul(y)).add(center);
	Tensor row = top.floor(), across = left.floor();
	Tensor lower = top.sub(row), inner = left.sub(across);
	std::vector<Tensor> places, weights;
	for (int64_t i = 0; i < 4; i++) {
		places.push_back(picture_places(settings, row.add(i / 2),
				across.add(i % 2), down, right));
		weights.push_back((i / 2 ? lower : lower.neg().add(1))
						  .mul(i % 2 ? inner
							     : inner.neg().add(1)));
	}
	return { at::stack(places, 1).reshape({ count, 1, -1 }),
		at::stack(weights, 1).reshape({ count, 1, 4, pixels }).to(at::kFloat) };
}

Tensor apply_views(const struct engine_canvas_settings &settings, const Taps &taps,
		const Tensor &inputs)
{
	int64_t count = inputs.size(0), channels = inputs.size(1);
	Tensor gray = at::from_blob(const_cast<float *>(settings.gray),
			{ 1, channels, 1 }, at::TensorOptions().dtype(at::kFloat))
				      .to(inputs.device());
	Tensor pixels = at::cat({ inputs.reshape({ count, channels, -1 }),
						gray.expand({ count, channels, 1 }) },
			2);
	Tensor found = pixels.gather(2,
			taps.places.expand({ count, channels, taps.places.size(2) }));

	return found.view({ count, channels, taps.weights.size(2), -1 })
			.mul(taps.weights)
			.sum(2)
			.view({ count, channels, settings.view_height,
					settings.view_width });
}

Tensor views_gradient(const struct engine_canvas_settings &settings, const Taps &taps,
		const Tensor &by_view)
{
	int64_t count = by_view.size(0), channels = by_view.size(1);
	int64_t area = settings.height * settings.width;
	Tensor shares = by_view.reshape({ count, channels, 1, -1 }).mul(taps.weights);
	Tensor sums = at::zeros({ count, channels, area + 1 }, by_view.options());

	sums.scatter_add_(2, taps.places.expand({ count, channels, taps.places.size(2) }),
			shares.view({ count, channels, -1 }));
	return sums.narrow(2, 0, area)
			.reshape({ count, channels, settings.height, settings.width });
}

} // namespace torch_engine
