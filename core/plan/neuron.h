/**
 * \file    plan/neuron.h
 * \brief   Reads the key `neuron` of an attribution job
 */
#ifndef PLAN_NEURON_H
#define PLAN_NEURON_H

#include "plan/builder.h"

/**
 * \brief   Find the neuron that a job explains in place of a class, if it names one
 *
 * Problems: it is no LAYER:CHANNEL or LAYER:CHANNEL:ROW:COLUMN, the layer, channel or place
 * does not exist, or the job also has a target, a region or another objective.
 */
void plan_read_neuron(struct builder *builder, struct plan_job *job);

/**
 * \brief   Check that all layers that a job, or one whose maps it uses, looks at have an
 *          influence on its neuron; both have been read
 */
void plan_check_neuron(struct builder *builder, const struct plan_job *job);

#endif
