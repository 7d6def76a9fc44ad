/**
 * \file    evaluate/road.c
 * \brief   Remove and debias
 */
#include "evaluate/road.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/curve.h"
#include "evaluate/impute.h"
#include "host/random.h"

#define SHARES 9
/* Standard deviation of the noise, in values of the network's input */
#define NOISE 0.01f

struct road {
	int64_t *order; /* of pixels, the most relevant first */
	struct cnnviz_random random;
	float *noise;
	bool *removed;
};

static size_t count_pictures(const struct map_case *map)
{
	(void)map;
	return 2 * SHARES;
}

static void *begin_road(const struct probe *probe, const struct map_case *map)
{
	struct road *road = memory_new(1, sizeof(*road));
	size_t area = (size_t)map_area(map);

	(void)probe;
	road->order = curve_order(map->plane, map_area(map), map->plan->seed,
			map->stream);
	road->noise = memory_new((size_t)tensor_count(map->input), sizeof(*road->noise));
	road->removed = memory_new(area, sizeof(*road->removed));
	random_start(&road->random, map->plan->seed, "(road)", map->stream);
	return road;
}

static void end_road(void *state)
{
	struct road *road = state;

	if (road != NULL) {
		free(road->order);
		free(road->noise);
		free(road->removed);
	}
	free(road);
}

/*
 * Pictures 0 to 8 keep the 10 to 90 percent that are the least relevant, the others the
 * most relevant ones. As many are kept as are below that percentile by NumPy's method.
 */
static void choose_removed(struct road *road, size_t i, int64_t area)
{
	int64_t percent = 10 * ((int64_t)i % SHARES + 1);
	int64_t kept = (percent * (area - 1) + 99) / 100;

	for (int64_t k = 0; k < area; k++) {
		int64_t rank = i < SHARES ? area - 1 - k : k;

		road->removed[road->order[k]] = rank >= kept;
	}
}

static void draw_imputed(const struct map_case *map, void *state, size_t i,
		float *picture)
{
	struct road *road = state;
	const int64_t *shape = tensor_shape(map->input);
	int64_t area = map_area(map);

	memcpy(picture, tensor_data(map->input),
			(size_t)(shape[1] * area) * sizeof(*picture));
	choose_removed(road, i, area);
	impute_linear(road->removed, shape[1], shape[2], shape[3], picture);
	random_normal(&road->random, 0, NOISE, shape[1] * area, road->noise);
	for (int64_t k = 0; k < shape[1] * area; k++) {
		picture[k] += road->removed[k % area] ? road->noise[k] : 0;
	}
}

static double mean_change(const struct map_case *map,
		const struct classification *results)
{
	double sum = 0;

	for (size_t i = 0; i < SHARES; i++) {
		sum += results[i].probability - map->base->probability;
	}
	return sum / SHARES;
}

static void measure_road(const struct map_case *map, void *state,
		const struct classification *results)
{
	double morf = mean_change(map, results);
	double lerf = mean_change(map, results + SHARES);

	(void)state;
	map->values[PLAN_MEASURE_ROAD_MORF] = morf;
	map->values[PLAN_MEASURE_ROAD_LERF] = lerf;
	map->values[PLAN_MEASURE_ROAD] = (lerf - morf) / 2;
}

const struct probe road_probe = {
	.count = count_pictures,
	.begin = begin_road,
	.draw = draw_imputed,
	.measure = measure_road,
	.end = end_road,
};
