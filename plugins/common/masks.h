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

struct masks {
	/** What cam_method.weigh() was given */
	const struct cam *cam;
	uint32_t item;
	const struct cam_features *features;

	/** How many versions of each mask are tried, at least 1 */
	int64_t samples;

	/**
	 * \brief   Change a mask before it is laid over the input, or NULL
	 *
	 * Called for all samples of the first mask, then of the next.
	 *
	 * \param   mask        count values, to be changed
	 */
	void (*change)(const struct masks *masks, int64_t sample, float *mask,
			int64_t count);

	/** The technique's own data */
	void *context;
};

/* Entries of a technique's table of parameters */
#define MASKS_CHANNELS \
	"channels", CNNVIZ_PARAMETER_INT, \
			.default_value = "0", .minimum = 0, .maximum = 1000000, \
			.summary = "how many feature maps are tried, those " \
				   "that vary most; 0 for all"
#define MASKS_TOGETHER \
	"masks_together", CNNVIZ_PARAMETER_INT, \
			.default_value = "16", .minimum = 1, .maximum = 4096, \
			.summary = "how many masked inputs go through " \
				   "the network at once; fewer need " \
				   "less memory"

/**
 * \brief   cnnviz_method.weigh(): the softmax over the feature maps of their mean scores
 *
 * Reports progress, and stops if the user cancels. Feature maps that are not tried have no
 * weight; one that is the same everywhere has a mask of zeros.
 *
 * \param   weights     Receives features->channels numbers
 */
cnnviz_status masks_weigh(const struct masks *masks, double *weights);

#endif
