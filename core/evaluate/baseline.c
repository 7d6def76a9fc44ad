/**
 * \file    evaluate/baseline.c
 * \brief   Baselines: a random map and a dot in the center
 */
#include "evaluate/baseline.h"

#include <math.h>

#include "base/tensor.h"
#include "host/random.h"

const char *const baseline_names[BASELINE_COUNT] = { "(random)", "(center)" };

/* Squared distance from the center, in quarters of an extent */
static double squared_distance(int64_t i, int64_t extent)
{
	double distance = ((double)i + 0.5) / (double)extent - 0.5;

	return distance * distance * 16;
}

cnnviz_tensor *baseline_plane(enum baseline baseline, int64_t height, int64_t width,
		uint64_t seed, uint64_t stream)
{
	const int64_t shape[] = { 1, 1, height, width };
	cnnviz_tensor *plane = tensor_create(4, shape);
	struct cnnviz_random random = { 0 };

	if (plane == NULL) {
		return NULL;
	}
	float *values = tensor_mutable_data(plane);
	if (baseline == BASELINE_RANDOM) {
		random_start(&random, seed, baseline_names[baseline], stream);
		random_uniform(&random, 0, 1, height * width, values);
		return plane;
	}
	for (int64_t i = 0; i < height * width; i++) {
		values[i] = (float)exp(-(squared_distance(i / width, height)
						       + squared_distance(i % width,
								       width))
				/ 2);
	}
	return plane;
}
