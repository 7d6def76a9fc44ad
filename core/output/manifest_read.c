/**
 * \file    output/manifest_read.c
 * \brief   Reads a manifest item by item, however long its lists are
 */
#include "output/manifest_read.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"

/** Most bytes of a value that is not read item by item */
#define VALUE_MAX ((size_t)16 << 20)
/** Most members of the object */
#define MEMBERS_MAX 64

/** The file, and the text of the value that is being read */
struct scanner {
	FILE *file;
	size_t line;
	char *text;
	size_t length, room;
	const struct manifest_visitor *visitor;
	struct error *error;
};

static int next(struct scanner *scanner)
{
	int c = getc_unlocked(scanner->file);

	scanner->line += c == '\n';
	return c;
}

static void put_back(struct scanner *scanner, int c)
{
	scanner->line -= c == '\n';
	ungetc(c, scanner->file);
}

/** The next character that is no white space, or EOF */
static int next_token(struct scanner *scanner)
{
	int c;

	do {
		c = next(scanner);
	} while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
	return c;
}

static cnnviz_status refuse(const struct scanner *scanner, const char *what)
{
	return error_set(scanner->error, CNNVIZ_ERROR_INPUT, "line %zu: %s",
			scanner->line, what);
}

/* ---- A value -------------------------------------------------------------------- */

static cnnviz_status append(struct scanner *scanner, int c)
{
	if (scanner->length == VALUE_MAX) {
		return refuse(scanner, "this is too long to be an item of a manifest");
	}
	if (scanner->length == scanner->room) {
		scanner->room = scanner->room > 0 ? 2 * scanner->room : 1024;
		scanner->text = memory_resize(scanner->text, scanner->room, 1);
	}
	scanner->text[scanner->length++] = (char)c;
	return CNNVIZ_OK;
}

/** Whether a character outside of strings ends a number or a word */
static bool ends_word(int c)
{
	return c == EOF || strchr(",]} \t\r\n", c) != NULL;
}

/** Read the text of a value from its first character; whether it is JSON, jansson tells. */
static cnnviz_status scan_text(struct scanner *scanner, int c)
{
	bool quoted = false, escaped = false;
	size_t depth = 0;
	cnnviz_status status = CNNVIZ_OK;

	scanner->length = 0;
	while (status == CNNVIZ_OK && c != EOF) {
		bool opens = !quoted && (c == '[' || c == '{');
		bool closes = !quoted && depth > 0 && (c == ']' || c == '}');
		bool bounds = c == '"' && !escaped;

		if (depth == 0 && !quoted && scanner->length > 0 && ends_word(c)) {
			put_back(scanner, c);
			return CNNVIZ_OK;
		}
		status = append(scanner, c);
		quoted = bounds ? !quoted : quoted;
		escaped = quoted && !escaped && c == '\\';
		depth = opens ? depth + 1 : closes ? depth - 1 : depth;
		if (depth == 0 && !quoted && (closes || bounds)) {
			return status;
		}
		c = next(scanner);
	}
	return status;
}

/** Read a value; NULL with an error */
static json_t *scan_value(struct scanner *scanner)
{
	int c = next_token(scanner);
	size_t line = scanner->line;
	json_error_t fault;
	json_t *value;

	if (scan_text(scanner, c) != CNNVIZ_OK) {
		return NULL;
	}
	value = json_parse(scanner->text != NULL ? scanner->text : "", scanner->length,
			JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &fault);
	if (value == NULL) {
		error_set(scanner->error, CNNVIZ_ERROR_INPUT, "line %zu: %s",
				line + (fault.line > 0 ? (size_t)fault.line - 1 : 0),
				fault.text);
	}
	return value;
}

/* ---- Members --------------------------------------------------------------------- */

static bool is_list(const struct manifest_visitor *visitor, const char *name)
{
	const char *const *list = visitor->lists;

	while (*list != NULL && strcmp(*list, name) != 0) {
		list++;
	}
	return *list != NULL;
}

/** Read the items of a list, behind its bracket. */
static cnnviz_status read_items(struct scanner *scanner, const char *name)
{
	const struct manifest_visitor *visitor = scanner->visitor;
	int c = next_token(scanner);
	cnnviz_status status = CNNVIZ_OK;

	if (c == ']') {
		return CNNVIZ_OK;
	}
	put_back(scanner, c);
	for (size_t i = 0; status == CNNVIZ_OK; i++) {
		json_t *item = scan_value(scanner);

		if (item == NULL) {
			return CNNVIZ_ERROR_INPUT;
		}
		status = visitor->item(visitor->context, name, i, item, scanner->error);
		json_decref(item);
		if (status != CNNVIZ_OK) {
			break;
		}
		c = next_token(scanner);
		if (c == ']') {
			break;
		}
		if (c != ',') {
			status = refuse(scanner, "a comma or ] is missing here");
		}
	}
	return status;
}

static cnnviz_status read_value(struct scanner *scanner, const char *name)
{
	const struct manifest_visitor *visitor = scanner->visitor;
	int c = next_token(scanner);
	cnnviz_status status;

	if (c == '[' && is_list(visitor, name)) {
		return read_items(scanner, name);
	}
	put_back(scanner, c);
	json_t *value = scan_value(scanner);

	if (value == NULL) {
		return CNNVIZ_ERROR_INPUT;
	}
	status = visitor->member(visitor->context, name, value, scanner->error);
	json_decref(value);
	return status;
}

/** Read a member, if its name was not read before. */
static cnnviz_status read_member(struct scanner *scanner, json_t *names)
{
	int c = next_token(scanner);

	if (c != '"') {
		return refuse(scanner, "the name of a member is missing here");
	}
	put_back(scanner, c);
	json_t *key = scan_value(scanner);
	const char *name = json_string_value(key);
	cnnviz_status status = CNNVIZ_ERROR_INPUT;

	if (name != NULL && json_object_get(names, name) != NULL) {
		refuse(scanner, "this member is there twice");
	} else if (name != NULL && json_object_size(names) == MEMBERS_MAX) {
		refuse(scanner, "there are too many members");
	} else if (name != NULL && next_token(scanner) != ':') {
		refuse(scanner, "a colon is missing here");
	} else if (name != NULL) {
		json_object_set_new(names, name, json_true());
		status = read_value(scanner, name);
	}
	json_decref(key);
	return status;
}

static cnnviz_status read_object(struct scanner *scanner, json_t *names)
{
	cnnviz_status status = CNNVIZ_OK;
	int c = next_token(scanner);

	if (c != '{') {
		return refuse(scanner, "this is no JSON object");
	}
	c = next_token(scanner);
	if (c != '}') {
		put_back(scanner, c);
		c = ',';
	}
	while (status == CNNVIZ_OK && c == ',') {
		status = read_member(scanner, names);
		c = status == CNNVIZ_OK ? next_token(scanner) : EOF;
	}
	if (status == CNNVIZ_OK && c != '}') {
		status = refuse(scanner, "a comma or } is missing here");
	}
	return status == CNNVIZ_OK && next_token(scanner) != EOF
			? refuse(scanner, "something follows the end of the object")
			: status;
}

cnnviz_status manifest_read(FILE *file, const struct manifest_visitor *visitor,
		struct error *error)
{
	struct scanner scanner = {
		.file = file,
		.line = 1,
		.visitor = visitor,
		.error = error,
	};
	json_t *names = json_object();
	cnnviz_status status = read_object(&scanner, names);

	json_decref(names);
	free(scanner.text);
	return status;
}
