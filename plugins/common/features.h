/**
 * \file    common/features.h
 * \brief   Parts of a picture that are replaced as a whole: a grid, superpixels, a file's
 */
#ifndef PLUGINS_COMMON_FEATURES_H
#define PLUGINS_COMMON_FEATURES_H

#include "common/perturbation.h"

extern const char *const feature_kinds[];

/** Rows of a technique's table of parameters, with the defaults of `features` and `grid` */
#define FEATURE_PARAMETERS(kind, cells) \
	{ "features", CNNVIZ_PARAMETER_ENUM, .default_value = kind, \
		.choices = feature_kinds, \
		.summary = "parts that are replaced as a whole: squares of a " \
			   "grid, superpixels (SLIC), or the colors of a " \
			   "picture" }, \
			{ "grid", CNNVIZ_PARAMETER_INT, .default_value = cells, \
				.minimum = 1, .maximum = 1024, \
				.summary = "features = grid: parts along each side" }, \
			{ "superpixels", CNNVIZ_PARAMETER_INT, .default_value = "50", \
				.minimum = 1, .maximum = 10000, \
				.summary = "features = superpixels: about how many" }, \
			{ "compactness", CNNVIZ_PARAMETER_FLOAT, .default_value = "10", \
				.minimum = 0.01, .maximum = 1000, \
				.summary = "features = superpixels: above what " \
					   "difference of color places count more" }, \
	{ \
		"mask", CNNVIZ_PARAMETER_PATH, \
				.summary = "features = mask: a picture with a color " \
					   "for " \
					   "each part" \
	}

/** The parts of one picture */
struct features {
	int64_t count;
	/** (H,W), 0 up to count */
	int32_t *labels;
};

/** \brief  For cnnviz_technique.check, instead of baseline_check() */
cnnviz_status features_check(const cnnviz_host *host, cnnviz_job *job);

/**
 * \brief   Part the picture as the parameters say
 *
 * \param   features    Receives the parts; free(features->labels)
 *
 * \retval  CNNVIZ_ERROR_INPUT  the file of `mask` is no picture, or has more than 65536
 *                              colors
 */
cnnviz_status features_find(struct perturbation *perturbation, struct features *features);

/** \brief  Memory for features_score(): count rows of zeros; released with free() */
cnnviz_status features_allocate(struct perturbation *perturbation,
		const struct features *features, int64_t count, float **kept);

/**
 * \brief   Score the picture with some of its parts
 *
 * \param   count       Number of variants
 * \param   kept        (count, features): the mask's value in each part
 * \param   scores      Receives count scores
 *
 * \return  As perturbation_run().
 */
cnnviz_status features_score(struct perturbation *perturbation,
		const struct features *features, int64_t count, const float *kept,
		double *scores);

/** \brief  Give each pixel the value of its part */
void features_paint(const struct perturbation *perturbation,
		const struct features *features, const double *values, float *map);

#endif
