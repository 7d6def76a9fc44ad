/**
 * \file    base/lines.h
 * \brief   Text that comes in pieces, cut into lines of a bounded length
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/** Set the first three members, and the rest to zero. */
struct lines {
	size_t longest; /* most bytes of a line, without its line break */
	/* Called for each line; text ends with a NUL, and may contain others. */
	void (*line)(void *context, char *text, size_t length);
	void *context;
	char *text; /* beginning of a line that is not complete yet */
	size_t length, room;
	bool overlong; /* a line was too long */
};

/**
 * \brief   Add a piece of any length
 *
 * \return  False once a line was too long. Nothing after that is kept, so text without any
 *          line break takes no more memory than the longest line.
 */
bool lines_feed(struct lines *lines, const char *piece, size_t length);

/** Free the rest; returns true when the text ended with a line break. */
bool lines_finish(struct lines *lines);

#endif
