/**
 * \file    engine/torch/canvas_space.cc
 * \brief   From variables to inputs and back: the spaces of core/optimize/space.c
 */
#include "engine/torch/canvas_space.h"

namespace torch_engine
{

namespace
{

/** A copy on the device of an array of the host's */
template <typename Number>
Tensor copied(const Number *values, const Sizes &sizes, const at::TensorOptions &options)
{
	return at::from_blob(const_cast<Number *>(values), sizes,
			at::TensorOptions().dtype(
					c10::CppTypeToScalarType<Number>::value))
			.to(options.device(), at::kFloat, false, true);
}

} // namespace

Space::Space(const struct engine_canvas_settings &settings,
		const at::TensorOptions &options)
		: kind(settings.optimization->space),
		  bgr(settings.bgr && settings.channels == 3), size{ settings.height,
			  settings.width },
		  amplitude(settings.amplitude), margin(settings.margin),
		  mean(copied(settings.mean, { 1, settings.channels, 1, 1 }, options)),
		  deviation(copied(settings.deviation, { 1, settings.channels, 1, 1 },
				  options))
{
	if (settings.colors != nullptr) {
		Tensor matrix = at::from_blob(const_cast<double *>(settings.colors),
				{ 3, 3 }, at::TensorOptions().dtype(at::kDouble));

		colors = matrix.to(options.device(), at::kFloat);
		decorrelation = at::inverse(matrix).to(options.device(), at::kFloat);
	}
	if (settings.to_plane != nullptr) {
		int64_t columns = settings.width / 2 + 1;

		to_plane = copied(settings.to_plane, { settings.height, columns },
				options);
		to_spectrum = copied(settings.to_spectrum, { settings.height, columns },
				options);
		/* ATen's inverse counts conjugates by itself. */
		once = to_plane.clone();
		once.narrow(1, 1, (settings.width - 1) / 2).mul_(0.5);
	}
}

/** To the other order of channels, if they differ */
Tensor Space::swap(const Tensor &pictures) const
{
	return bgr ? pictures.flip({ 1 }) : pictures;
}

Tensor Space::mix(const Tensor &matrix, const Tensor &pictures) const
{
	return at::matmul(matrix, pictures.flatten(2)).view(pictures.sizes());
}

Tensor Space::inputs_of_pictures(const Tensor &pictures) const
{
	return swap(pictures).sub(mean).div(deviation);
}

Tensor Space::pictures_of(const Tensor &inputs) const
{
	return swap(inputs.mul(deviation).add(mean));
}

Tensor Space::input_of(const Tensor &variables) const
{
	Sizes shape{ variables.size(0), mean.size(1), size[0], size[1] };

	if (kind == CNNVIZ_SPACE_INPUT) {
		return variables.view(shape).clone();
	}
	Tensor pictures;
	if (kind == CNNVIZ_SPACE_FOURIER) {
		Tensor spectra = at::view_as_complex(variables.view({ shape[0], shape[1],
				size[0], size[1] / 2 + 1, 2 }));

		pictures = at::fft_irfft2(spectra.mul(once), size, { -2, -1 }, "forward");
	} else {
		pictures = variables.view(shape);
	}
	if (colors.defined()) {
		pictures = mix(colors, pictures);
	}
	if (kind == CNNVIZ_SPACE_FOURIER) {
		pictures = at::sigmoid(pictures.mul(amplitude));
	}
	return inputs_of_pictures(pictures);
}

Tensor Space::gradient(const Tensor &inputs, const Tensor &by_input) const
{
	int64_t count = inputs.size(0);

	if (kind == CNNVIZ_SPACE_INPUT) {
		return by_input.reshape({ count, -1 });
	}
	Tensor by_picture = swap(by_input.div(deviation));
	if (kind == CNNVIZ_SPACE_FOURIER) {
		Tensor pixels = pictures_of(inputs);

		by_picture = by_picture.mul(
				pixels.mul(pixels.neg().add(1)).mul(amplitude));
	}
	if (colors.defined()) {
		by_picture = mix(colors.t(), by_picture);
	}
	if (kind == CNNVIZ_SPACE_FOURIER) {
		by_picture = at::view_as_real(at::fft_rfft2(by_picture).mul(to_plane));
	}
	return by_picture.reshape({ count, -1 });
}

Tensor Space::variables_of(const Tensor &pictures) const
{
	int64_t count = pictures.size(0);

	if (kind == CNNVIZ_SPACE_INPUT) {
		return inputs_of_pictures(pictures).reshape({ count, -1 });
	}
	Tensor values = pictures;
	if (kind == CNNVIZ_SPACE_FOURIER) {
		Tensor pixels = pictures.clamp(margin, 1 - margin);

		values = at::log(pixels.div(pixels.neg().add(1))).div(amplitude);
	}
	if (colors.defined()) {
		values = mix(decorrelation, values);
	}
	if (kind == CNNVIZ_SPACE_FOURIER) {
		values = at::view_as_real(at::fft_rfft2(values).mul(to_spectrum));
	}
	return values.reshape({ count, -1 });
}

} // namespace torch_engine
