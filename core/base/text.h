/**
 * \file    base/text.h
 * \brief   Nearest names, and texts that are UTF-8 in any case
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

/** Function that gives the i-th candidate, or NULL past the last */
typedef const char *(*text_candidate)(const void *context, size_t i);

/**
 * \brief   Candidate with the smallest edit distance, ignoring case
 *
 * \return  NULL when none is near enough (a third of the length, at least 2)
 */
const char *text_nearest(const char *text, text_candidate candidate, const void *context);

/** text_candidate over a NULL-terminated array of strings */
const char *text_from_array(const void *array, size_t i);

/** Text with what is not UTF-8 replaced by U+FFFD; malloc'ed */
char *text_utf8(const char *text);

#endif
