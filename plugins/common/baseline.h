/**
 * \file    common/baseline.h
 * \brief   What a picture is compared with: an input that shows nothing of it
 */
#ifndef PLUGINS_COMMON_BASELINE_H
#define PLUGINS_COMMON_BASELINE_H

#include <cnnviz/cnnviz.h>

extern const char *const baseline_names[];

/** Rows of a technique's table of parameters */
#define BASELINE_PARAMETERS(value) \
	{ "baseline", CNNVIZ_PARAMETER_ENUM, .default_value = value, \
		.choices = baseline_names, \
		.summary = "what stands for nothing: a black or white picture, " \
			   "one of the training pictures' mean color, the " \
			   "picture itself blurred, or another picture" }, \
			{ "blur", CNNVIZ_PARAMETER_FLOAT, .default_value = "20", \
				.minimum = 0.1, .maximum = 1000, .unit = "pixels", \
				.summary = "baseline = blur: deviation of the " \
					   "Gaussian" }, \
	{ \
		"picture", CNNVIZ_PARAMETER_PATH, \
				.summary = "baseline = picture: the file" \
	}

/**
 * \brief   For cnnviz_technique.check
 *
 * \retval  CNNVIZ_OK           the parameters name a baseline
 * \retval  CNNVIZ_ERROR_INPUT  a picture is wanted, and none is named
 */
cnnviz_status baseline_check(const cnnviz_host *host, cnnviz_job *job);

/**
 * \brief   Make the baseline of one input of a batch
 *
 * \param   n           Which input
 * \param   baseline    Receives (1,C,H,W), normalized
 *
 * \retval  CNNVIZ_OK           *baseline is the caller's
 * \retval  CNNVIZ_ERROR_INPUT  the picture named cannot be used
 * \return  Any other status of host->image's functions.
 */
cnnviz_status baseline_make(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t n, cnnviz_tensor **baseline);

#endif
