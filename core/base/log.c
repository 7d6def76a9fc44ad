/**
 * \file    base/log.c
 * \brief   Messages to the user, on standard error
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/repeats.h"

static enum log_level shown_level = LOG_LEVEL_INFO;
static bool status_line_shown;

/* Whom to tell before something is printed */
static struct {
	void (*call)(void *context);
	void *context;
} before;

/* Who gets messages before they are printed */
static struct {
	log_taker *take;
	void *context;
} taker;

struct held_message {
	enum log_level level;
	char *text;
	bool counted; /* with the two members below */
	const void *owner;
	char *subject;
};

/* Where this thread's messages go; NULL: they are printed */
static _Thread_local struct log_held *holder;

/* What log_warn_counted() was given */
static struct {
	bool skipped;
	char **texts; /* all different */
	size_t count;
	struct repeats kinds;
} counted;

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

static void call_before(void)
{
	void (*call)(void *context) = before.call;

	if (call != NULL) {
		before.call = NULL;
		call(before.context);
		before.call = call;
	}
}

/** Takes ownership of the texts */
static void hold(const struct held_message *message)
{
	holder->messages = memory_resize(holder->messages, holder->count + 1,
			sizeof(*holder->messages));
	holder->messages[holder->count++] = *message;
}

/** Print a message, or keep it back; takes ownership of the text */
static void put(enum log_level level, char *text)
{
	if (holder != NULL) {
		hold(&(struct held_message){ .level = level, .text = text });
		return;
	}
	call_before();
	replace_controls(text);
	if (taker.take == NULL || !taker.take(taker.context, level, text)) {
		fprintf(stderr, "%scnnviz: %s%s\n", status_line_shown ? "\r\033[K" : "",
				level == LOG_LEVEL_WARNING ? "warning: " : "", text);
	}
	free(text);
}

void log_vwrite(enum log_level level, const char *format, va_list arguments)
{
	if (level <= shown_level) {
		put(level, memory_vformat(format, arguments));
	}
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_vwrite(level, format, arguments);
	va_end(arguments);
}

/** Whether a counted warning is new; takes ownership of the text */
static bool add_counted(char *text)
{
	for (size_t i = 0; i < counted.count; i++) {
		if (strcmp(counted.texts[i], text) == 0) {
			free(text);
			return false;
		}
	}
	counted.texts = memory_resize(counted.texts, counted.count + 1,
			sizeof(*counted.texts));
	counted.texts[counted.count++] = text;
	return true;
}

/** Takes ownership of the text */
static void warn_counted(const void *owner, const char *subject, char *text)
{
	if (counted.skipped) {
		free(text);
		return;
	}
	call_before();
	if (add_counted(text) && repeats_note(&counted.kinds, owner, subject, text)) {
		log_write(LOG_LEVEL_WARNING, "%s", text);
	}
}

void log_warn_counted(const void *owner, const char *subject, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = memory_vformat(format, arguments);
	va_end(arguments);
	if (holder != NULL) {
		hold(&(struct held_message){
				.level = LOG_LEVEL_WARNING,
				.text = text,
				.counted = true,
				.owner = owner,
				.subject = subject != NULL ? memory_text(subject) : NULL,
		});
	} else {
		warn_counted(owner, subject, text);
	}
}

void log_end_counted(void)
{
	for (size_t i = 0; i < counted.kinds.count; i++) {
		const struct repeat *kind = &counted.kinds.items[i];

		if (kind->more > 0) {
			log_write(LOG_LEVEL_WARNING, "%zu more like this: %s", kind->more,
					kind->text);
		}
	}
	for (size_t i = 0; i < counted.count; i++) {
		free(counted.texts[i]);
	}
	free(counted.texts);
	counted.texts = NULL;
	counted.count = 0;
	repeats_clear(&counted.kinds);
}

void log_skip_counted(void)
{
	counted.skipped = true;
}

/* ---- Order --------------------------------------------------------------------- */

void log_hold(struct log_held *held)
{
	holder = held;
}

void log_show(struct log_held *held)
{
	for (size_t i = 0; i < held->count; i++) {
		struct held_message *message = &held->messages[i];

		if (message->counted) {
			warn_counted(message->owner, message->subject, message->text);
		} else {
			put(message->level, message->text);
		}
		free(message->subject);
	}
	free(held->messages);
	*held = (struct log_held){ 0 };
}

void log_set_taker(log_taker *take, void *context)
{
	taker.take = take;
	taker.context = context;
}

void log_set_before(void (*call)(void *context), void *context)
{
	before.call = call;
	before.context = context;
}
