/**
 * \file    host/regions.h
 * \brief   Where the targets of a segmentation network are, for services and evaluation
 */
#ifndef HOST_REGIONS_H
#define HOST_REGIONS_H

#include "host/session.h"

/**
 * \brief   Where an item's target is meant, of a segmentation network
 *
 * As the job's `region` says, or [input]'s. A predicted region is looked for in the
 * picture of the present batch that the item's stream tells, else in the logits. Warns
 * of batches of the plan's pictures where there is no such position.
 *
 * \param   logits  Of all items, (N,classes,h,w), or of a classifier (N,classes)
 * \param   batch   That the logits are of, or NULL
 * \param   inside  logits_places() values; at least one of them will be 1
 */
cnnviz_status job_region(cnnviz_job *job, const cnnviz_tensor *logits, size_t n,
		int64_t target, const cnnviz_batch *batch, unsigned char *inside);

/**
 * \brief   The same of an item of the present batch, as [input] says
 *
 * \param   inside  New, one for each position of the logits; NULL of a classifier
 */
cnnviz_status session_region(struct session *session, size_t item, int64_t target,
		unsigned char **inside, struct error *error);

#endif
