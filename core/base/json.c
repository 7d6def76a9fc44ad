/**
 * \file    base/json.c
 * \brief   Texts and numbers as JSON values, and objects whose members are checked
 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- Texts of JSON ------------------------------------------------------------- */

/** Where in a text a place is */
struct place {
	size_t position, line, column;
};

/** Go on to the next bracket outside of strings; false at the end of the text */
static bool next_bracket(const char *text, size_t size, struct place *place)
{
	bool quoted = false;

	for (; place->position < size; place->position++) {
		char c = text[place->position];

		place->column++;
		if (c == '\n') {
			place->line++;
			place->column = 0;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (quoted && c == '\\') {
			place->position++;
			place->column++;
		} else if (!quoted && c != '\0' && strchr("[]{}", c) != NULL) {
			return true;
		}
	}
	return false;
}

/** Look for a bracket that is too deep. Where brackets do not match, jansson tells. */
static cnnviz_status check_nesting(const char *text, size_t size, struct place *place,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	uint64_t depth = 0;

	while (status == CNNVIZ_OK && next_bracket(text, size, place)) {
		char c = text[place->position++];

		if (c == '[' || c == '{') {
			status = limit_check(LIMIT_NESTING, ++depth, error, "it nests");
		} else if (depth > 0) {
			depth--;
		}
	}
	return status;
}

json_t *json_parse(const void *text, size_t size, size_t flags, json_error_t *fault)
{
	struct place place = { 0, 1, 0 };
	struct error error;

	if (check_nesting(text, size, &place, &error) == CNNVIZ_OK) {
		return json_loadb(text, size, flags, fault);
	}
	if (fault != NULL) {
		*fault = (json_error_t){
			.line = (int)place.line,
			.column = (int)place.column,
			.position = (int)place.position,
		};
		snprintf(fault->text, sizeof(fault->text), "%.*s",
				(int)sizeof(fault->text) - 1, error.text);
	}
	return NULL;
}

/* ---- Values -------------------------------------------------------------------- */

json_t *json_text(const char *text)
{
	if (text == NULL) {
		return json_null();
	}
	char *escaped = text_escape(text);
	json_t *json = json_string(escaped);

	free(escaped);
	return json;
}

char *json_text_value(const json_t *json)
{
	if (!json_is_string(json)) {
		return NULL;
	}
	char *text = text_unescape(json_string_value(json));
	char *again = text_escape(text);
	bool same = strcmp(again, json_string_value(json)) == 0;

	free(again);
	if (!same) {
		free(text);
		return NULL;
	}
	return text;
}

static const struct {
	const char *name;
	double value;
} infinite[] = {
	{ "Infinity", INFINITY },
	{ "-Infinity", -INFINITY },
	{ "NaN", NAN },
	{ "-NaN", -NAN },
};

json_t *json_number(double number)
{
	if (isfinite(number)) {
		return json_real(number);
	}
	return json_string(infinite[(isnan(number) ? 2 : 0) + (signbit(number) ? 1 : 0)]
					   .name);
}

/** False where it is not a number */
static bool read_number(const json_t *json, double *number)
{
	if (json_is_real(json)) {
		*number = json_real_value(json);
		return true;
	}
	for (size_t i = 0; json_is_string(json) && i < 4; i++) {
		if (strcmp(json_string_value(json), infinite[i].name) == 0) {
			*number = infinite[i].value;
			return true;
		}
	}
	return false;
}

/* ---- Members ------------------------------------------------------------------- */

struct json_members json_members_begin(const json_t *json, struct error *error)
{
	struct json_members members = { .object = json, .error = error };

	if (!json_is_object(json)) {
		members.failed = true;
		error_set(error, CNNVIZ_ERROR_INPUT, "this is not an object");
	}
	return members;
}

struct json_members json_members_inside(const struct json_members *outer,
		const json_t *json)
{
	if (outer->failed) {
		return (struct json_members){ .failed = true };
	}
	return json_members_begin(json, outer->error);
}

void json_members_fail(struct json_members *members, const char *format, ...)
{
	va_list arguments;

	if (!members->failed) {
		members->failed = true;
		va_start(arguments, format);
		error_vset(members->error, CNNVIZ_ERROR_INPUT, format, arguments);
		va_end(arguments);
	}
}

bool json_members_have(const struct json_members *members, const char *name)
{
	return !members->failed && json_object_get(members->object, name) != NULL;
}

const json_t *json_member(struct json_members *members, const char *name)
{
	if (members->failed) {
		return NULL;
	}
	const json_t *json = json_object_get(members->object, name);

	if (json == NULL || members->count == JSON_MEMBERS_MAX) {
		json_members_fail(members,
				json == NULL ? "\"%s\" is missing"
					     : "\"%s\" is one member too many",
				name);
		return NULL;
	}
	members->names[members->count++] = name;
	return json;
}

static char *read_text(struct json_members *members, const char *name, bool nullable)
{
	const json_t *json = json_member(members, name);
	char *text = json_text_value(json);

	if (text == NULL && !(nullable && json_is_null(json))) {
		json_members_fail(members,
				nullable ? "\"%s\" is neither a text nor null"
					 : "\"%s\" is not a text",
				name);
	}
	return text;
}

char *json_member_text(struct json_members *members, const char *name)
{
	return read_text(members, name, false);
}

char *json_member_text_or_null(struct json_members *members, const char *name)
{
	return read_text(members, name, true);
}

bool json_member_boolean(struct json_members *members, const char *name)
{
	const json_t *json = json_member(members, name);

	if (!json_is_boolean(json)) {
		json_members_fail(members, "\"%s\" is neither true nor false", name);
	}
	return json_is_true(json);
}

int64_t json_member_integer(struct json_members *members, const char *name, int64_t low,
		int64_t high)
{
	const json_t *json = json_member(members, name);
	int64_t value = json_integer_value(json);

	if (!json_is_integer(json)) {
		json_members_fail(members, "\"%s\" is not an integer", name);
	} else if (value < low || value > high) {
		json_members_fail(members,
				"\"%s\" is %" PRId64 ", not from %" PRId64 " to %" PRId64,
				name, value, low, high);
	}
	return members->failed ? 0 : value;
}

double json_member_number(struct json_members *members, const char *name)
{
	const json_t *json = json_member(members, name);
	double number = 0;

	if (!read_number(json, &number)) {
		json_members_fail(members, "\"%s\" is not a number", name);
	}
	return number;
}

double json_member_real(struct json_members *members, const char *name, double low,
		double high)
{
	double number = json_member_number(members, name);

	if (!(number >= low && number <= high)) {
		json_members_fail(members, "\"%s\" is %g, not from %g to %g", name,
				number, low, high);
	}
	return members->failed ? 0 : number;
}

const json_t *json_member_list(struct json_members *in, const char *key, size_t least,
		size_t most)
{
	const json_t *list = json_member(in, key);
	size_t count = json_array_size(list);

	if (!json_is_array(list)) {
		json_members_fail(in, "\"%s\" is not a list", key);
	} else if (count < least || count > most) {
		json_members_fail(in, "\"%s\" has %zu items, not from %zu to %zu", key,
				count, least, most);
	}
	return in->failed ? NULL : list;
}

void json_member_equals(struct json_members *members, const char *name, json_t *expected)
{
	const json_t *json = json_member(members, name);

	if (json != NULL && !json_equal(json, expected)) {
		char *found = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
		char *wanted = json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT);

		json_members_fail(members, "\"%s\" is %.300s, but it should be %.300s",
				name, found != NULL ? found : "something else",
				wanted != NULL ? wanted : "another");
		free(found);
		free(wanted);
	}
	json_decref(expected);
}

static bool was_read(const struct json_members *members, const char *name)
{
	for (size_t i = 0; i < members->count; i++) {
		if (strcmp(members->names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

cnnviz_status json_members_end(struct json_members *members)
{
	const char *name;
	json_t *value;

	if (members->failed) {
		return CNNVIZ_ERROR_INPUT;
	}
	json_object_foreach((json_t *)(uintptr_t)members->object, name, value)
	{
		if (!was_read(members, name)) {
			json_members_fail(members, "\"%.100s\" is unknown here", name);
		}
	}
	return members->failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

void json_members_leave(struct json_members *inner, struct json_members *outer,
		const char *name)
{
	if (json_members_end(inner) != CNNVIZ_OK && !outer->failed) {
		outer->failed = true;
		error_prefix(outer->error, "\"%s\"", name);
	}
}
