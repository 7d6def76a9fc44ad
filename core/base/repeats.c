/**
 * \file    base/repeats.c
 * \brief   Messages that repeat: they are counted, so that only the first need be shown
 */
#include "base/repeats.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** What stands for a number and for the subject in a kind; no message has these bytes. */
#define NUMBER '\x01'
#define SUBJECT '\x02'

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Length of the number at the start of a text, as in "-12", "0.5" and "1e-05"; or 0 */
static size_t number_length(const char *text)
{
	size_t length = text[0] == '-' || text[0] == '+';

	if (!is_digit(text[length])) {
		return 0;
	}
	while (is_digit(text[length])
			|| (text[length] == '.' && is_digit(text[length + 1]))) {
		length++;
	}
	if (text[length] == 'e' || text[length] == 'E') {
		size_t sign = text[length + 1] == '-' || text[length + 1] == '+';
		size_t digits = strspn(text + length + 1 + sign, "0123456789");

		length += digits > 0 ? 1 + sign + digits : 0;
	}
	return length;
}

/** The text with one byte in place of each number and of each mention of the subject */
static char *find_kind(const char *subject, const char *text)
{
	size_t name = subject != NULL ? strlen(subject) : 0;
	char *kind = memory_new(strlen(text) + 1, 1), *end = kind;

	while (*text != '\0') {
		size_t number = number_length(text);

		if (name > 0 && strncmp(text, subject, name) == 0) {
			*end++ = SUBJECT;
			text += name;
		} else if (number > 0) {
			*end++ = NUMBER;
			text += number;
		} else {
			*end++ = *text++;
		}
	}
	return kind;
}

static void add_subject(struct repeat *repeat, const char *subject)
{
	if (subject == NULL
			|| (repeat->subject != NULL
					&& strcmp(repeat->subject, subject) == 0)) {
		return;
	}
	free(repeat->subject);
	repeat->subject = memory_text(subject);
	repeat->subjects = memory_resize(repeat->subjects, repeat->subject_count + 1,
			sizeof(*repeat->subjects));
	repeat->subjects[repeat->subject_count++] = memory_text(subject);
}

bool repeats_note(struct repeats *repeats, const void *owner, const char *subject,
		const char *text)
{
	char *kind = find_kind(subject, text);

	for (size_t i = 0; i < repeats->count; i++) {
		struct repeat *repeat = &repeats->items[i];

		if (repeat->owner == owner && strcmp(repeat->kind, kind) == 0) {
			repeat->more++;
			add_subject(repeat, subject);
			free(kind);
			return false;
		}
	}
	repeats->items = memory_resize(repeats->items, repeats->count + 1,
			sizeof(*repeats->items));
	repeats->items[repeats->count++] = (struct repeat){
		.owner = owner,
		.kind = kind,
		.text = memory_text(text),
		.subject = subject != NULL ? memory_text(subject) : NULL,
	};
	return true;
}

void repeats_clear(struct repeats *repeats)
{
	for (size_t i = 0; i < repeats->count; i++) {
		struct repeat *repeat = &repeats->items[i];

		for (size_t k = 0; k < repeat->subject_count; k++) {
			free(repeat->subjects[k]);
		}
		free(repeat->subjects);
		free(repeat->subject);
		free(repeat->text);
		free(repeat->kind);
	}
	free(repeats->items);
	*repeats = (struct repeats){ 0 };
}
