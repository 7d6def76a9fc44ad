/**
 * \file    host/check.h
 * \brief   Lets techniques check their jobs before anything is computed
 */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include "plan/plan.h"

/**
 * \brief   Call a technique's check(), for plan_options
 *
 * With [run] isolate in a child process: a check that crashes or hangs is an error of
 * the job, too.
 */
cnnviz_status check_job(const struct plan *plan, const struct plan_job *job,
		struct error *error);

#endif
