/**
 * \file    image/letters.h
 * \brief   Letters for labels in pictures
 */
#ifndef IMAGE_LETTERS_H
#define IMAGE_LETTERS_H

#include "image/image.h"

/** Height of a line in pixels, with the space below letters */
#define LETTERS_HEIGHT 18

/** How many letters fit side by side into a width in pixels */
int64_t letters_that_fit(int64_t width);

/**
 * \brief   Write one line of black text
 *
 * What is not ASCII becomes question marks, one for each character of UTF-8.
 *
 * \param   image   RGB; must have room for the height
 * \param   x       Left edge in pixels; letters beyond the right edge are left out
 * \param   y       Upper edge
 */
void letters_draw(struct image *image, int64_t x, int64_t y, const char *text);

#endif
