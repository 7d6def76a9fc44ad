/**
 * \file    evaluate/isolate.h
 * \brief   An evaluation in which every job has its own process
 */
#ifndef EVALUATE_ISOLATE_H
#define EVALUATE_ISOLATE_H

#include "evaluate/evaluation.h"
#include "host/session.h"

/** How an evaluation is carried out in one process */
struct evaluation_work {
	struct evaluation *evaluation;
	struct session *session; /* started, and without an engine in the parent */
	/* Measure all sources that are due, once the session is connected */
	cnnviz_status (*measure)(void *context, struct error *error);
	void *context;
};

/**
 * \brief   Measure the sources in child processes, one after the other
 *
 * The first has the baselines, for which no technique is called; then each job has one, as
 * in a run with isolated jobs. When a child crashes, or exceeds the time or memory of
 * [run], its job fails, and the report says why.
 *
 * \return  Why nothing can be measured; a job that failed is no error
 */
cnnviz_status evaluation_isolate(const struct evaluation_work *work, struct error *error);

#endif
