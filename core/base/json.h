/**
 * \file    base/json.h
 * \brief   Texts and numbers as JSON values, and objects whose members are checked
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

/** Flags of json_dumps() that keep every bit of a double */
#define JSON_EXACT (JSON_COMPACT | JSON_REAL_PRECISION(17))

/**
 * \brief   json_loadb(), with a sentence for a text that nests deeper than limits.nesting
 *
 * For files. jansson reads what is nested by calling itself, and refuses more than 2048
 * levels by itself: that bounds what our own processes say to each other.
 *
 * \param   fault   What is wrong, and where; may be NULL
 */
json_t *json_parse(const void *text, size_t size, size_t flags, json_error_t *fault);

/**
 * \brief   A text as JSON; bytes that are not UTF-8 are kept as text_escape() writes them
 *
 * \param   text    NULL becomes null
 */
json_t *json_text(const char *text);

/** The text that json_text() was given, malloc'ed; NULL when json is anything else */
char *json_text_value(const json_t *json);

/**
 * \brief   A number as JSON
 *
 * JSON has finite numbers only: others become the texts "Infinity", "-Infinity", "NaN" and
 * "-NaN".
 */
json_t *json_number(double number);

/** How many members of an object can be read */
#define JSON_MEMBERS_MAX 32

/**
 * \brief   An object whose members are read one by one
 *
 * The first error is kept, with a sentence that names the member; every later read returns
 * NULL, 0 or false. So it is enough to check once, at the end.
 */
struct json_members {
	const json_t *object;
	struct error *error; /* may be NULL */
	bool failed;
	size_t count; /* of the members read so far */
	const char *names[JSON_MEMBERS_MAX];
};

/** Begin to read a value; it is an error when it is not an object. */
struct json_members json_members_begin(const json_t *json, struct error *error);

/** Begin to read a value inside of another object, whose error it shares. */
struct json_members json_members_inside(const struct json_members *outer,
		const json_t *json);

/** Set the error, unless there is one already. */
void json_members_fail(struct json_members *members, const char *format, ...)
		CNNVIZ_PRINTF(2, 3);

/** Whether there is a member of that name; does not read it */
bool json_members_have(const struct json_members *members, const char *name);

/* Each of these reads a member. It is an error when it is missing or of another type. */

/** Any value, borrowed */
const json_t *json_member(struct json_members *members, const char *name);

/** A text, malloc'ed */
char *json_member_text(struct json_members *members, const char *name);

/** A text, malloc'ed, or null */
char *json_member_text_or_null(struct json_members *members, const char *name);

bool json_member_boolean(struct json_members *members, const char *name);

/** An integer from low to high */
int64_t json_member_integer(struct json_members *members, const char *name, int64_t low,
		int64_t high);

/** A number as json_number() writes it, so never an integer */
double json_member_number(struct json_members *members, const char *name);

/** A number from low to high, so never NaN */
double json_member_real(struct json_members *members, const char *name, double low,
		double high);

/** A list of least to most items, borrowed */
const json_t *json_member_list(struct json_members *members, const char *name,
		size_t least, size_t most);

/** A value that must equal the expected one; releases that. */
void json_member_equals(struct json_members *members, const char *name, json_t *expected);

/**
 * \brief   End reading; it is an error when the object has members that were not read.
 *
 * \return  CNNVIZ_ERROR_INPUT after any error
 */
cnnviz_status json_members_end(struct json_members *members);

/** End reading inside of an object, whose error begins with the member's name then. */
void json_members_leave(struct json_members *inner, struct json_members *outer,
		const char *name);

#endif
