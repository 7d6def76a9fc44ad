/**
 * \file    common/augment.h
 * \brief   Maps averaged over changed copies of the inputs
 *
 * Copies are the input and its mirror image, each at 0.9, 1 and 1.1 times its contrast.
 */
#ifndef COMMON_AUGMENT_H
#define COMMON_AUGMENT_H

#include <cnnviz/cnnviz.h>

/* Entry of a technique's table of parameters */
#define AUGMENT_SMOOTH \
	"aug_smooth", CNNVIZ_PARAMETER_BOOL, \
			.default_value = "no", \
			.summary = "whether to average the maps of the " \
				   "input and its mirror image at " \
				   "0.9, 1 and 1.1 times its " \
				   "contrast: six times the passes"

/** Makes the maps of a batch, (N,1,H,W) as its inputs are; *maps is NULL before */
typedef cnnviz_status augment_make(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, void *context, cnnviz_tensor **maps);

/**
 * \brief   The mean of the copies' maps, each scaled to its maximum and turned back
 *
 * Reports progress, and stops if the user cancels.
 *
 * \param   make    Called for each copy of the batch
 * \param   context What it needs beside
 * \param   maps    Receives (N,1,H,W); NULL before, and after a failure
 *
 * \return  CNNVIZ_OK, or what a service or make() returned.
 */
cnnviz_status augment_average(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, augment_make *make, void *context,
		cnnviz_tensor **maps);

/** \brief  Scale the map of each item to its maximum, if that is positive. */
void augment_scale(float *maps, int64_t items, int64_t positions);

#endif
