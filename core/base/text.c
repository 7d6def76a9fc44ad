/**
 * \file    base/text.c
 * \brief   Nearest names, for messages that say what was probably meant
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that turn a into
 * b. rows has room for 3 * (strlen(b) + 1) numbers.
 */
static size_t edit_distance(const char *a, const char *b, size_t *rows)
{
	size_t columns = strlen(b) + 1;
	size_t *before = rows;
	size_t *above = rows + columns;
	size_t *row = rows + 2 * columns;

	for (size_t j = 0; j < columns; j++) {
		above[j] = j;
	}
	for (size_t i = 1; a[i - 1]; i++) {
		row[0] = i;
		for (size_t j = 1; j < columns; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);

			row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
					above[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2])
					&& lower(a[i - 2]) == lower(b[j - 1])) {
				row[j] = smaller(row[j], before[j - 2] + 1);
			}
		}
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
	}
	return above[columns - 1];
}

const char *text_nearest(const char *text, text_candidate candidate,
		const void *context)
{
	size_t length = strlen(text);
	size_t limit = length / 3 > 2 ? length / 3 : 2;
	size_t *rows = memory_new(3 * (length + limit + 1), sizeof *rows);
	const char *nearest = NULL;
	size_t nearest_distance = limit + 1;
	const char *name;

	for (size_t i = 0; (name = candidate(context, i)) != NULL; i++) {
		size_t name_length = strlen(name);

		if (name_length > length + limit || length > name_length + limit) {
			continue;
		}
		size_t distance = edit_distance(text, name, rows);

		/* Short names that share no letter are within the limit too. */
		if (distance < nearest_distance && distance < name_length
				&& distance < length) {
			nearest = name;
			nearest_distance = distance;
		}
	}
	free(rows);
	return nearest;
}

const char *text_from_array(const void *array, size_t i)
{
	return ((const char *const *)array)[i];
}
