/**
 * \file    evaluate/robustness.c
 * \brief   Sensitivity, coherency and ADCC
 */
#include "evaluate/robustness.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "evaluate/fidelity.h"
#include "host/random.h"

/* ---- Sensitivity --------------------------------------------------------------- */

static size_t count_samples(const struct map_case *map)
{
	return map->plan->evaluation.sensitivity_samples;
}

static void draw_near(const struct map_case *map, size_t i, float *picture)
{
	float radius = (float)map->plan->evaluation.sensitivity_radius;
	int64_t count = tensor_count(map->input);
	float *changes = memory_new((size_t)count, sizeof(*changes));
	char *name = memory_format("(sensitivity %zu)", i);
	struct cnnviz_random random = { 0 };

	random_start(&random, map->plan->seed, name, map->stream);
	random_uniform(&random, -radius, radius, count, changes);
	for (int64_t k = 0; k < count; k++) {
		picture[k] += changes[k];
	}
	free(changes);
	free(name);
}

/* L2 distance of two arrays, as a share of the length of the first where it has one */
static double relative_distance(const float *a, const float *b, int64_t count)
{
	double square = 0, length = 0;

	for (int64_t i = 0; i < count; i++) {
		double difference = (double)a[i] - (double)b[i];

		square += difference * difference;
		length += (double)a[i] * (double)a[i];
	}
	return length > 0 ? sqrt(square / length) : sqrt(square);
}

/* Whether two maps of a job have as many values, so that these can be compared */
static bool are_alike(const struct map_case *map, const struct changed_map *changed)
{
	return map->maps != NULL
			&& tensor_count(map->maps) / tensor_shape(map->maps)[0]
			== tensor_count(changed->maps) / tensor_shape(changed->maps)[0];
}

static void compare_distance(const struct map_case *map, size_t i,
		const struct changed_map *changed)
{
	double *largest = &map->values[PLAN_MEASURE_SENSITIVITY];
	int64_t size = map_area(map);
	const float *before = map->plane, *after = changed->plane;

	if (are_alike(map, changed)) {
		size = tensor_count(map->maps) / tensor_shape(map->maps)[0];
		before = tensor_data(map->maps) + (int64_t)map->item * size;
		after = tensor_data(changed->maps) + (int64_t)changed->item * size;
	}
	double distance = relative_distance(before, after, size);

	*largest = i == 0 || distance > *largest ? distance : *largest;
}

const struct rerun robustness_sensitivity = {
	.count = count_samples,
	.draw = draw_near,
	.compare = compare_distance,
};

/* ---- Coherency ----------------------------------------------------------------- */

static size_t count_one(const struct map_case *map)
{
	(void)map;
	return 1;
}

static void draw_masked(const struct map_case *map, size_t i, float *picture)
{
	(void)i;
	fidelity_mask(map, picture);
}

static double mean_of(const float *values, int64_t count)
{
	double sum = 0;

	for (int64_t i = 0; i < count; i++) {
		sum += values[i];
	}
	return sum / (double)count;
}

/* Pearson's correlation; 0 if one of the two is constant */
static double correlation(const float *a, const float *b, int64_t count)
{
	double a_mean = mean_of(a, count), b_mean = mean_of(b, count);
	double product = 0, a_square = 0, b_square = 0;

	for (int64_t i = 0; i < count; i++) {
		double left = a[i] - a_mean, right = b[i] - b_mean;

		product += left * right;
		a_square += left * left;
		b_square += right * right;
	}
	return a_square > 0 && b_square > 0 ? product / sqrt(a_square * b_square) : 0;
}

static void compare_masked(const struct map_case *map, size_t i,
		const struct changed_map *changed)
{
	(void)i;
	map->values[PLAN_MEASURE_COHERENCY] =
			(1 + correlation(map->plane, changed->plane, map_area(map))) / 2;
}

const struct rerun robustness_coherency = {
	.count = count_one,
	.draw = draw_masked,
	.compare = compare_masked,
};

/* ---- ADCC ---------------------------------------------------------------------- */

void robustness_adcc(const struct map_case *map)
{
	int64_t area = map_area(map);
	float *scaled = memory_new((size_t)area, sizeof(*scaled));

	fidelity_scale(map->plane, area, scaled);
	double complexity = mean_of(scaled, area);
	double terms[] = { 1 - map->values[PLAN_MEASURE_AVERAGE_DROP],
		map->values[PLAN_MEASURE_COHERENCY], 1 - complexity };
	double sum = 0;

	for (size_t i = 0; i < 3; i++) {
		sum += 1 / terms[i]; /* infinite of 0, with which ADCC is 0 */
	}
	map->values[PLAN_MEASURE_ADCC_COMPLEXITY] = complexity;
	map->values[PLAN_MEASURE_ADCC] = 3 / sum;
	free(scaled);
}
