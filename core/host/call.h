/**
 * \file    host/call.h
 * \brief   Calls techniques, and checks their results
 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include "host/session.h"

/**
 * \brief   Call an attribution technique and check its maps
 *
 * \param   pictures    Indices of the batch's pictures in the plan, or NULL if they are
 *                     not the plan's
 * \param   nested      Whether another job's technique needs the maps
 * \param   maps        New (N,C,h,w), finite, of the technique's style
 * \param   error       Sentence without plugin, file and section
 */
cnnviz_status call_attribute(struct job *job, const cnnviz_batch *batch,
		const size_t *pictures, bool nested, cnnviz_tensor **maps,
		struct error *error);

/**
 * \brief   Let a technique make its job's data, unless it has done so
 *
 * The other calls do it by themselves; here its failure can be told from theirs. One that
 * has failed fails again, without a call.
 */
cnnviz_status job_create(struct job *job, struct error *error);

/** Let a technique look at pictures of the plan before its first map is made. */
cnnviz_status call_prepare(struct job *job, const cnnviz_batch *batch,
		const size_t *pictures, struct error *error);

/** Tell a technique that it has seen all pictures; CNNVIZ_OK also without prepared() */
cnnviz_status call_prepared(struct job *job, struct error *error);

/** Call a general technique; batch and pictures as above, NULL for CNNVIZ_RUN_ONCE. */
cnnviz_status call_run(struct job *job, const cnnviz_batch *batch, const size_t *pictures,
		struct error *error);

/**
 * \brief   Let a technique check its job; needs neither engine nor record
 *
 * CNNVIZ_OK also if the technique has no check().
 */
cnnviz_status call_check(struct job *job, struct error *error);

#endif
