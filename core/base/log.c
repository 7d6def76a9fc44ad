/**
 * \file    base/log.c
 * \brief   Messages to the user, on standard error
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

static enum log_level shown_level = LOG_LEVEL_INFO;
static bool status_line_shown;

/* The texts that log_write_once() has written */
static struct {
	char **texts;
	size_t count;
} given_once;

void log_set_level(enum log_level level)
{
	shown_level = level;
}

enum log_level log_get_level(void)
{
	return shown_level;
}

void log_set_status_line(bool shown)
{
	status_line_shown = shown;
}

/**
 * Messages may quote files: replace control characters, which could control the
 * terminal.
 */
static void replace_controls(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
			*text = '?';
		}
	}
}

void log_vwrite(enum log_level level, const char *format, va_list arguments)
{
	if (level > shown_level) {
		return;
	}
	char *text = memory_vformat(format, arguments);

	replace_controls(text);
	fprintf(stderr, "%scnnviz: %s%s\n", status_line_shown ? "\r\033[K" : "",
			level == LOG_LEVEL_WARNING ? "warning: " : "", text);
	free(text);
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_vwrite(level, format, arguments);
	va_end(arguments);
}

void log_write_once(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < given_once.count; i++) {
		if (strcmp(given_once.texts[i], text) == 0) {
			free(text);
			return;
		}
	}
	given_once.texts = memory_resize(given_once.texts, given_once.count + 1,
			sizeof(*given_once.texts));
	given_once.texts[given_once.count++] = text;
	log_write(level, "%s", text);
}
