/**
 * \file    config/parse.c
 * \brief   Parses values with iniparser
 *
 * iniparser rejects a whole file if a line, with its continuations, has more than 1,022
 * characters. So it does not get the file but, from memory, each key with its value on
 * one line. A value that is too long for that is read here by the same rules, which are
 * few because the scan has refused what is ambiguous. And as iniparser goes through all of
 * a dictionary to find or to add a key, it gets a block of keys at a time.
 */
#ifdef HAVE_CONFIG_H
#include "config.h" /* _GNU_SOURCE */
#endif

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef HAVE_INIPARSER_H
#include <iniparser.h>
#else
#include <iniparser/iniparser.h>
#endif

#include "base/memory.h"
#include "base/text.h"
#include "config/reader.h"

/** Longest line in iniparser's buffer */
#define LINE_LENGTH_MAX 1022

/** Most keys in iniparser's dictionary at once */
#define BLOCK 256

/** iniparser's message, which is only needed if the scan found nothing */
static char parser_report[256];

static int CNNVIZ_PRINTF(1, 2) keep_report(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(parser_report, sizeof(parser_report), format, arguments);
	va_end(arguments);
	return length;
}

static dictionary *load(const char *path)
{
	static bool prepared;

	if (!prepared) {
		iniparser_set_error_callback(keep_report);
		prepared = true;
	}
	parser_report[0] = '\0';
	/* iniparser calls isspace() and tolower(), which depend on the locale. */
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = plain != NULL ? uselocale(plain) : (locale_t)0;
	dictionary *values = iniparser_load(path);

	if (plain != NULL) {
		uselocale(before);
		freelocale(plain);
	}
	return values;
}

/** Whether "key=value" with the value as written is too long for iniparser */
static bool is_long(const struct ini_entry *entry)
{
	return strlen(entry->key) + 1 + strlen(entry->value) > LINE_LENGTH_MAX;
}

/** Parse a long value as iniparser would: remove the quotes, or the comment after it */
static char *read_long(const char *written)
{
	if (*written == '"' || *written == '\'') {
		const char quote[] = { *written, '\0' };

		return memory_text_n(written + 1, strcspn(written + 1, quote));
	}
	return text_trimmed(written, strcspn(written, "#;"));
}

/** Write the lines that iniparser reads of a block of entries; false with errno */
static bool write_lines(const struct ini *ini, size_t from, size_t to, FILE *stream)
{
	const char *section = NULL;

	for (size_t i = from; i < to; i++) {
		const struct ini_entry *entry = &ini->entries[i];

		if (is_long(entry)) {
			continue;
		}
		if (section == NULL || strcmp(section, entry->section) != 0) {
			section = entry->section;
			fprintf(stream, "[%s]\n", section);
		}
		fprintf(stream, "%s=%s\n", entry->key, entry->value);
	}
	return fflush(stream) == 0;
}

/** iniparser's dictionary of a block's short values, or NULL with its message */
static dictionary *parse(const struct ini *ini, size_t from, size_t to)
{
	dictionary *values = NULL;
	int descriptor = memfd_create("cnnviz", MFD_CLOEXEC);
	FILE *stream = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;

	if (stream != NULL && write_lines(ini, from, to, stream)) {
		char *path = memory_format("/proc/self/fd/%d", descriptor);

		values = load(path);
		free(path);
	} else {
		keep_report("%s", strerror(errno));
	}
	if (stream != NULL) {
		fclose(stream);
	} else if (descriptor >= 0) {
		close(descriptor);
	}
	return values;
}

/** A short value from iniparser's dictionary; NULL if it is missing */
static char *read_short(const dictionary *values, const struct ini_entry *entry)
{
	char *name = memory_format("%s:%s", entry->section, entry->key);
	const char *value = iniparser_getstring(values, name, NULL);

	free(name);
	return value != NULL ? memory_text(value) : NULL;
}

/** Parse the values of a block of entries */
static bool parse_block(struct ini *ini, size_t from, size_t to,
		struct problems *problems)
{
	dictionary *values = parse(ini, from, to);
	bool complete = values != NULL;

	if (values == NULL) {
		problems_add(problems, ini->path, 0, NULL, NULL,
				"iniparser cannot read the file: %s", parser_report);
	}
	for (size_t i = from; i < to && complete; i++) {
		struct ini_entry *entry = &ini->entries[i];
		char *value = is_long(entry) ? read_long(entry->value)
					     : read_short(values, entry);

		if (value == NULL) {
			problems_add(problems, ini->path, entry->line, entry->section,
					entry->spelling,
					"iniparser does not find this key");
			complete = false;
			break;
		}
		free(entry->value);
		entry->value = value;
	}
	if (values != NULL) {
		iniparser_freedict(values);
	}
	return complete;
}

bool parse_values(struct ini *ini, struct problems *problems)
{
	bool complete = true;

	for (size_t from = 0; from < ini->entry_count && complete; from += BLOCK) {
		size_t left = ini->entry_count - from;

		complete = parse_block(ini, from, from + (left < BLOCK ? left : BLOCK),
				problems);
	}
	return complete;
}
