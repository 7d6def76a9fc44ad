/**
 * \file    host/call.h
 * \brief   Calling techniques, and judging what comes back
 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include "host/session.h"

/**
 * \brief   Call an attribution technique and check what it gives
 *
 * \param   pictures    Of the batch's items, or NULL when they are not the plan's
 * \param   nested      Whether it is for another job's technique
 * \param   maps        New (N,C,h,w), finite, of the technique's style
 * \param   error       Sentence without plugin, file and section
 */
cnnviz_status call_attribute(struct job *job, const cnnviz_batch *batch,
		const size_t *pictures, bool nested, cnnviz_tensor **maps,
		struct error *error);

/** Call a general technique; batch and pictures as above, NULL for CNNVIZ_RUN_ONCE. */
cnnviz_status call_run(struct job *job, const cnnviz_batch *batch, const size_t *pictures,
		struct error *error);

/**
 * \brief   Ask a technique whether a job makes sense; needs neither engine nor record
 *
 * CNNVIZ_OK too where the technique has nothing to say.
 */
cnnviz_status call_check(struct job *job, struct error *error);

#endif
