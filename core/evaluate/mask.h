/**
 * \file    evaluate/mask.h
 * \brief   Captures the masks that segmenting techniques emit
 */
#ifndef EVALUATE_MASK_H
#define EVALUATE_MASK_H

#include "host/session.h"

/**
 * Whether a job emits an artifact named `mask` for each picture, which is then measured
 */
bool mask_is_emitted(const struct plan_job *job);

/**
 * \brief   Run a job on one picture of the session's batch and return its mask
 *
 * Nothing is written, and the job's other artifacts are dropped.
 *
 * \param   item    Index in the batch; the target is the picture's in the plan
 * \param   plane   New (1,1,H,W) with the network's input size, 0..1
 */
cnnviz_status mask_capture(struct job *job, size_t item, cnnviz_tensor **plane,
		struct error *error);

#endif
