/**
 * \file    common/perturbation.h
 * \brief   Scores of a picture of which parts are replaced
 *
 * A variant of a picture x is m x + (1 - m) b, where b is the baseline and m, the mask, has
 * a value for each pixel: 1 keeps it, 0 replaces it. What the network says of many variants
 * is all that the techniques of this family know of it.
 */
#ifndef PLUGINS_COMMON_PERTURBATION_H
#define PLUGINS_COMMON_PERTURBATION_H

#include "common/baseline.h"

extern const char *const perturbation_scores[];

/** Rows of a technique's table of parameters, with the default of `score` */
#define PERTURBATION_PARAMETERS(value) \
	BASELINE_PARAMETERS("mean"), \
			{ "score", CNNVIZ_PARAMETER_ENUM, .default_value = value, \
				.choices = perturbation_scores, \
				.summary = "what the network says of a variant: the " \
					   "class's logit or its probability" }, \
	{ \
		"variants_together", CNNVIZ_PARAMETER_INT, \
				.default_value = "16", .minimum = 1, .maximum = 4096, \
				.summary = "variants in one pass; fewer need less " \
					   "memory" \
	}

/** One picture after the other; what begins with a capital is a batch's */
struct perturbation {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;

	/** What the functions below need */
	void *context;

	/**
	 * \brief   Find the map of the picture
	 *
	 * Sets mask and take, and calls perturbation_run() once.
	 */
	cnnviz_status (*explain)(struct perturbation *perturbation, float *map);

	/** \brief  Make mask k, (H,W); called once for each, in order */
	void (*mask)(struct perturbation *perturbation, int64_t k, float *mask);

	/** \brief  Take the score of mask k; called once for each, in order */
	void (*take)(struct perturbation *perturbation, int64_t k, const float *mask,
			double score);

	/** Size of the maps; 0: that of the inputs */
	int64_t map_height, map_width;

	/** C, H, W, H W and C H W of an input, and how many variants a pass has */
	int64_t channels, height, width, area, size, together;

	/** The picture's place in the batch, its input and its baseline, (C,H,W) */
	uint32_t item;
	const float *x, *baseline;

	/** The picture's random numbers */
	cnnviz_random *random;

	/* Of perturbation.c: room for the variants of one pass */
	cnnviz_tensor *inputs;
	float *masks;
	double *scores;
	int64_t *targets;
	uint64_t *streams;
};

/**
 * \brief   Explain each picture of the batch
 *
 * \param   perturbation    host, job, batch, context and explain are set, map_height and
 *                          map_width if they differ from the inputs', the rest is 0
 * \param   maps            Receives (N,1,h,w)
 *
 * \return  CNNVIZ_OK, or what a service or explain() returned.
 */
cnnviz_status perturbation_explain(struct perturbation *perturbation,
		cnnviz_tensor **maps);

/**
 * \brief   The same for a technique that has no context, as cnnviz_technique.attribute does
 *
 * \param   explain     As in struct perturbation
 */
cnnviz_status perturbation_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch,
		cnnviz_status (*explain)(struct perturbation *perturbation, float *map),
		cnnviz_tensor **maps);

/**
 * \brief   Score variants of the picture
 *
 * Calls mask() and take() for k = 0, 1, ... up to count, in this order whatever
 * `variants_together` is, so that random numbers do not depend on it.
 */
cnnviz_status perturbation_run(struct perturbation *perturbation, int64_t count);

/**
 * \brief   Memory for explain(), filled with zeros; released with free()
 *
 * \param   count   Numbers of 8 bytes
 */
cnnviz_status perturbation_allocate(struct perturbation *perturbation, int64_t count,
		double **values);

#endif
