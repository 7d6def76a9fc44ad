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
 * \brief   Draw and write the map of a picture
 *
 * \param   item    Of the maps
 * \param   n       The picture's item of the current batch
 * \param   target  The class for which the map was computed
 */
cnnviz_status map_write(struct job *job, const cnnviz_tensor *maps, size_t item, size_t n,
		int64_t target, struct error *error);

#endif
