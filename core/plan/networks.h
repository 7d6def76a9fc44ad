/**
 * \file    plan/networks.h
 * \brief   Networks besides that of [model], which jobs' parameters name
 */
#ifndef PLAN_NETWORKS_H
#define PLAN_NETWORKS_H

#include "plan/builder.h"

/**
 * \brief   Load the networks that a job's parameters of type NETWORK name
 *
 * Each is loaded once for the plan. A value's integer becomes its place in plan->networks.
 */
void plan_read_networks(struct builder *builder, struct plan_job *job);

#endif
