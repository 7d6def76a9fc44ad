/**
 * \file    host/drawing.h
 * \brief   Maps as they are drawn and kept
 */
#ifndef HOST_DRAWING_H
#define HOST_DRAWING_H

#include "host/session.h"
#include "image/render.h"

/** How an attribution job's maps are drawn */
struct render_style drawing_style(const struct plan_job *job);

/** Draw and keep the maps of the present batch; targets as they were computed for. */
cnnviz_status maps_write(struct job *job, const cnnviz_tensor *maps,
		const int64_t *targets, struct error *error);

#endif
