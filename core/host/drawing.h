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

/** How the map of a picture ended; error->status is CNNVIZ_OK if it is written */
typedef void map_end(struct job *job, size_t picture, const struct error *error);

/**
 * \brief   Draw and write the map of a picture, maybe while the network goes on
 *
 * \param   item    Of the maps
 * \param   n       The picture's item of the current batch
 * \param   target  The class for which the map was computed
 * \param   end     Called when it is written or has failed; see pending.h for when
 */
void map_write(struct job *job, const cnnviz_tensor *maps, size_t item, size_t n,
		int64_t target, map_end *end);

#endif
