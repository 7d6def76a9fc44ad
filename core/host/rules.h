/**
 * \file    host/rules.h
 * \brief   Where the backward rules of a job act
 */
#ifndef HOST_RULES_H
#define HOST_RULES_H

#include "host/job.h"

/**
 * \brief   Record at how many nodes, of which operations, a backward pass follows a rule
 *
 * Counts the activations from the seeds to the requested layers. Says it once for each
 * job, and warns if there are none. Does nothing for CNNVIZ_RULE_PLAIN, and for
 * CNNVIZ_RULE_REDIRECTED, which is the true gradient wherever there is one.
 *
 * \param   seeds, wanted   Nodes
 */
void rules_note(struct cnnviz_job *call, const struct graph *graph, uint32_t rule,
		uint32_t seed_count, const int32_t *seeds, uint32_t wanted_count,
		const int32_t *wanted);

#endif
