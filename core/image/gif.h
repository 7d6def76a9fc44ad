/**
 * \file    image/gif.h
 * \brief   Writes animated GIFs, with giflib
 */
#ifndef IMAGE_GIF_H
#define IMAGE_GIF_H

#include "base/file.h"
#include "image/image.h"

/** How long frames are shown, in hundredths of a second */
#define GIF_DELAY 10
#define GIF_DELAY_LAST 200

/** An animation being written */
struct gif;

/**
 * \brief   Start an animation that loops forever
 *
 * Each frame is encoded when the next one arrives, and written, so that no more than one
 * frame is in memory.
 *
 * \param   writer      Where it is written; passes to the animation, also if this fails
 * \param   width       Width of all frames; like height, 1..IMAGE_MAX_EXTENT
 */
cnnviz_status gif_start(struct writer *writer, int64_t width, int64_t height,
		struct gif **gif, struct error *error);

/**
 * \brief   Append a frame, gray or RGB, in up to 256 colors of its own
 *
 * \param   frame       Must have the animation's size; copied
 */
cnnviz_status gif_add(struct gif *gif, const struct image *frame, struct error *error);

/**
 * Write the last frame, commit the writer and free; fails without a frame.
 */
cnnviz_status gif_commit(struct gif *gif, struct error *error);

/** Abort the writer and free; NULL is allowed. */
void gif_abort(struct gif *gif);

#endif
