/**
 * \file    base/error.c
 * \brief   A status with one sentence, and lists of problems found in the user's input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/** Drop an incomplete UTF-8 character at the end of a truncated text. */
static void trim_partial_character(char *text)
{
	size_t length = strlen(text);
	size_t start = length;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
		start--;
	}
	if (start == 0) {
		return;
	}
	unsigned char lead = (unsigned char)text[start - 1];
	size_t expected = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;

	if (length - (start - 1) < expected) {
		text[start - 1] = '\0';
	}
}

cnnviz_status error_vset(struct error *error, cnnviz_status status, const char *format,
		va_list arguments)
{
	if (error != NULL) {
		int length = vsnprintf(error->text, sizeof(error->text), format,
				arguments);

		error->status = status;
		if (length < 0) {
			error->text[0] = '\0';
		} else if ((size_t)length >= sizeof(error->text)) {
			trim_partial_character(error->text);
		}
	}
	return status;
}

cnnviz_status error_set(struct error *error, cnnviz_status status, const char *format,
		...)
{
	va_list arguments;

	va_start(arguments, format);
	error_vset(error, status, format, arguments);
	va_end(arguments);
	return status;
}

cnnviz_status error_prefix(struct error *error, const char *format, ...)
{
	struct error result;
	va_list arguments;

	if (error == NULL) {
		return CNNVIZ_ERROR_INPUT;
	}
	va_start(arguments, format);
	char *prefix = memory_vformat(format, arguments);
	va_end(arguments);
	error_set(&result, error->status, "%s: %s", prefix, error->text);
	free(prefix);
	*error = result;
	return result.status;
}

static char *copy_or_null(const char *text)
{
	return text != NULL ? memory_text(text) : NULL;
}

void problems_vadd(struct problems *problems, const char *file, int line,
		const char *section, const char *key, const char *format,
		va_list arguments)
{
	/* The capacity doubles each time the count reaches a power of two. */
	if ((problems->count & (problems->count - 1)) == 0) {
		size_t capacity = problems->count ? 2 * problems->count : 1;

		problems->items = memory_resize(problems->items, capacity,
				sizeof(*problems->items));
	}
	struct problem *problem = &problems->items[problems->count++];

	problem->file = copy_or_null(file);
	problem->line = line;
	problem->section = copy_or_null(section);
	problem->key = copy_or_null(key);
	problem->text = memory_vformat(format, arguments);
}

void problems_add(struct problems *problems, const char *file, int line,
		const char *section, const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	problems_vadd(problems, file, line, section, key, format, arguments);
	va_end(arguments);
}

char *problem_sentence(const struct problem *problem)
{
	const char *section = problem->section != NULL ? problem->section : "";
	const char *key = problem->key != NULL ? problem->key : "";
	const char *file = problem->file != NULL ? problem->file : "";
	char line[16] = "";

	if (problem->line > 0) {
		snprintf(line, sizeof(line), "%d", problem->line);
	}
	return memory_format("%s%s%s%s%s%s%s%s%s%s", file, *file && *line ? ":" : "",
			line, *file || *line ? ": " : "",
			problem->section != NULL ? "[" : "", section,
			problem->section != NULL ? (problem->key != NULL ? "] " : "]: ")
						 : "",
			key, problem->key != NULL ? ": " : "", problem->text);
}

void problems_free(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		struct problem *problem = &problems->items[i];

		free(problem->file);
		free(problem->section);
		free(problem->key);
		free(problem->text);
	}
	free(problems->items);
	problems->items = NULL;
	problems->count = 0;
}
