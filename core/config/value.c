/**
 * \file    config/value.c
 * \brief   Reads values strictly and independent of the locale
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "config/value.h"

/* ---- Single values ----------------------------------------------------- */

bool value_bool(const char *text, bool *value)
{
	static const char *const words[] = {
		"no",
		"yes",
		"false",
		"true",
		"off",
		"on",
		"0",
		"1",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool value_int(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t most = negative ? UINT64_C(1) << 63 : INT64_MAX;
	uint64_t number = 0;

	if (*text == '-' || *text == '+') {
		text++;
	}
	if (!is_digit(*text)) {
		return false;
	}
	for (; is_digit(*text); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (number > (most - digit) / 10) {
			return false;
		}
		number = number * 10 + digit;
	}
	if (*text) {
		return false;
	}
	*value = !negative               ? (int64_t)number
			: number == most ? INT64_MIN
					 : -(int64_t)number;
	return true;
}

/** [+-] digits [. digits] [e [+-] digits], with a digit before or after the point */
static bool is_decimal(const char *text)
{
	size_t digits = 0;

	text += *text == '-' || *text == '+';
	for (; is_digit(*text); text++) {
		digits++;
	}
	if (*text == '.') {
		for (text++; is_digit(*text); text++) {
			digits++;
		}
	}
	if (digits == 0) {
		return false;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		if (!is_digit(*text)) {
			return false;
		}
		while (is_digit(*text)) {
			text++;
		}
	}
	return *text == '\0';
}

/** Between these two calls the decimal separator is a point, in any locale. */
static locale_t plain_locale_enter(locale_t *before)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	*before = plain != NULL ? uselocale(plain) : (locale_t)0;
	return plain;
}

static void plain_locale_leave(locale_t plain, locale_t before)
{
	if (plain != NULL) {
		uselocale(before);
		freelocale(plain);
	}
}

bool value_float(const char *text, double *value)
{
	locale_t before;

	if (!is_decimal(text)) {
		return false;
	}
	locale_t plain = plain_locale_enter(&before);
	char *end;
	double number = strtod(text, &end);

	plain_locale_leave(plain, before);
	if (*end || !isfinite(number)) {
		return false;
	}
	*value = number;
	return true;
}

static void format_digits(char *text, size_t size, int digits, double value)
{
	locale_t before;
	locale_t plain = plain_locale_enter(&before);

	snprintf(text, size, "%.*g", digits, value);
	plain_locale_leave(plain, before);
}

void value_format(char *text, size_t size, double value)
{
	format_digits(text, size, 15, value);
}

void value_format_exactly(char *text, size_t size, double value)
{
	double read;

	value_format(text, size, value);
	if (!value_float(text, &read) || read < value || read > value) {
		format_digits(text, size, 17, value);
	}
}

static int hex_digit(char c)
{
	return is_digit(c)                     ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;
}

bool value_color(const char *text, uint32_t *rgb)
{
	/* CSS Color Module Level 3, 4.1 Basic color keywords, and grey */
	static const struct {
		const char *name;
		uint32_t rgb;
	} names[] = {
		{ "aqua", 0x00FFFF },
		{ "black", 0x000000 },
		{ "blue", 0x0000FF },
		{ "fuchsia", 0xFF00FF },
		{ "gray", 0x808080 },
		{ "green", 0x008000 },
		{ "grey", 0x808080 },
		{ "lime", 0x00FF00 },
		{ "maroon", 0x800000 },
		{ "navy", 0x000080 },
		{ "olive", 0x808000 },
		{ "purple", 0x800080 },
		{ "red", 0xFF0000 },
		{ "silver", 0xC0C0C0 },
		{ "teal", 0x008080 },
		{ "white", 0xFFFFFF },
		{ "yellow", 0xFFFF00 },
	};
	size_t length = strlen(text);
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			*rgb = names[i].rgb;
			return true;
		}
	}
	if (*text != '#' || (length != 4 && length != 7)) {
		return false;
	}
	for (const char *c = text + 1; *c; c++) {
		int digit = hex_digit(*c);

		if (digit < 0) {
			return false;
		}
		number = number << 4 | (uint32_t)digit;
		if (length == 4) {
			number = number << 4 | (uint32_t)digit;
		}
	}
	*rgb = number;
	return true;
}

/* ---- Lists ------------------------------------------------------------- */

/**
 * Allocate pointers for up to `most` items and a NULL, followed by space for their text
 */
static char **new_list(const char *text, size_t most, char **room)
{
	size_t pointers = most + 1;
	size_t texts = (strlen(text) + 1 + sizeof(char *)) / sizeof(char *);
	char **list = memory_new(pointers + texts, sizeof(*list));

	*room = (char *)(list + pointers);
	return list;
}

char **value_words(const char *text, size_t *count)
{
	size_t most = strlen(text) / 2 + 1;
	size_t found = 0;
	bool within = false;
	char *next;
	char **words = new_list(text, most, &next);

	strcpy(next, text);
	for (; *next; next++) {
		if (text_is_space(*next) || *next == ',') {
			*next = '\0';
			within = false;
		} else if (!within) {
			words[found++] = next;
			within = true;
		}
	}
	if (count != NULL) {
		*count = found;
	}
	return words;
}

/** Copy one item without its quotes to *out; returns the end of its text */
static const char *next_item(const char *text, char **out)
{
	char *start = *out;

	while (text_is_space(*text)) {
		text++;
	}
	if (*text == '"') {
		for (text++; *text && *text != '"'; text++) {
			*(*out)++ = *text;
		}
		text += *text == '"';
		start = *out;
	}
	while (*text && *text != ',') {
		*(*out)++ = *text++;
	}
	while (*out > start && text_is_space((*out)[-1])) {
		(*out)--;
	}
	*(*out)++ = '\0';
	return text;
}

char **value_list(const char *text, size_t *count)
{
	size_t commas = 0;
	size_t found = 0;
	char *room;

	for (const char *c = text; *c; c++) {
		commas += *c == ',';
	}
	char **items = new_list(text, commas + 1, &room);

	while (*text) {
		char *item = room;

		text = next_item(text, &room);
		text += *text == ',';
		if (*item) {
			items[found++] = item;
		} else {
			room = item;
		}
	}
	if (count != NULL) {
		*count = found;
	}
	return items;
}
