/**
 * \file    output/thumbnail.h
 * \brief   Smaller copies of large pictures, so that the gallery opens quickly
 *
 * A gallery of 4000x3000 overlays would have to decode half a second for each.
 */
#ifndef OUTPUT_THUMBNAIL_H
#define OUTPUT_THUMBNAIL_H

#include "image/image.h"

/** Whether a picture of this size gets a smaller copy */
bool thumbnail_is_made(int64_t width, int64_t height);

/** Path of the smaller copy, relative to the output as path is; malloc'ed */
char *thumbnail_path(const char *path);

/** The path that thumbnail_path() was given, borrowed; any other path itself */
const char *thumbnail_origin(const char *path);

/**
 * \brief   Write the smaller copy of a picture, if it gets one
 *
 * \param   output  The output folder
 * \param   path    The picture's own path below it, whose extension the copy has, too
 * \param   quality Of a JPEG
 */
cnnviz_status thumbnail_write(const char *output, const char *path,
		const struct image *image, int quality, struct error *error);

#endif
