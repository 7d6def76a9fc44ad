/**
 * \file    image/gif.h
 * \brief   Animated GIF out, by giflib
 */
#ifndef IMAGE_GIF_H
#define IMAGE_GIF_H

#include "image/image.h"

/** How long frames are shown, in hundredths of a second */
#define GIF_DELAY 10
#define GIF_DELAY_LAST 200

/** An animation that is being written */
struct gif;

/**
 * \brief   Start an animation that repeats for ever
 *
 * Frames are encoded as they come, under a temporary name beside the file, so that
 * the memory taken does not grow with their number: it is that of one frame.
 *
 * \param   width       Of all frames, as height 1..IMAGE_MAX_EXTENT
 */
cnnviz_status gif_open(const char *path, int64_t width, int64_t height, struct gif **gif,
		struct error *error);

/**
 * \brief   Append a frame, gray or RGB, in up to 256 colors of its own
 *
 * \param   frame       Of the animation's size; copied
 */
cnnviz_status gif_add(struct gif *gif, const struct image *frame, struct error *error);

/** Give the last frame its time and the file its name; frees. At least one frame. */
cnnviz_status gif_commit(struct gif *gif, struct error *error);

/** Leave no file; frees. NULL is allowed. */
void gif_abort(struct gif *gif);

#endif
