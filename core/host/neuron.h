/**
 * \file    host/neuron.h
 * \brief   Neurons that jobs explain in place of classes, for services
 */
#ifndef HOST_NEURON_H
#define HOST_NEURON_H

#include "host/job.h"

/**
 * \brief   The node that a call knows as the logits: those of the network, or the layer of
 *          the neuron that its targets, or in check() its job, name
 *
 * \param   network     That is meant; NULL: that of the run. One with other layers than
 *                      that of the run does not have the neuron
 */
int32_t output_node(const struct cnnviz_job *job, const struct cnnviz_network *network);

/** The node at which a job's target is: the logits, or its neuron's layer */
int32_t plan_output_node(const struct plan *plan, const struct plan_job *job);

/**
 * \brief   Values of the neurons that are a batch's targets, and their seed
 *
 * As the functions of host->objective.
 *
 * \param   activation  Of the neurons' layer
 *
 * \retval  CNNVIZ_ERROR_INPUT  the layer has no such place for this size of input, or
 *                              the network in use does not have the neuron
 */
cnnviz_status neuron_score(struct cnnviz_job *job, const cnnviz_tensor *activation,
		const int64_t *targets, double *values, cnnviz_tensor **seed);

#endif
