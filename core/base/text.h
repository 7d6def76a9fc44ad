/**
 * \file    base/text.h
 * \brief   Nearest names, white space, UTF-8, and names of files
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

/**
 * \brief   Text as UTF-8 that keeps all bytes: text_unescape() restores them; malloc'ed
 *
 * A byte that is not UTF-8 becomes the character U+EF00 + byte, which is for private use.
 * When the text has such a character itself (U+EF80 to U+EFFF), its bytes are escaped in
 * the same way. All other text stays as it is.
 */
char *text_escape(const char *text);

/** The text that text_escape() was given; malloc'ed */
char *text_unescape(const char *text);

/** Text as a word of a command line, in single quotes if a shell needs them; malloc'ed */
char *text_shell_word(const char *text);

/**
 * \brief   Text as a part of a file's name; malloc'ed
 *
 * Letters, digits, '.', '_' and '-' stay, any other byte becomes '_'. Of a longer text the
 * last `most` bytes stay.
 */
char *text_file_part(const char *text, size_t most);

#endif
