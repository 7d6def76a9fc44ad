/**
 * \file    common/mask_search.h
 * \brief   Masks that are changed step by step, by the gradient of the score
 *
 * A mask m has a value for each pixel of a picture: 1 shows it, 0 blurs it most, and what
 * is between blurs it less. With L levels y_l, blurred by (1 - l/(L-1)) `blur`, the network
 * sees (1 - w) y_l + w y_(l+1), where l + w = (L - 1) m.
 */
#ifndef PLUGINS_COMMON_MASK_SEARCH_H
#define PLUGINS_COMMON_MASK_SEARCH_H

#include <cnnviz/cnnviz.h>

#define MASK_SEARCH_MOST_LEVELS 16

/** Rows of a technique's table of parameters, with their defaults */
#define MASK_SEARCH_PARAMETERS(steps, deviation) \
	{ "iterations", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT, \
		.default_value = steps, .minimum = 1, .maximum = 100000, \
		.summary = "steps; each is a forward and a backward pass" }, \
	{ \
		"blur", CNNVIZ_PARAMETER_FLOAT, \
				.default_value = deviation, .minimum = 0.1, \
				.maximum = 1000, .unit = "pixels", \
				.summary = "deviation of the Gaussian that hides" \
	}

/** Masks of all pictures of a batch, which share nothing but passes */
struct mask_search {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;

	/** Masks for each picture, and L, from 2 to MASK_SEARCH_MOST_LEVELS */
	int64_t each, levels;
	/** Whether the score is a probability, rather than a logit */
	bool probability;
	/** Whether the map shows what masks hide, 1 - m, rather than what they show */
	bool hides;
	/** Of the parameter: how many steps there are */
	int64_t iterations;

	/** C, H, W, H W and C H W of an input, and the number of masks: N each */
	int64_t channels, height, width, area, size, count;

	/** (count,H,W): what the technique sets, and the scores' derivatives by it */
	float *masks, *slopes;

	/** Scores of the last step, count of them */
	double *scores;

	/** For each mask, how far the picture is moved; and whether all are mirrored */
	int64_t *down, *right;
	bool mirrored;

	/* Of mask_search.c */
	cnnviz_tensor *blurred[MASK_SEARCH_MOST_LEVELS]; /* (N,C,H,W) each */
	cnnviz_tensor *inputs;
	int64_t *targets;
	uint64_t *streams;
};

/**
 * \brief   Search masks, and make a map of the mean of each picture's
 *
 * \param   search  host, job, batch, each, levels, probability and hides are set, the rest
 *                  is 0
 * \param   find    Sets the masks and calls mask_search_step() for each of the iterations;
 *                  leaves those that are found
 * \param   maps    Receives (N,1,H,W)
 *
 * \return  CNNVIZ_OK, or what a service or find() returned.
 */
cnnviz_status mask_search_attribute(struct mask_search *search,
		cnnviz_status (*find)(struct mask_search *search), cnnviz_tensor **maps);

/**
 * \brief   Score the masks, and find the scores' slopes
 *
 * Reports progress, and stops if the user cancels.
 *
 * \param   step    Which of the iterations this is
 */
cnnviz_status mask_search_step(struct mask_search *search, int64_t step);

#endif
