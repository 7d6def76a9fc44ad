/**
 * \file    common/masks.h
 * \brief   Weights of feature maps by what the network sees under them
 *
 * Each feature map, enlarged to the input's size and scaled to 0..1, is laid over the input
 * as a mask, and the target's score is measured. Compiled into each plugin that uses it.
 */
#ifndef COMMON_MASKS_H
#define COMMON_MASKS_H

#include "common/cam.h"

/** The masks of one input at one layer */
struct masks {
	const struct cam *cam;
	uint32_t item;
	const struct cam_features *features;

	/** How many versions of each mask are tried, at least 1 */
	int64_t samples;

	/** The input's random numbers, and room for as many as a mask has values */
	cnnviz_random *random;
	float *room;
};

/**
 * How a technique changes the count values of a mask before it is laid over the input:
 * called for all samples of the first mask, then of the next
 */
struct masks_method {
	void (*change)(const struct masks *masks, int64_t sample, float *mask,
			int64_t count);
};

/** Rows of a technique's table of parameters */
#define MASKS_PARAMETERS \
	CAM_PARAMETERS, { CAM_EIGEN_SMOOTH }, \
			{ "channels", CNNVIZ_PARAMETER_INT, .default_value = "0", \
				.minimum = 0, .maximum = 1000000, \
				.summary = "how many feature maps are tried, those " \
					   "that vary most; 0 for all" }, \
	{ \
		"masks_together", CNNVIZ_PARAMETER_INT, \
				.default_value = "16", .minimum = 1, .maximum = 4096, \
				.summary = "how many masked inputs go through the " \
					   "network at once; fewer need less memory" \
	}

/** The row that those with a method have too */
#define MASKS_SAMPLES(value, what) \
	{ \
		"samples", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT, \
						 .default_value = value, .minimum = 1, \
						 .maximum = 100000, .summary = what \
	}

/**
 * \brief   Compute the maps of a batch, as cnnviz_technique.attribute does
 *
 * Weights are the softmax over the feature maps of their mean scores. Feature maps that are
 * not tried have no weight; one that is the same everywhere has a mask of zeros. Reports
 * progress, and stops if the user cancels.
 *
 * \param   method      NULL: each mask is tried once, as it is
 */
cnnviz_status masks_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct masks_method *method,
		cnnviz_tensor **maps);

#endif
