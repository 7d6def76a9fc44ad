/**
 * \file    common/guided_path.c
 * \brief   A path from a baseline to a picture whose values of small gradient move first
 */
#include "common/guided_path.h"

#include <math.h>
#include <stdlib.h>

/* Of the way still to go, relative and in itself: nearer than that is there. */
#define NEAR 1e-9

/** Each value has to be between these shares of its way. */
struct band {
	double least, most;
};

/** Where a value is when it has gone a share of its way */
static double place(const struct guided_path *path, int64_t i, double share)
{
	return path->from[i] + ((double)path->to[i] - path->from[i]) * share;
}

static double distance_left(const struct guided_path *path)
{
	double left = 0;

	for (int64_t i = 0; i < path->size; i++) {
		left += fabs(path->point[i] - path->to[i]);
	}
	return left;
}

bool guided_path_begin(struct guided_path *path, int64_t size, const float *from,
		const float *to)
{
	double **arrays[] = { &path->point, &path->moved, &path->sums, &path->slopes,
		&path->sorted };
	bool enough = true;

	path->size = size;
	path->from = from;
	path->to = to;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		*arrays[i] = calloc((size_t)size, sizeof(double));
		enough = enough && *arrays[i] != NULL;
	}
	for (int64_t i = 0; i < size && enough; i++) {
		path->point[i] = from[i];
	}
	path->whole = enough ? distance_left(path) : 0;
	return enough;
}

void guided_path_end(struct guided_path *path)
{
	free(path->point);
	free(path->moved);
	free(path->sums);
	free(path->slopes);
	free(path->sorted);
}

/** The value of a rank, counted from 0, by Hoare's selection; reorders the values */
static double select_rank(double *values, int64_t count, int64_t rank)
{
	int64_t low = 0, high = count - 1;

	while (low < high) {
		double pivot = values[low + (high - low) / 2];
		int64_t i = low, j = high;

		while (i <= j) {
			while (values[i] < pivot) {
				i++;
			}
			while (values[j] > pivot) {
				j--;
			}
			if (i <= j) {
				double other = values[i];

				values[i++] = values[j];
				values[j--] = other;
			}
		}
		if (rank <= j) {
			high = j;
		} else if (rank >= i) {
			low = i;
		} else {
			return values[rank];
		}
	}
	return values[rank];
}

static void move(struct guided_path *path, int64_t i, double target)
{
	path->moved[i] += target - path->point[i];
	path->point[i] = target;
}

/** Add a step's moves to the sums, by the gradient at one of its ends. */
static void count_moves(struct guided_path *path, const float *gradient)
{
	double weight = path->both_ends ? 0.5 : 1;

	for (int64_t i = 0; i < path->size; i++) {
		path->sums[i] += weight * path->moved[i] * gradient[i];
	}
}

/** Bring up what lags behind the band. */
static void catch_up(struct guided_path *path, const struct band *band)
{
	for (int64_t i = 0; i < path->size; i++) {
		double way = (double)path->to[i] - path->from[i];

		if (way != 0 && (path->point[i] - path->from[i]) / way < band->least) {
			move(path, i, place(path, i, band->least));
		}
	}
}

/** Let the values of the smallest slopes move; whether that is enough, or none can */
static bool move_flattest(struct guided_path *path, double fraction,
		const struct band *band, double gap)
{
	double room = 0;

	for (int64_t i = 0; i < path->size; i++) {
		if (path->point[i] == place(path, i, band->most)) {
			path->slopes[i] = INFINITY;
		}
		path->sorted[i] = path->slopes[i];
	}
	double limit = select_rank(path->sorted, path->size,
			(int64_t)(fraction * (double)(path->size - 1)));

	for (int64_t i = 0; i < path->size; i++) {
		if (path->slopes[i] <= limit && path->slopes[i] < INFINITY) {
			room += fabs(path->point[i] - place(path, i, band->most));
		}
	}
	double part = room > 0 ? gap / room : INFINITY;

	for (int64_t i = 0; i < path->size; i++) {
		double end = place(path, i, band->most);

		if (path->slopes[i] <= limit && path->slopes[i] < INFINITY) {
			move(path, i,
					part > 1 ? end
						 : path->point[i] + (end - path->point[i]) * part);
		}
	}
	return part <= 1 || !(room > 0);
}

void guided_path_step(struct guided_path *path, const float *gradient, double share,
		double fraction, double distance)
{
	const struct band band = { fmax(share - distance, 0), fmin(share + distance, 1) };
	double target = path->whole * (1 - share);
	bool done = false;

	guided_path_arrive(path, gradient);
	for (int64_t i = 0; i < path->size; i++) {
		path->slopes[i] = fabs((double)gradient[i]);
		path->moved[i] = 0;
	}
	while (!done) {
		catch_up(path, &band);
		double left = distance_left(path);
		double gap = left - target;

		done = gap <= NEAR * fmax(left, fmax(target, 1))
				|| move_flattest(path, fraction, &band, gap);
	}
	count_moves(path, gradient);
}

void guided_path_arrive(struct guided_path *path, const float *gradient)
{
	if (path->both_ends) {
		count_moves(path, gradient);
	}
}
