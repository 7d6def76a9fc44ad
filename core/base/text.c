/**
 * \file    base/text.c
 * \brief   Nearest names, white space, and UTF-8
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* The character that replaces a byte that is not UTF-8, and the code to which the byte is
 * added to escape it: U+EF80 to U+EFFF are for private use. */
#define REPLACEMENT 0xFFFDU
#define ESCAPE 0xEF00U

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/**
 * Number of insertions, deletions, substitutions and swaps of neighbors that turn a
 * into b. rows is scratch space for 3 * (strlen(b) + 1) numbers.
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

const char *text_nearest(const char *text, text_candidate candidate, const void *context)
{
	size_t length = strlen(text);
	size_t limit = length / 3 > 2 ? length / 3 : 2;
	size_t *rows = memory_new(3 * (length + limit + 1), sizeof(*rows));
	const char *nearest = NULL;
	size_t nearest_distance = limit + 1;
	const char *name;

	for (size_t i = 0; (name = candidate(context, i)) != NULL; i++) {
		size_t name_length = strlen(name);

		if (name_length > length + limit || length > name_length + limit) {
			continue;
		}
		size_t distance = edit_distance(text, name, rows);

		/* Two short names may be within the limit though they share no letter. */
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

bool text_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *text_trimmed(const char *text, size_t length)
{
	while (length > 0 && text_is_space(*text)) {
		text++;
		length--;
	}
	while (length > 0 && text_is_space(text[length - 1])) {
		length--;
	}
	return memory_text_n(text, length);
}

/** Length of the UTF-8 sequence at text, or 0 if it is not valid */
static size_t sequence_length(const unsigned char *text)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t length;
	} rows[] = {
		{ 0xC2, 0xDF, 0x80, 0xBF, 2 },
		{ 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 },
		{ 0xED, 0xED, 0x80, 0x9F, 3 },
		{ 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 },
		{ 0xF1, 0xF3, 0x80, 0xBF, 4 },
		{ 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};

	if (text[0] < 0x80) {
		return 1;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (text[0] < rows[i].first_low || text[0] > rows[i].first_high) {
			continue;
		}
		if (text[1] < rows[i].second_low || text[1] > rows[i].second_high) {
			return 0;
		}
		for (size_t k = 2; k < rows[i].length; k++) {
			if (text[k] < 0x80 || text[k] > 0xBF) {
				return 0;
			}
		}
		return rows[i].length;
	}
	return 0;
}

bool text_is_utf8(const char *text)
{
	const unsigned char *next = (const unsigned char *)text;

	while (*next) {
		size_t length = sequence_length(next);

		if (length == 0) {
			return false;
		}
		next += length;
	}
	return true;
}

/** Whether text begins with one of the characters U+EF80 to U+EFFF, which escape bytes */
static bool is_escape(const unsigned char *text)
{
	return text[0] == 0xEE && (text[1] == 0xBE || text[1] == 0xBF) && text[2] >= 0x80
			&& text[2] <= 0xBF;
}

/** Write a character that takes three bytes; returns its end. */
static char *put_character(char *out, unsigned code)
{
	*out++ = (char)(0xE0 | code >> 12);
	*out++ = (char)(0x80 | (code >> 6 & 0x3F));
	*out++ = (char)(0x80 | (code & 0x3F));
	return out;
}

/** Text with each byte that is not UTF-8 replaced by a character, or escaped */
static char *make_utf8(const char *text, bool escape)
{
	const unsigned char *in = (const unsigned char *)text;
	char *result = memory_new(strlen(text) * 3 + 1, 1);
	char *out = result;

	while (*in) {
		size_t length = escape && is_escape(in) ? 0 : sequence_length(in);

		if (length == 0) {
			out = put_character(out, escape ? ESCAPE + *in : REPLACEMENT);
			in++;
			continue;
		}
		memcpy(out, in, length);
		out += length;
		in += length;
	}
	*out = '\0';
	return result;
}

char *text_utf8(const char *text)
{
	return make_utf8(text, false);
}

char *text_escape(const char *text)
{
	return make_utf8(text, true);
}

char *text_unescape(const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	char *result = memory_new(strlen(text) + 1, 1);
	char *out = result;

	while (*in) {
		if (is_escape(in)) {
			*out++ = (char)((in[1] & 0x03) << 6 | (in[2] & 0x3F));
			in += 3;
		} else {
			*out++ = (char)*in++;
		}
	}
	return result;
}

char *text_shell_word(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789%+,-./:=@_";
	char *word = memory_new(4 * strlen(text) + 3, 1), *end = word;

	if (*text != '\0' && text[strspn(text, plain)] == '\0') {
		return strcpy(word, text);
	}
	*end++ = '\'';
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			end = stpcpy(end, "'\\''");
		} else {
			*end++ = *text;
		}
	}
	*end = '\'';
	return word;
}

char *text_file_part(const char *text, size_t most)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(text);
	char *part = memory_text(length > most ? text + length - most : text);

	for (char *c = part + strspn(part, allowed); *c; c += strspn(c, allowed)) {
		*c = '_';
	}
	return part;
}
