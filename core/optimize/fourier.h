/**
 * \file    optimize/fourier.h
 * \brief   Planes of numbers as scaled spectra
 */
#ifndef OPTIMIZE_FOURIER_H
#define OPTIMIZE_FOURIER_H

#include <stdbool.h>
#include <stdint.h>

/** Transforms between planes (H,W) and spectra (H,W/2+1), pairs of real and imaginary */
struct fourier;

/** NULL when out of memory */
struct fourier *fourier_create(int64_t height, int64_t width);
void fourier_free(struct fourier *fourier);

/** Numbers in a spectrum: 2 * H * (W/2+1) */
int64_t fourier_size(const struct fourier *fourier);

/**
 * The weights (H,W/2+1) of fourier_plane() and fourier_spectrum(); borrowed. Those of the
 * first count numbers twice that stand for their conjugates too.
 */
void fourier_weights(const struct fourier *fourier, const float **to_plane,
		const float **to_spectrum);

/**
 * \brief   plane = irfft2(spectrum * s), orthonormal
 *
 * s = 1 / max(f, 1 / max(W,H)) for a frequency of f cycles per pixel, so that equal
 * steps of every number of the spectrum change a picture as natural pictures vary.
 */
void fourier_plane(struct fourier *fourier, const float *spectrum, float *plane);

/** The spectrum of a plane: fourier_plane()'s inverse */
void fourier_spectrum(struct fourier *fourier, const float *plane, float *spectrum);

/** From a gradient by the plane to the gradient by the spectrum: the transpose */
void fourier_gradient(struct fourier *fourier, const float *plane, float *spectrum);

#endif
