/**
 * \file    evaluate/impute.c
 * \brief   Noisy linear imputation: a sparse linear system, by conjugate gradients
 *
 * The system is symmetric and positive definite. It is preconditioned by symmetric
 * successive over-relaxation (Saad 2003, Iterative Methods for Sparse Linear Systems,
 * section 10.2), which needs no memory, and with which the number of steps grows with
 * the square root of a picture's side.
 */
#include "evaluate/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define RESIDUAL 1e-10
#define RELAXATION 1.85
#define NEIGHBORS 8

/* In the order of rows, so that the first half comes before the pixel */
static const struct {
	int down, right;
	double weight; /* in twelfths */
} around[NEIGHBORS] = {
	{ -1, -1, 1 },
	{ -1, 0, 2 },
	{ -1, 1, 1 },
	{ 0, -1, 2 },
	{ 0, 1, 2 },
	{ 1, -1, 1 },
	{ 1, 0, 2 },
	{ 1, 1, 1 },
};

/* Number of unknowns; vectors have one value more, a 0 for neighbors that are known */
struct linear_system {
	size_t count;
	size_t *pixels;    /* of each unknown */
	size_t *neighbors; /* NEIGHBORS unknowns each, or `count` */
	double *weights;   /* of all neighbors that are in the picture */
	double *b;         /* of one channel at a time */
};

/* ---- The system ---------------------------------------------------------------- */

/* The pixel that is neighbor k of one, or -1 outside of the picture */
static int64_t neighbor_of(int64_t pixel, size_t k, int64_t height, int64_t width)
{
	int64_t y = pixel / width + around[k].down;
	int64_t x = pixel % width + around[k].right;

	return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
}

static void find_neighbors(struct linear_system *system, const bool *removed,
		int64_t height, int64_t width)
{
	size_t *places = memory_new((size_t)(height * width), sizeof(*places));

	for (size_t i = 0; i < system->count; i++) {
		places[system->pixels[i]] = i;
	}
	for (size_t i = 0; i < system->count; i++) {
		for (size_t k = 0; k < NEIGHBORS; k++) {
			int64_t pixel = neighbor_of((int64_t)system->pixels[i], k, height,
					width);

			system->neighbors[i * NEIGHBORS + k] = pixel >= 0
							&& removed[pixel]
					? places[pixel]
					: system->count;
			system->weights[i] += pixel >= 0 ? around[k].weight : 0;
		}
	}
	free(places);
}

static void start_system(struct linear_system *system, const bool *removed,
		int64_t height, int64_t width)
{
	size_t area = (size_t)(height * width);

	system->pixels = memory_new(area, sizeof(*system->pixels));
	for (size_t i = 0; i < area; i++) {
		if (removed[i]) {
			system->pixels[system->count++] = i;
		}
	}
	system->neighbors = memory_new(system->count * NEIGHBORS,
			sizeof(*system->neighbors));
	system->weights = memory_new(system->count, sizeof(double));
	system->b = memory_new(system->count, sizeof(double));
	find_neighbors(system, removed, height, width);
}

static void end_system(struct linear_system *system)
{
	free(system->pixels);
	free(system->neighbors);
	free(system->weights);
	free(system->b);
}

/* The right side of a channel: what known neighbors give */
static void set_channel(struct linear_system *system, const bool *removed, int64_t height,
		int64_t width, const float *values)
{
	for (size_t i = 0; i < system->count; i++) {
		system->b[i] = 0;
		for (size_t k = 0; k < NEIGHBORS; k++) {
			int64_t pixel = neighbor_of((int64_t)system->pixels[i], k, height,
					width);

			if (pixel >= 0 && !removed[pixel]) {
				system->b[i] += around[k].weight * (double)values[pixel];
			}
		}
	}
}

/* ---- Its solution -------------------------------------------------------------- */

/* What the neighbors of an unknown give, from number `first` to before `end` */
static inline double gather(const struct linear_system *system, const double *x, size_t i,
		size_t first, size_t end)
{
	const size_t *neighbors = system->neighbors + i * NEIGHBORS;
	double sum = 0;

	for (size_t k = first; k < end; k++) {
		sum += around[k].weight * x[neighbors[k]];
	}
	return sum;
}

static void multiply(const struct linear_system *system, const double *x, double *product)
{
	for (size_t i = 0; i < system->count; i++) {
		product[i] = system->weights[i] * x[i]
				- gather(system, x, i, 0, NEIGHBORS);
	}
}

static void precondition(const struct linear_system *system, const double *residual,
		double *x)
{
	for (size_t i = 0; i < system->count; i++) {
		x[i] = (residual[i] + gather(system, x, i, 0, NEIGHBORS / 2)) * RELAXATION
				/ system->weights[i];
	}
	for (size_t i = system->count; i-- > 0;) {
		x[i] += gather(system, x, i, NEIGHBORS / 2, NEIGHBORS) * RELAXATION
				/ system->weights[i];
	}
}

static double dot(const double *a, const double *b, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		sum += a[i] * b[i];
	}
	return sum;
}

/* Conjugate gradients from x = 0; work has room for four vectors, all 0. */
static void solve(const struct linear_system *system, double *x, double *work)
{
	size_t count = system->count;
	double *residual = work, *z = work + (count + 1), *step = work + 2 * (count + 1),
	       *product = work + 3 * (count + 1);
	double least = RESIDUAL * sqrt(dot(system->b, system->b, count));
	double before = 1;

	memcpy(residual, system->b, count * sizeof(*residual));
	for (size_t turn = 0; sqrt(dot(residual, residual, count)) > least; turn++) {
		precondition(system, residual, z);
		double now = dot(residual, z, count);
		double share = turn == 0 ? 0 : now / before;

		for (size_t i = 0; i < count; i++) {
			step[i] = z[i] + share * step[i];
		}
		multiply(system, step, product);
		double length = now / dot(step, product, count);

		/* Rounding alone is left to do. */
		if (!(length > 0) || turn > 10 * count + 100) {
			break;
		}
		for (size_t i = 0; i < count; i++) {
			x[i] += length * step[i];
			residual[i] -= length * product[i];
		}
		before = now;
	}
}

void impute_linear(const bool *removed, int64_t channels, int64_t height, int64_t width,
		float *values)
{
	struct linear_system system = { 0 };

	start_system(&system, removed, height, width);
	for (int64_t c = 0; c < channels; c++) {
		float *plane = values + c * height * width;
		double *work = memory_new(5 * (system.count + 1), sizeof(*work));
		double *x = work + 4 * (system.count + 1);

		set_channel(&system, removed, height, width, plane);
		solve(&system, x, work);
		for (size_t i = 0; i < system.count; i++) {
			plane[system.pixels[i]] = (float)x[i];
		}
		free(work);
	}
	end_system(&system);
}
