/**
 * \file    config/spelling.c
 * \brief   Converts names from British to American spelling
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/spelling.h"

/** Parts of words, at any position */
static const struct part {
	const char *british;
	const char *american;
} parts[] = {
	{ "colour", "color" },
	{ "grey", "gray" },
	{ "centred", "centered" },
	{ "centre", "center" },
	{ "neighbour", "neighbor" },
	{ "behaviour", "behavior" },
	{ "artefact", "artifact" },
	{ "analyse", "analyze" },
	{ "labell", "label" },
	{ "modell", "model" },
	{ "cancell", "cancel" },
};

static const struct part *find_part(const char *text)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const char *british = parts[i].british;

		/* Called at each letter of every key: most end at the first comparison. */
		if (*text == *british && strncmp(text, british, strlen(british)) == 0) {
			return &parts[i];
		}
	}
	return NULL;
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/** Whether a word continues after "is" like verbs in -ise and their nouns */
static bool ends_verb(const char *rest)
{
	static const char *const endings[] = { "e", "ed", "er", "ers", "es", "ing",
		"ation", "ations" };
	size_t length = strspn(rest, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (strlen(endings[i]) == length
				&& strncmp(rest, endings[i], length) == 0) {
			return true;
		}
	}
	return false;
}

/**
 * Whether "is", at position, follows a stem of verbs in -ize, as in normal-ise. This is
 * not so in noise, precise, promise, otherwise and supervised.
 */
static bool follows_stem(const char *name, const char *position)
{
	static const char *const ends_of_stems[] = { "al", "ant", "ar", "ard", "dom",
		"el", "er", "et", "im", "it", "ken", "on", "or" };
	size_t before = (size_t)(position - name);

	for (size_t i = 0; i < sizeof(ends_of_stems) / sizeof(*ends_of_stems); i++) {
		size_t length = strlen(ends_of_stems[i]);

		if (before > length && is_letter(position[-1 - (long)length])
				&& strncmp(position - length, ends_of_stems[i], length)
						== 0) {
			return true;
		}
	}
	return false;
}

char *spelling_american(const char *name)
{
	/* No part grows by more than half its length. */
	char *american = memory_new(2 * strlen(name) + 1, 1);
	char *end = american;

	while (*name) {
		const struct part *part = find_part(name);

		if (part != NULL) {
			end = stpcpy(end, part->american);
			name += strlen(part->british);
		} else {
			*end++ = *name++;
		}
	}
	for (char *is = strstr(american, "is"); is != NULL; is = strstr(is + 1, "is")) {
		if (ends_verb(is + 2) && follows_stem(american, is)) {
			is[1] = 'z';
		}
	}
	return american;
}

bool spelling_same(const char *a, const char *b)
{
	if (strcmp(a, b) == 0) {
		return true;
	}
	if (*a != *b) {
		return false; /* spellings never differ in the first letter */
	}
	char *american[] = { spelling_american(a), spelling_american(b) };
	bool same = strcmp(american[0], american[1]) == 0;

	free(american[0]);
	free(american[1]);
	return same;
}
