/**
 * \file    graph/classes.c
 * \brief   Whether a text names a class
 */
#include "graph/classes.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* ---- Names ------------------------------------------------------------------- */

/** A part of a text between commas, without white space at its ends */
struct name {
	const char *text;
	size_t length;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '_';
}

/** The next name that is not empty; false after the last */
static bool next_name(const char **at, struct name *name)
{
	for (;;) {
		size_t length;

		while (is_blank(**at) || **at == ',') {
			++*at;
		}
		if (**at == '\0') {
			return false;
		}
		length = strcspn(*at, ",");
		*name = (struct name){ *at, length };
		*at += length;
		while (name->length > 0 && is_blank(name->text[name->length - 1])) {
			name->length--;
		}
		if (name->length > 0) {
			return true;
		}
	}
}

/** Next character for a comparison: a run of blanks is one space; '\0' at the end */
static char next_character(const char **at, const char *end)
{
	char c = *at < end ? *(*at)++ : '\0';

	if (!is_blank(c)) {
		return (char)tolower((unsigned char)c);
	}
	while (*at < end && is_blank(**at)) {
		++*at;
	}
	return ' ';
}

static bool same_name(const struct name *one, const struct name *other)
{
	const char *left = one->text, *right = other->text;
	char a, b;

	do {
		a = next_character(&left, one->text + one->length);
		b = next_character(&right, other->text + other->length);
	} while (a == b && a != '\0');
	return a == b;
}

/** Place of a name among those of a text, from 0; -1 if it is not there */
static int find_name(const char *text, const struct name *name)
{
	struct name other;

	for (int i = 0; next_name(&text, &other); i++) {
		if (same_name(name, &other)) {
			return i;
		}
	}
	return -1;
}

/** Whether two texts have the same names in the same order */
static bool same_names(const char *left, const char *right)
{
	struct name one, other;
	bool any = false;

	while (next_name(&left, &one)) {
		if (!next_name(&right, &other) || !same_name(&one, &other)) {
			return false;
		}
		any = true;
	}
	return any && !next_name(&right, &other);
}

/* ---- Classes ----------------------------------------------------------------- */

enum class_fit class_fit(const char *label, const char *synonyms, const char *text)
{
	const char *further = synonyms != NULL ? synonyms : "";
	enum class_fit fit = CLASS_FIT_NONE;
	const char *at = text;
	struct name name;

	if (same_names(label, text) || same_names(further, text)) {
		return CLASS_FIT_NAME;
	}
	for (int i = 0; next_name(&at, &name); i++) {
		int place = find_name(label, &name), other = find_name(further, &name);

		if ((place < 0 && other < 0) || find_name(text, &name) != i) {
			return CLASS_FIT_NONE;
		}
		if (i == 0) {
			fit = place == 0 || other == 0 ? CLASS_FIT_NAME
						       : CLASS_FIT_SYNONYM;
		}
	}
	return fit;
}
