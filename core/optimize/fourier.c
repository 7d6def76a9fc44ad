/**
 * \file    optimize/fourier.c
 * \brief   Planes of numbers as scaled spectra, on FFTW
 */
#include "optimize/fourier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fftw3.h>

struct fourier {
	int64_t height;
	int64_t width;
	int64_t columns; /* of a spectrum: W/2 + 1, the others are conjugates */
	float *scale;    /* of each column in each row */
	/* FFTW's plans hold for these places, which it chooses aligned: so the same
	 * numbers give the same bytes in every run. */
	float *plane;
	fftwf_complex *spectrum;
	fftwf_plan inverse;
	fftwf_plan forward;
};

void fourier_free(struct fourier *fourier)
{
	if (fourier == NULL) {
		return;
	}
	fftwf_destroy_plan(fourier->inverse);
	fftwf_destroy_plan(fourier->forward);
	fftwf_free(fourier->plane);
	fftwf_free(fourier->spectrum);
	free(fourier->scale);
	free(fourier);
}

static void fill_scale(struct fourier *fourier)
{
	double lowest = 1 / fmax((double)fourier->width, (double)fourier->height);

	for (int64_t y = 0; y < fourier->height; y++) {
		int64_t turns = 2 * y < fourier->height ? y : y - fourier->height;
		double down = (double)turns / (double)fourier->height;

		for (int64_t x = 0; x < fourier->columns; x++) {
			double across = (double)x / (double)fourier->width;

			fourier->scale[y * fourier->columns + x] = (float)(1
					/ fmax(hypot(down, across), lowest));
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
	fourier->scale = malloc(count * sizeof(float));
	fourier->plane = fftwf_alloc_real((size_t)(height * width));
	fourier->spectrum = fftwf_alloc_complex(count);
	if (fourier->scale == NULL || fourier->plane == NULL
			|| fourier->spectrum == NULL) {
		goto fail;
	}
	/* Plans that are measured would differ from run to run. */
	fourier->inverse = fftwf_plan_dft_c2r_2d((int)height, (int)width,
			fourier->spectrum, fourier->plane, FFTW_ESTIMATE);
	fourier->forward = fftwf_plan_dft_r2c_2d((int)height, (int)width, fourier->plane,
			fourier->spectrum, FFTW_ESTIMATE);
	if (fourier->inverse == NULL || fourier->forward == NULL) {
		goto fail;
	}
	fill_scale(fourier);
	return fourier;
fail:
	fourier_free(fourier);
	return NULL;
}

int64_t fourier_size(const struct fourier *fourier)
{
	return 2 * fourier->height * fourier->columns;
}

/** Whether a column holds its own conjugates: that of frequency 0, and the last of an
 * even width */
static bool self_conjugate(const struct fourier *fourier, int64_t column)
{
	return column == 0 || 2 * column == fourier->width;
}

/**
 * Make a column of a spectrum one that a real plane has, by dropping what would give
 * imaginary values.
 */
static void make_hermitian(struct fourier *fourier, int64_t column)
{
	for (int64_t y = 0; 2 * y <= fourier->height; y++) {
		int64_t other = (fourier->height - y) % fourier->height;
		float *here = fourier->spectrum[y * fourier->columns + column];
		float *there = fourier->spectrum[other * fourier->columns + column];
		float real = (here[0] + there[0]) / 2;
		float imaginary = (here[1] - there[1]) / 2;

		here[0] = there[0] = real;
		here[1] = imaginary;
		there[1] = -imaginary;
	}
}

static float orthonormal(const struct fourier *fourier)
{
	return (float)(1 / sqrt((double)(fourier->height * fourier->width)));
}

void fourier_plane(struct fourier *fourier, const float *spectrum, float *plane)
{
	float factor = orthonormal(fourier);

	for (int64_t i = 0; i < fourier->height * fourier->columns; i++) {
		fourier->spectrum[i][0] = spectrum[2 * i] * fourier->scale[i] * factor;
		fourier->spectrum[i][1] = spectrum[2 * i + 1] * fourier->scale[i]
				* factor;
	}
	for (int64_t x = 0; x < fourier->columns; x++) {
		if (self_conjugate(fourier, x)) {
			make_hermitian(fourier, x);
		}
	}
	fftwf_execute(fourier->inverse);
	memcpy(plane, fourier->plane,
			(size_t)(fourier->height * fourier->width) * sizeof(float));
}

static void transform(struct fourier *fourier, const float *plane)
{
	memcpy(fourier->plane, plane,
			(size_t)(fourier->height * fourier->width) * sizeof(float));
	fftwf_execute(fourier->forward);
}

void fourier_spectrum(struct fourier *fourier, const float *plane, float *spectrum)
{
	float factor = orthonormal(fourier);

	transform(fourier, plane);
	for (int64_t i = 0; i < fourier->height * fourier->columns; i++) {
		spectrum[2 * i] = fourier->spectrum[i][0] * factor / fourier->scale[i];
		spectrum[2 * i + 1] = fourier->spectrum[i][1] * factor
				/ fourier->scale[i];
	}
}

/* A number in a column without its own conjugates also stands for its conjugate, so
 * that it counts twice in the plane. */
void fourier_gradient(struct fourier *fourier, const float *plane, float *spectrum)
{
	float factor = orthonormal(fourier);

	transform(fourier, plane);
	for (int64_t i = 0; i < fourier->height * fourier->columns; i++) {
		float weight = factor * fourier->scale[i]
				* (self_conjugate(fourier, i % fourier->columns) ? 1 : 2);

		spectrum[2 * i] = fourier->spectrum[i][0] * weight;
		spectrum[2 * i + 1] = fourier->spectrum[i][1] * weight;
	}
}
