/**
 * \file    evaluate/baseline.h
 * \brief   Maps that do not depend on the picture, for comparison
 */
#ifndef EVALUATE_BASELINE_H
#define EVALUATE_BASELINE_H

#include <cnnviz/types.h>

enum baseline {
	BASELINE_RANDOM, /* each pixel uniform in 0..1, seeded */
	BASELINE_CENTER, /* a Gaussian in the center, a quarter of the picture wide */
	BASELINE_COUNT,
};

/** Names of baselines, which are not valid as names of jobs */
extern const char *const baseline_names[BASELINE_COUNT];

/** (1,1,height,width); NULL when out of memory */
cnnviz_tensor *baseline_plane(enum baseline baseline, int64_t height, int64_t width,
		uint64_t seed, uint64_t stream);

#endif
