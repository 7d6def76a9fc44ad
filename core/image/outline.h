/**
 * \file    image/outline.h
 * \brief   Draws the edge of a box over a picture
 */
#ifndef IMAGE_OUTLINE_H
#define IMAGE_OUTLINE_H

#include "image/image.h"

/**
 * \brief   Draw a white edge inside of a box, with black on both sides of it
 *
 * What of the box lies outside of the picture is drawn along the picture's own edge.
 *
 * \param   box     Left, top, width and height in pixels
 */
void image_outline(struct image *image, const double box[4]);

#endif
