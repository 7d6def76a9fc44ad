/**
 * \file    optimize/space.c
 * \brief   The variable that is optimized: the input, the image or its spectrum
 */
#include "optimize/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optimize/fourier.h"

struct space {
	uint32_t kind;
	bool decorrelate;
	struct pixel_scale scale;
	int64_t area;
	struct fourier *fourier; /* SPACE_FOURIER */
	float *image;            /* buffer for one image */
};

/* Square root of the covariance of the colors of ImageNet (Olah et al. 2017). */
static const double colors[3][3] = {
	{ 0.26, 0.09, 0.02 },
	{ 0.27, 0.00, -0.05 },
	{ 0.27, -0.09, 0.03 },
};

/* Pixel values are kept this far from 0 and 1, which the sigmoid cannot reach. */
static const float sigmoid_margin = 1.0f / 1024;

/* Scale of the sigmoid's argument; Olah et al. divide by 4. */
static const float amplitude = 0.25f;

/* ---- Pixel values and input values ------------------------------------------ */

/** Channel of an image that becomes channel c of the network's input */
static int image_channel(const struct pixel_scale *scale, int c)
{
	return scale->bgr && c < 3 ? 2 - c : c;
}

void pixels_to_input(const struct pixel_scale *scale, int64_t area, const float *image,
		float *input)
{
	for (int c = 0; c < scale->channels; c++) {
		const float *from = image + image_channel(scale, c) * area;

		for (int64_t i = 0; i < area; i++) {
			input[c * area + i] = (from[i] - scale->mean[c]) / scale->std[c];
		}
	}
}

void pixels_from_input(const struct pixel_scale *scale, int64_t area, const float *input,
		float *image)
{
	for (int c = 0; c < scale->channels; c++) {
		float *to = image + image_channel(scale, c) * area;

		for (int64_t i = 0; i < area; i++) {
			to[i] = input[c * area + i] * scale->std[c] + scale->mean[c];
		}
	}
}

/* ---- Colors ---------------------------------------------------------------- */

/** The matrix that correlates colors, divided by the largest norm of its columns */
static void color_matrix(double matrix[3][3])
{
	double longest = 0;

	for (int column = 0; column < 3; column++) {
		double square = 0;

		for (int row = 0; row < 3; row++) {
			square += colors[row][column] * colors[row][column];
		}
		longest = fmax(longest, sqrt(square));
	}
	for (int row = 0; row < 3; row++) {
		for (int column = 0; column < 3; column++) {
			matrix[row][column] = colors[row][column] / longest;
		}
	}
}

static void transpose(double matrix[3][3])
{
	for (int row = 0; row < 3; row++) {
		for (int column = row + 1; column < 3; column++) {
			double value = matrix[row][column];

			matrix[row][column] = matrix[column][row];
			matrix[column][row] = value;
		}
	}
}

/** Inverse by cofactors and the determinant */
static void invert(double matrix[3][3])
{
	double result[3][3], determinant = 0;

	for (int row = 0; row < 3; row++) {
		for (int column = 0; column < 3; column++) {
			int up = (row + 1) % 3, down = (row + 2) % 3;
			int left = (column + 1) % 3, right = (column + 2) % 3;

			result[column][row] = matrix[up][left] * matrix[down][right]
					- matrix[up][right] * matrix[down][left];
		}
	}
	for (int i = 0; i < 3; i++) {
		determinant += matrix[0][i] * result[i][0];
	}
	for (int i = 0; i < 9; i++) {
		matrix[i / 3][i % 3] = result[i / 3][i % 3] / determinant;
	}
}

/** Multiply the three values of each pixel by a matrix, in place. */
static void mix_colors(const double matrix[3][3], int64_t area, float *image)
{
	for (int64_t i = 0; i < area; i++) {
		double old[3] = { image[i], image[area + i], image[2 * area + i] };

		for (int row = 0; row < 3; row++) {
			image[row * area + i] = (float)(matrix[row][0] * old[0]
					+ matrix[row][1] * old[1]
					+ matrix[row][2] * old[2]);
		}
	}
}

enum direction { TO_IMAGE, TO_VARIABLE, GRADIENT };

static void change_colors(const struct space *space, enum direction direction,
		float *image)
{
	double matrix[3][3];

	if (!space->decorrelate) {
		return;
	}
	color_matrix(matrix);
	if (direction == TO_VARIABLE) {
		invert(matrix);
	} else if (direction == GRADIENT) {
		transpose(matrix);
	}
	mix_colors((const double(*)[3])matrix, space->area, image);
}

/* ---- Spaces ----------------------------------------------------------------- */

void space_free(struct space *space)
{
	if (space == NULL) {
		return;
	}
	fourier_free(space->fourier);
	free(space->image);
	free(space);
}

