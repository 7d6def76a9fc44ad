/**
 * \file    common/segmentations.h
 * \brief   Regions of a picture: its parts at several scales, grown
 */
#ifndef COMMON_SEGMENTATIONS_H
#define COMMON_SEGMENTATIONS_H

#include "common/regions.h"

#include <cnnviz/cnnviz.h>

/* Rows of a technique's table of parameters */
#define SEGMENTATIONS_PARAMETERS \
	{ "scales", CNNVIZ_PARAMETER_FLOAT, CNNVIZ_PARAMETER_LIST, \
		.default_value = "50, 100, 150, 250, 500, 1200", .minimum = 0.001, \
		.maximum = 1000000, \
		.summary = "of the segmentations: the larger, the fewer parts" }, \
	{ \
		"dilation", CNNVIZ_PARAMETER_INT, \
				.default_value = "5", .minimum = 0, .maximum = 100, \
				.unit = "pixels", \
				.summary = "how far parts are grown, to have " \
					   "their edges with them" \
	}

/**
 * \brief   Segment an input at all scales
 *
 * At 224 x 224, whatever its size, so that scales mean the same for all; the smallest parts have
 * 150 pixels there.
 *
 * \param   inputs      (N,C,H,W)
 * \param   n           Which of them
 * \param   regions     Zeros but for height and width; ended with regions_end(), whatever is
 *                      returned
 *
 * \retval  CNNVIZ_OK           there is at least one region
 * \return  Any other status of host->image's functions.
 */
cnnviz_status segmentations_regions(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, uint32_t n, struct regions *regions);

#endif
