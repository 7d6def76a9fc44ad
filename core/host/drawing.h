/**
 * \file    host/drawing.h
 * \brief   Draws maps, and writes them to files
 */
#ifndef HOST_DRAWING_H
#define HOST_DRAWING_H

#include "host/session.h"
#include "image/render.h"

/** How an attribution job's maps are drawn */
struct render_style drawing_style(const struct plan_job *job);

/**
 * Draw and write the maps of the current batch, which were computed for these targets.
 */
cnnviz_status maps_write(struct job *job, const cnnviz_tensor *maps,
		const int64_t *targets, struct error *error);

#endif
