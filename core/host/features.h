/**
 * \file    host/features.h
 * \brief   What attribution jobs explain of a network without classes: its output as features
 */
#ifndef HOST_FEATURES_H
#define HOST_FEATURES_H

#include "host/job.h"
#include "plugin/attribution.h"

/** What a job explains; that of a job which gives no maps is a class */
enum attribution_objective features_objective(const cnnviz_job *job);

/**
 * \brief   The features of the job's `reference`, for the network that the call speaks of
 *
 * They are computed once in a call for the network of the run.
 *
 * \param   reference   Lent until the call ends
 */
cnnviz_status features_reference(cnnviz_job *job, const cnnviz_tensor **reference);

#endif
