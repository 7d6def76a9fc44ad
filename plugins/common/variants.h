/**
 * \file    common/variants.h
 * \brief   Scores of an input whose feature maps were changed
 *
 * Only the layers behind the changed one are run again. Compiled into each plugin that uses
 * it.
 */
#ifndef COMMON_VARIANTS_H
#define COMMON_VARIANTS_H

#include "common/cam.h"

struct variants {
	/** What the method of struct cam_method was given */
	const struct cam *cam;
	uint32_t item;
	const struct cam_features *features;

	/** How many variants there are */
	int64_t count;

	/** \brief  Change variant v, which is a copy of the feature maps A. */
	void (*change)(const struct variants *variants, int64_t v, float *A);

	/** Whether scores are probabilities and not logits */
	bool probabilities;
};

/* Entry of a technique's table of parameters */
#define VARIANTS_TOGETHER \
	"variants_together", CNNVIZ_PARAMETER_INT, \
			.default_value = "32", .minimum = 1, .maximum = 4096, \
			.summary = "how many variants go through " \
				   "the rest of the network at once; " \
				   "fewer need less memory"

/**
 * \brief   The target's score of each variant
 *
 * Reports progress, and stops if the user cancels.
 *
 * \param   original    Receives the score of the input as it is; NULL: not wanted
 * \param   scores      Receives variants->count scores
 */
cnnviz_status variants_score(const struct variants *variants, double *original,
		double *scores);

#endif
