/**
 * \file    base/lines.c
 * \brief   Text that comes in pieces, cut into lines of a bounded length
 */
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/memory.h"

static bool keep(struct lines *lines, const char *piece, size_t length)
{
	if (length > lines->longest - lines->length) {
		lines->overlong = true;
		return false;
	}
	if (lines->length + length + 1 > lines->room) {
		lines->room = 2 * (lines->length + length + 1);
		lines->text = memory_resize(lines->text, lines->room, 1);
	}
	memcpy(lines->text + lines->length, piece, length);
	lines->length += length;
	lines->text[lines->length] = '\0';
	return true;
}

bool lines_feed(struct lines *lines, const char *piece, size_t length)
{
	const char *end;

	while (!lines->overlong && (end = memchr(piece, '\n', length)) != NULL) {
		size_t taken = (size_t)(end - piece);

		if (keep(lines, piece, taken)) {
			lines->line(lines->context, lines->text, lines->length);
			lines->length = 0;
		}
		piece += taken + 1;
		length -= taken + 1;
	}
	return !lines->overlong && keep(lines, piece, length);
}

bool lines_finish(struct lines *lines)
{
	bool nothing = lines->length == 0 && !lines->overlong;

	free(lines->text);
	lines->text = NULL;
	lines->length = lines->room = 0;
	return nothing;
}
