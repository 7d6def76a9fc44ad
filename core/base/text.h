/**
 * \file    base/text.h
 * \brief   Nearest names, white space, and UTF-8
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Returns candidate i, or NULL past the last */
typedef const char *(*text_candidate)(const void *context, size_t i);

/**
 * \brief   Candidate with the smallest edit distance, ignoring case
 *
 * \return  NULL when none is near enough: within a third of the text's length, or 2 if
 *                     that is more
 */
const char *text_nearest(const char *text, text_candidate candidate, const void *context);

/** text_candidate over a NULL-terminated array of strings */
const char *text_from_array(const void *array, size_t i);

/** White space of ASCII, whatever the locale */
bool text_is_space(char c);

/** Text without white space at its ends, up to length bytes; malloc'ed */
char *text_trimmed(const char *text, size_t length);

/** Whether a text is UTF-8 */
bool text_is_utf8(const char *text);

/** Copy of a text in which bytes that are not UTF-8 are replaced by U+FFFD; malloc'ed */
char *text_utf8(const char *text);

#endif
