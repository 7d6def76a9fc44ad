/**
 * \file    host/batch_pass.h
 * \brief   The forward pass of the current batch: one for its logits and all its jobs
 *
 * Jobs that are going to run on the batch say so beforehand. The first that needs the
 * pass runs it, with the layers that all of them name, and it is released when the last
 * of them has returned.
 */
#ifndef HOST_BATCH_PASS_H
#define HOST_BATCH_PASS_H

#include "host/job.h"
#include "host/shared_pass.h"

/** What jobs will ask of a batch, and the pass that answers */
struct batch_pass;

/** Say that a job will run on the session's batch. */
void batch_pass_expect(const struct job *job);

/** Say that it has, or will not. */
void batch_pass_finish(const struct job *job);

/**
 * \brief   Logits of the session's batch; those of a detector are kept with their boxes, too
 *
 * \param   logits  New reference
 */
cnnviz_status batch_pass_logits(struct session *session, cnnviz_tensor **logits,
		struct error *error);

/**
 * \brief   The pass of the batch, if that is what a technique asks for
 *
 * \param   input       Of the pass that it asks for
 * \param   nodes       Whose activations it wants
 * \param   backward    Whether it may go backward from there
 *
 * \return  New reference; NULL if the technique needs a pass of its own
 */
struct shared_pass *batch_pass_take(struct session *session, const cnnviz_tensor *input,
		size_t count, const int32_t *nodes, bool backward);

/**
 * \brief   Say that the plain gradient of the targets' logits is about to be computed
 *
 * Those at other layers, which jobs to come have said that they will ask for, are then
 * computed in the same backward pass.
 *
 * \param   pass    What a technique has taken, the pass of the batch or another one
 * \param   targets One for each item
 */
void batch_pass_foresee(const struct session *session, struct shared_pass *pass,
		const int64_t *targets);

/**
 * \brief   Release the pass of the batch where another one failed for lack of memory
 *
 * \param   error   Of the other one; cleared if it can be tried again
 *
 * \return  Whether it can
 */
bool batch_pass_drop(struct session *session, struct error *error);

/** Release the pass of the batch since its values were changed; jobs run their own. */
void batch_pass_forget(struct session *session);

/** Release the pass at the end of the batch, whoever awaits it. */
void batch_pass_end(struct session *session);

/** Number of tensors that it holds besides the batch's inputs */
size_t batch_pass_tensors(const struct session *session);

#endif
