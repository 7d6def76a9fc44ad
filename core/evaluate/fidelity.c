/**
 * \file    evaluate/fidelity.c
 * \brief   Average drop, increase in confidence, infidelity and muFidelity
 */
#include "evaluate/fidelity.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/measure.h"
#include "host/random.h"

/* ---- Masked by the map --------------------------------------------------------- */

static size_t count_one(const struct map_case *map)
{
	(void)map;
	return 1;
}

void fidelity_scale(const float *plane, int64_t count, float *scaled)
{
	float low = plane[0], high = plane[0];

	for (int64_t i = 1; i < count; i++) {
		low = plane[i] < low ? plane[i] : low;
		high = plane[i] > high ? plane[i] : high;
	}
	for (int64_t i = 0; i < count; i++) {
		scaled[i] = high > low ? (plane[i] - low) / (high - low) : 0;
	}
}

void fidelity_mask(const struct map_case *map, float *picture)
{
	int64_t area = map_area(map), count = tensor_count(map->input);
	float *scaled = memory_new((size_t)area, sizeof(*scaled));

	fidelity_scale(map->plane, area, scaled);
	for (int64_t i = 0; i < count; i++) {
		picture[i] = tensor_data(map->input)[i] * scaled[i % area];
	}
	free(scaled);
}

static void draw_masked(const struct map_case *map, void *state, size_t i, float *picture)
{
	(void)state;
	(void)i;
	fidelity_mask(map, picture);
}

static void measure_masked(const struct map_case *map, void *state,
		const struct classification *results)
{
	double before = map->base->probability, after = results[0].probability;

	(void)state;
	map->values[PLAN_MEASURE_AVERAGE_DROP] = after < before
			? (before - after) / before
			: 0;
	map->values[PLAN_MEASURE_INCREASE] = after > before;
}

const struct probe fidelity_masked = {
	.count = count_one,
	.draw = draw_masked,
	.measure = measure_masked,
};

/* ---- Samples ------------------------------------------------------------------- */

/* What each sample takes away, and what the map says of that */
struct samples {
	struct cnnviz_random random;
	bool *removed; /* by the sample that is drawn now */
	double *told;
};

static size_t count_samples(const struct map_case *map)
{
	return map->plan->evaluation.fidelity_samples;
}

static struct samples *begin_samples(const struct map_case *map, const char *name)
{
	struct samples *samples = memory_new(1, sizeof(*samples));

	random_start(&samples->random, map->plan->seed, name, map->stream);
	samples->removed = memory_new((size_t)map_area(map), sizeof(bool));
	samples->told = memory_new(count_samples(map), sizeof(double));
	return samples;
}

static void end_samples(void *state)
{
	struct samples *samples = state;

	if (samples != NULL) {
		free(samples->removed);
		free(samples->told);
	}
	free(samples);
}

/* Draw the picture without what is removed; returns the sum of a map over that. */
static double take_away(const struct map_case *map, const struct samples *samples,
		const float *plane, float *picture)
{
	int64_t area = map_area(map), count = tensor_count(map->input);
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		picture[i] = samples->removed[i % area] ? 0 : tensor_data(map->input)[i];
	}
	for (int64_t i = 0; i < area; i++) {
		sum += samples->removed[i] ? (double)plane[i] : 0;
	}
	return sum;
}

static double logit_fall(const struct map_case *map, const struct classification *result)
{
	return map->base->logit - result->logit;
}

/* ---- Infidelity ---------------------------------------------------------------- */

static void *begin_infidelity(const struct probe *probe, const struct map_case *map)
{
	(void)probe;
	return begin_samples(map, "(infidelity)");
}

static void draw_without_square(const struct map_case *map, void *state, size_t i,
		float *picture)
{
	struct samples *samples = state;
	int64_t height = tensor_shape(map->input)[2], width = tensor_shape(map->input)[3];
	int64_t shorter = height < width ? height : width;
	int64_t side = shorter >= 4 ? shorter / 4 : 1;
	float chance[2];

	random_uniform(&samples->random, 0, 1, 2, chance);
	int64_t top = (int64_t)((double)chance[0] * (double)(height - side + 1));
	int64_t left = (int64_t)((double)chance[1] * (double)(width - side + 1));

	for (int64_t k = 0; k < height * width; k++) {
		int64_t down = k / width - top, right = k % width - left;

		samples->removed[k] = down >= 0 && down < side && right >= 0
				&& right < side;
	}
	samples->told[i] = take_away(map, samples, map->linear, picture);
}

static void measure_infidelity(const struct map_case *map, void *state,
		const struct classification *results)
{
	const struct samples *samples = state;
	size_t count = count_samples(map);
	double square = 0, product = 0, sum = 0;

	for (size_t i = 0; i < count; i++) {
		square += samples->told[i] * samples->told[i];
		product += samples->told[i] * logit_fall(map, &results[i]);
	}
	double scale = square > 0 ? product / square : 0;

	for (size_t i = 0; i < count; i++) {
		double error = scale * samples->told[i] - logit_fall(map, &results[i]);

		sum += error * error;
	}
	map->values[PLAN_MEASURE_INFIDELITY] = sum / (double)count;
}

const struct probe fidelity_infidelity = {
	.count = count_samples,
	.begin = begin_infidelity,
	.draw = draw_without_square,
	.measure = measure_infidelity,
	.end = end_samples,
};

/* ---- muFidelity ---------------------------------------------------------------- */

#define GRID 9
#define SHARE 0.2f

static void *begin_mu(const struct probe *probe, const struct map_case *map)
{
	(void)probe;
	return begin_samples(map, "(mu_fidelity)");
}

/* The cell of a grid in which the center of a pixel lies */
static int64_t cell_of(int64_t i, int64_t extent)
{
	return (2 * i + 1) * GRID / (2 * extent);
}

static void draw_without_cells(const struct map_case *map, void *state, size_t i,
		float *picture)
{
	struct samples *samples = state;
	int64_t height = tensor_shape(map->input)[2], width = tensor_shape(map->input)[3];
	float chance[GRID * GRID];

	random_uniform(&samples->random, 0, 1, GRID * GRID, chance);
	for (int64_t k = 0; k < height * width; k++) {
		int64_t cell = cell_of(k / width, height) * GRID
				+ cell_of(k % width, width);

		samples->removed[k] = chance[cell] <= SHARE;
	}
	samples->told[i] = take_away(map, samples, map->evidence, picture);
}

static void measure_mu(const struct map_case *map, void *state,
		const struct classification *results)
{
	const struct samples *samples = state;
	size_t count = count_samples(map);
	float *told = memory_new(2 * count, sizeof(*told));
	float *fallen = told + count;

	for (size_t i = 0; i < count; i++) {
		told[i] = (float)samples->told[i];
		fallen[i] = (float)logit_fall(map, &results[i]);
	}
	map->values[PLAN_MEASURE_MU_FIDELITY] = measure_spearman(told, fallen,
			(int64_t)count);
	free(told);
}

const struct probe fidelity_mu = {
	.count = count_samples,
	.begin = begin_mu,
	.draw = draw_without_cells,
	.measure = measure_mu,
	.end = end_samples,
};