struct space *space_create(uint32_t kind, bool decorrelate,
		const struct pixel_scale *scale, int64_t height, int64_t width)
{
	struct space *space = calloc(1, sizeof(*space));

	if (space == NULL) {
		return NULL;
	}
	space->kind = kind;
	space->decorrelate = decorrelate && kind != CNNVIZ_SPACE_INPUT;
	space->scale = *scale;
	space->area = height * width;
	space->image = malloc((size_t)(scale->channels * space->area) * sizeof(float));
	if (kind == CNNVIZ_SPACE_FOURIER) {
		space->fourier = fourier_create(height, width);
	}
	if (space->image == NULL
			|| (kind == CNNVIZ_SPACE_FOURIER && space->fourier == NULL)) {
		space_free(space);
		return NULL;
	}
	return space;
}

struct space_numbers space_numbers(const struct space *space)
{
	struct space_numbers numbers = {
		.scale = space->scale,
		.decorrelate = space->decorrelate,
		.amplitude = amplitude,
		.margin = sigmoid_margin,
	};

	color_matrix(numbers.colors);
	if (space->fourier != NULL) {
		fourier_weights(space->fourier, &numbers.to_plane, &numbers.to_spectrum);
	}
	return numbers;
}

static int64_t image_size(const struct space *space)
{
	return space->scale.channels * space->area;
}

int64_t space_size(const struct space *space)
{
	return space->fourier != NULL
			? space->scale.channels * fourier_size(space->fourier)
			: image_size(space);
}

static void image_from_spectra(struct space *space, const float *variable)
{
	for (int c = 0; c < space->scale.channels; c++) {
		fourier_plane(space->fourier, variable + c * fourier_size(space->fourier),
				space->image + c * space->area);
	}
	change_colors(space, TO_IMAGE, space->image);
	for (int64_t i = 0; i < image_size(space); i++) {
		space->image[i] = (float)(1
				/ (1 + exp(-(double)(amplitude * space->image[i]))));
	}
}

void space_input(struct space *space, const float *variable, float *input)
{
	size_t bytes = (size_t)image_size(space) * sizeof(float);

	switch (space->kind) {
	case CNNVIZ_SPACE_INPUT:
		memmove(input, variable, bytes);
		return;
	case CNNVIZ_SPACE_PIXEL:
		memcpy(space->image, variable, bytes);
		change_colors(space, TO_IMAGE, space->image);
		break;
	default:
		image_from_spectra(space, variable);
		break;
	}
	pixels_to_input(&space->scale, space->area, space->image, input);
}

void space_gradient(struct space *space, const float *input, const float *by_input,
		float *by_variable)
{
	const struct pixel_scale *scale = &space->scale;
	float *by_image = space->image;

	if (space->kind == CNNVIZ_SPACE_INPUT) {
		memcpy(by_variable, by_input, (size_t)image_size(space) * sizeof(float));
		return;
	}
	for (int c = 0; c < scale->channels; c++) {
		float *to = by_image + image_channel(scale, c) * space->area;

		for (int64_t i = 0; i < space->area; i++) {
			float pixel = input[c * space->area + i] * scale->std[c]
					+ scale->mean[c];

			to[i] = by_input[c * space->area + i] / scale->std[c];
			if (space->fourier != NULL) {
				to[i] *= amplitude * pixel * (1 - pixel);
			}
		}
	}
	change_colors(space, GRADIENT, by_image);
	if (space->fourier == NULL) {
		memcpy(by_variable, by_image, (size_t)image_size(space) * sizeof(float));
		return;
	}
	for (int c = 0; c < scale->channels; c++) {
		fourier_gradient(space->fourier, by_image + c * space->area,
				by_variable + c * fourier_size(space->fourier));
	}
}

void space_from_image(struct space *space, const float *image, float *variable)
{
	if (space->kind == CNNVIZ_SPACE_INPUT) {
		pixels_to_input(&space->scale, space->area, image, variable);
		return;
	}
	memcpy(space->image, image, (size_t)image_size(space) * sizeof(float));
	for (int64_t i = 0; space->fourier != NULL && i < image_size(space); i++) {
		float pixel = fminf(fmaxf(image[i], sigmoid_margin), 1 - sigmoid_margin);

		space->image[i] = logf(pixel / (1 - pixel)) / amplitude;
	}
	change_colors(space, TO_VARIABLE, space->image);
	if (space->fourier == NULL) {
		memcpy(variable, space->image, (size_t)image_size(space) * sizeof(float));
		return;
	}
	for (int c = 0; c < space->scale.channels; c++) {
		fourier_spectrum(space->fourier, space->image + c * space->area,
				variable + c * fourier_size(space->fourier));
	}
}
