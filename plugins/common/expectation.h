/**
 * \file    common/expectation.h
 * \brief   The mean over random places on the paths from many baselines to a picture
 *
 *     E[ (x - x') * dF(x' + a (x - x')) / dx ],   a uniform in 0..1
 *
 * where x' is a reference picture and x the input, or the input with noise on it. Compiled
 * into each plugin that uses it.
 */
#ifndef COMMON_EXPECTATION_H
#define COMMON_EXPECTATION_H

#include <stdbool.h>

#include <cnnviz/cnnviz.h>

/* Rows of a technique's table of parameters */
#define EXPECTATION_PARAMETERS \
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp", \
		.summary = "attribution job that computes the gradient: its maps " \
			   "have the input's shape" }, \
			{ "samples", CNNVIZ_PARAMETER_INT, \
				.flags = CNNVIZ_PARAMETER_EFFORT, .default_value = "50", \
				.minimum = 1, .maximum = 100000, \
				.summary = "random places for each picture" }, \
	{ \
		"points_together", CNNVIZ_PARAMETER_INT, \
				.default_value = "8", .minimum = 1, .maximum = 4096, \
				.summary = "how many places go through the " \
					   "network at once; fewer need less " \
					   "memory" \
	}

/**
 * How a technique draws. Its parameters are those above, `references` of type PICTURES, and
 * those of common/baseline.h if it may be run without references.
 */
struct expectation {
	/** Deviation of the noise on the picture, as a fraction of the input's range; 0: none */
	double noise;

	/** Take the references one after the other, and not by chance */
	bool in_turn;
};

/**
 * \brief   Compute a map for each picture of the batch
 *
 * The picture's stream gives two uniform numbers for each sample, which reference and where
 * on the path, and then the noise.
 *
 * \param   maps    Receives (N,C,H,W), of the inputs' shape
 *
 * \return  As cnnviz_technique.attribute().
 */
cnnviz_status expectation_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct expectation *expectation,
		cnnviz_tensor **maps);

#endif
