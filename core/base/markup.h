/**
 * \file    base/markup.h
 * \brief   Texts in HTML and SVG
 */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stdio.h>

/** Write text as it stands in an element or a quoted attribute. */
void markup_text(FILE *out, const char *text);

/** Write a relative path as a URL: every byte that is not plainly safe is encoded. */
void markup_url(FILE *out, const char *path);

#endif
