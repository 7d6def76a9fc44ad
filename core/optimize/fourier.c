/**
 * \file    optimize/fourier.c
 * \brief   Planes of numbers as scaled spectra, on kissfft
 *
 * kissfft's own transforms of real planes want an even width; networks' inputs have odd
 * ones too (299). So each row and each column is a complex transform, whatever the size,
 * and only the columns that a spectrum keeps are transformed. A length takes time by its
 * prime factors: 227, a prime, about twenty times as long as 224.
 */
#include "optimize/fourier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kiss_fft.h>

/** Transforms of one length */
struct transforms {
	kiss_fft_cfg forward;
	kiss_fft_cfg inverse;
};

struct fourier {
	int64_t height;
	int64_t width;
	int64_t columns; /* of a spectrum: W/2 + 1, the others are conjugates */
	float *to_plane; /* what a spectrum's numbers are multiplied by */
	float *to_spectrum;
	kiss_fft_cpx *spectrum;   /* (H, columns) */
	kiss_fft_cpx *line;       /* a row or a column, before its transform */
	kiss_fft_cpx *result;     /* and after it */
	struct transforms across; /* of rows */
	struct transforms down;   /* of columns */
};

static void free_transforms(struct transforms *transforms)
{
	kiss_fft_free(transforms->forward);
	kiss_fft_free(transforms->inverse);
}

static bool make_transforms(struct transforms *transforms, int64_t length)
{
	transforms->forward = kiss_fft_alloc((int)length, 0, NULL, NULL);
	transforms->inverse = kiss_fft_alloc((int)length, 1, NULL, NULL);
	return transforms->forward != NULL && transforms->inverse != NULL;
}

void fourier_free(struct fourier *fourier)
{
	if (fourier == NULL) {
		return;
	}
	free_transforms(&fourier->across);
	free_transforms(&fourier->down);
	free(fourier->to_plane);
	free(fourier->to_spectrum);
	free(fourier->spectrum);
	free(fourier->line);
	free(fourier->result);
	free(fourier);
}

/**
 * Weights of the orthonormal transforms and of the scale s. A column stands for its
 * conjugate too, but for that of frequency 0 and the last of an even width, which are
 * their own.
 */
static void fill_weights(struct fourier *fourier)
{
	double height = (double)fourier->height;
	double width = (double)fourier->width;
	double orthonormal = 1 / sqrt(height * width);

	for (int64_t y = 0; y < fourier->height; y++) {
		int64_t turns = 2 * y < fourier->height ? y : y - fourier->height;

		for (int64_t x = 0; x < fourier->columns; x++) {
			double frequency = hypot((double)turns / height,
					(double)x / width);
			double scale = 1 / fmax(frequency, 1 / fmax(width, height));
			bool alone = x == 0 || 2 * x == fourier->width;
			int64_t i = y * fourier->columns + x;

			fourier->to_plane[i] = (float)(orthonormal * scale
					* (alone ? 1 : 2));
			fourier->to_spectrum[i] = (float)(orthonormal / scale);
		}
	}
}

struct fourier *fourier_create(int64_t height, int64_t width)
{
	struct fourier *fourier = calloc(1, sizeof(*fourier));

	if (fourier == NULL) {
		return NULL;
	}
	fourier->height = height;
	fourier->width = width;
	fourier->columns = width / 2 + 1;
	size_t count = (size_t)(height * fourier->columns);
	size_t longest = (size_t)(height > width ? height : width);
	fourier->to_plane = malloc(count * sizeof(*fourier->to_plane));
	fourier->to_spectrum = malloc(count * sizeof(*fourier->to_spectrum));
	fourier->spectrum = malloc(count * sizeof(*fourier->spectrum));
	fourier->line = malloc(longest * sizeof(*fourier->line));
	fourier->result = malloc(longest * sizeof(*fourier->result));
	if (!make_transforms(&fourier->across, width)
			|| !make_transforms(&fourier->down, height)
			|| fourier->to_plane == NULL || fourier->to_spectrum == NULL
			|| fourier->spectrum == NULL || fourier->line == NULL
			|| fourier->result == NULL) {
		fourier_free(fourier);
		return NULL;
	}
	fill_weights(fourier);
	return fourier;
}

int64_t fourier_size(const struct fourier *fourier)
{
	return 2 * fourier->height * fourier->columns;
}

void fourier_weights(const struct fourier *fourier, const float **to_plane,
		const float **to_spectrum)
{
	*to_plane = fourier->to_plane;
	*to_spectrum = fourier->to_spectrum;
}

/** Transform each column of the spectrum, in place. */
static void transform_columns(struct fourier *fourier, kiss_fft_cfg transform)
{
	for (int64_t x = 0; x < fourier->columns; x++) {
		kiss_fft_cpx *column = fourier->spectrum + x;

		kiss_fft_stride(transform, column, fourier->result,
				(int)fourier->columns);
		for (int64_t y = 0; y < fourier->height; y++) {
			column[y * fourier->columns] = fourier->result[y];
		}
	}
}

/** spectrum = FFT(plane) * weights */
static void transform_plane(struct fourier *fourier, const float *plane,
		const float *weights, float *spectrum)
{
	for (int64_t y = 0; y < fourier->height; y++) {
		for (int64_t x = 0; x < fourier->width; x++) {
			fourier->line[x].r = plane[y * fourier->width + x];
			fourier->line[x].i = 0;
		}
		kiss_fft(fourier->across.forward, fourier->line, fourier->result);
		memcpy(fourier->spectrum + y * fourier->columns, fourier->result,
				(size_t)fourier->columns * sizeof(*fourier->result));
	}
	transform_columns(fourier, fourier->down.forward);
	for (int64_t i = 0; i < fourier->height * fourier->columns; i++) {
		spectrum[2 * i] = fourier->spectrum[i].r * weights[i];
		spectrum[2 * i + 1] = fourier->spectrum[i].i * weights[i];
	}
}

/*
 * A number c and its conjugate add c e + conj(c e) = Re(2 c e) to the plane, where e is
 * the wave at a pixel. So the plane is the real part of a transform in which the columns
 * that the spectrum leaves out are 0; to_plane has the factor 2.
 */
void fourier_plane(struct fourier *fourier, const float *spectrum, float *plane)
{
	for (int64_t i = 0; i < fourier->height * fourier->columns; i++) {
		fourier->spectrum[i].r = spectrum[2 * i] * fourier->to_plane[i];
		fourier->spectrum[i].i = spectrum[2 * i + 1] * fourier->to_plane[i];
	}
	transform_columns(fourier, fourier->down.inverse);
	memset(fourier->line, 0, (size_t)fourier->width * sizeof(*fourier->line));
	for (int64_t y = 0; y < fourier->height; y++) {
		memcpy(fourier->line, fourier->spectrum + y * fourier->columns,
				(size_t)fourier->columns * sizeof(*fourier->line));
		kiss_fft(fourier->across.inverse, fourier->line, fourier->result);
		for (int64_t x = 0; x < fourier->width; x++) {
			plane[y * fourier->width + x] = fourier->result[x].r;
		}
	}
}

void fourier_spectrum(struct fourier *fourier, const float *plane, float *spectrum)
{
	transform_plane(fourier, plane, fourier->to_spectrum, spectrum);
}

void fourier_gradient(struct fourier *fourier, const float *plane, float *spectrum)
{
	transform_plane(fourier, plane, fourier->to_plane, spectrum);
}
