/**
 * \file    evaluate/complexity.c
 * \brief   Sparseness and complexity
 */
#include "evaluate/complexity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int compare_rising(const void *left, const void *right)
{
	float a = *(const float *)left, b = *(const float *)right;

	return a < b ? -1 : a > b;
}

static double sum_of(const struct map_case *map)
{
	double sum = 0;

	for (int64_t i = 0; i < map_area(map); i++) {
		sum += map->plane[i];
	}
	return sum;
}

void complexity_sparseness(const struct map_case *map)
{
	size_t count = (size_t)map_area(map);
	float *sorted = memory_new(count, sizeof(*sorted));
	double sum = sum_of(map), ranked = 0;

	memcpy(sorted, map->plane, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_rising);
	for (size_t i = 0; i < count; i++) {
		ranked += (2 * (double)(i + 1) - (double)count - 1) * (double)sorted[i];
	}
	map->values[PLAN_MEASURE_SPARSENESS] = sum > 0 ? ranked / ((double)count * sum)
						       : NAN;
	free(sorted);
}

void complexity_entropy(const struct map_case *map)
{
	double sum = sum_of(map), entropy = 0;

	for (int64_t i = 0; i < map_area(map); i++) {
		if (map->plane[i] > 0) {
			entropy -= map->plane[i] / sum * log(map->plane[i] / sum);
		}
	}
	map->values[PLAN_MEASURE_COMPLEXITY] = sum > 0 ? entropy : NAN;
}
