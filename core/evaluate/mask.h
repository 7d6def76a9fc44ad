/**
 * \file    evaluate/mask.h
 * \brief   Masks that segmenting techniques leave, taken instead of written
 */
#ifndef EVALUATE_MASK_H
#define EVALUATE_MASK_H

#include "host/session.h"

/** Whether a job leaves a picture named `mask` for each picture: then that is measured */
bool mask_is_left(const struct plan_job *job);

/**
 * \brief   Run a job on one picture of the session's batch and take its mask
 *
 * Nothing is written, and the job's other artifacts are dropped.
 *
 * \param   item    Of the batch; its target is the picture's in the plan
 * \param   plane   New (1,1,H,W) of the network's input size, 0..1
 */
cnnviz_status mask_take(struct job *job, size_t item, cnnviz_tensor **plane,
		struct error *error);

#endif
