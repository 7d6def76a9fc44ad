/**
 * \file    host/animation.h
 * \brief   Writes animations frame by frame
 */
#ifndef HOST_ANIMATION_H
#define HOST_ANIMATION_H

#include "host/session.h"

/** Append a frame to the animation that an artifact describes; starts it if it is new. */
cnnviz_status animation_add(struct cnnviz_job *job,
		const struct record_artifact *artifact, const struct image *frame);

/**
 * \brief   Finish the animations of a call
 *
 * \param   status  Status of the call: only success keeps the files
 *
 * \return  status, or why an animation could not be written
 */
cnnviz_status animations_finish(struct cnnviz_job *job, cnnviz_status status,
		struct error *error);

#endif
