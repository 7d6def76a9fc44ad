/**
 * \file    host/guard.h
 * \brief   Sees to it that a technique leaves alone what is not its own
 *
 * A plugin that writes into inputs, maps and activations, which are shared, or behind the
 * end of a tensor, fails its job. One that changes the process is told of. Either way what
 * it changed is put right, so that no other job has other results.
 */
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

#include "host/job.h"

/** Remember what a call may not change; before the technique is called. */
void guard_enter(struct cnnviz_job *call);

/** Put right what the technique has changed, and record in the call's fault that it did. */
void guard_leave(struct cnnviz_job *call);

/** Look behind the end of the maps that the technique returned, or NULL. */
void guard_maps(struct cnnviz_job *call, const cnnviz_tensor *maps);

/**
 * Remember an activation of the batch's pass, which the technique is lent during its call.
 * If it is changed, the pass is released, so that others run their own.
 */
void guard_activation(struct cnnviz_job *call, const cnnviz_tensor *activation);

/**
 * \brief   Lend maps of another job to the technique during its call
 *
 * They may be drawn at this time, so what the technique gets is a copy.
 *
 * \return  The copy, the same for the same maps; NULL when out of memory.
 */
const cnnviz_tensor *guard_lend_maps(struct cnnviz_job *call, const cnnviz_tensor *maps);

#endif
