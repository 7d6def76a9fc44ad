/**
 * \file    base/markup.h
 * \brief   Escaping for HTML and SVG
 */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stdio.h>

/** Write text escaped for an element or a quoted attribute. */
void markup_text(FILE *out, const char *text);

/**
 * Write a relative path as a URL: every byte but unreserved ones and "/" is
 * percent-encoded.
 */
void markup_url(FILE *out, const char *path);

#endif
