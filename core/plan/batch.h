/**
 * \file    plan/batch.h
 * \brief   How many pictures go through the network together
 */
#ifndef PLAN_BATCH_H
#define PLAN_BATCH_H

#include "plan/plan.h"

/** Unless the file says it: choose by what a picture takes in the network. */
void plan_choose_batch(struct plan *plan);

/**
 * \brief   The batch for a network
 *
 * As many pictures as take half the memory of the weights, which are read once for a batch,
 * or 128 MiB, but no more than 8, and no more than there is room for.
 *
 * \param   item        Bytes that a pass takes for each picture
 * \param   weights     Bytes of the weights
 * \param   available   Bytes that may be taken
 */
int64_t batch_for(double item, double weights, double available);

#endif
