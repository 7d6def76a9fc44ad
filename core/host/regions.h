/**
 * \file    host/regions.h
 * \brief   Regions of the targets of a segmentation network, for services and
 *                     evaluation
 */
#ifndef HOST_REGIONS_H
#define HOST_REGIONS_H

#include "host/session.h"

/**
 * \brief   Region of an item's target, for a segmentation network
 *
 * By the job's `region`, or that of [input]. A predicted region is that of the picture
 * in the current batch with the item's stream, or else that of the logits. Warns of
 * batches of the plan's pictures where there is no such position.
 *
 * \param   logits  Of all items, (N,classes,h,w), or of a classifier (N,classes)
 * \param   batch   That the logits are of, or NULL
 * \param   inside  logits_positions() values; at least one of them will be 1
 */
cnnviz_status job_region(cnnviz_job *job, const cnnviz_tensor *logits, size_t n,
		int64_t target, const cnnviz_batch *batch, unsigned char *inside);

/**
 * \brief   Region of an item of the current batch, by [input] region
 *
 * \param   inside  New, one for each position of the logits; NULL of a classifier
 */
cnnviz_status session_region(struct session *session, size_t item, int64_t target,
		unsigned char **inside, struct error *error);

/**
 * \brief   The box that a detector's target is at, for an item of the current batch
 *
 * By the job's region, or that of [input].
 *
 * \param   box     Left, top, width and height in pixels of the input
 *
 * \return  Whether there is one: not of other networks, nor where the region is all
 */
bool job_target_box(const struct job *job, size_t item, int64_t target, double box[4]);

#endif
