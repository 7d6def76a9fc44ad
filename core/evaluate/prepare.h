/**
 * \file    evaluate/prepare.h
 * \brief   Lets techniques see all targets before their maps are measured
 */
#ifndef EVALUATE_PREPARE_H
#define EVALUATE_PREPARE_H

#include "host/session.h"

/**
 * \brief   Prepare the jobs that want it, on the session's network
 *
 * What jobs have prepared on another network is released. Their failures are in the
 * record, where job_failure() finds them.
 *
 * \param   error   A picture that cannot be read, or an interruption
 */
cnnviz_status targets_prepare(struct session *session, struct error *error);

/** Why a job cannot give maps of the current batch, or NULL */
const char *job_failure(const struct job *job);

#endif
