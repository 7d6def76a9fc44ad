/**
 * \file    config/write.c
 * \brief   Writes an INI file that ini_read() reads back
 */
#include <string.h>

#include "base/text.h"
#include "config/ini.h"

/* Around a value: a quote, or '\0' if it needs none; -1 if no quote serves */
static int find_quote(const char *value)
{
	size_t length = strlen(value);
	bool bare = strpbrk(value, "#;") == NULL && value[0] != '"' && value[0] != '\''
			&& (length == 0
					|| (!text_is_space(value[0])
							&& !text_is_space(value[length
									- 1])));

	/* A backslash before a quote, or at the end of a line, has a meaning of its own. */
	if (strchr(value, '\n') != NULL || strstr(value, "\\\"") != NULL
			|| strstr(value, "\\'") != NULL
			|| (length > 0 && value[length - 1] == '\\')
			|| !text_is_utf8(value)) {
		return -1;
	}
	return bare                                   ? '\0'
			: strchr(value, '"') == NULL  ? '"'
			: strchr(value, '\'') == NULL ? '\''
						      : -1;
}

static cnnviz_status write_entry(const struct ini_entry *entry, FILE *stream,
		struct error *error)
{
	int quote = find_quote(entry->value);
	char mark[] = { (char)quote, '\0' };

	if (quote < 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"[%s] %s: an INI file cannot hold %s; give the file "
				"another name",
				entry->section, entry->key, entry->value);
	}
	fprintf(stream, "%s = %s%s%s\n", entry->spelling, mark, entry->value, mark);
	return CNNVIZ_OK;
}

cnnviz_status ini_write(const struct ini *ini, FILE *stream, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < ini->section_count; i++) {
		fprintf(stream, "%s[%s]\n", i > 0 ? "\n" : "", ini->sections[i].spelling);
		for (const struct ini_entry *entry = ini_first_entry(ini,
				     ini->sections[i].name);
				entry != NULL && status == CNNVIZ_OK;
				entry = ini_next_entry(ini, entry)) {
			status = write_entry(entry, stream, error);
		}
	}
	return status;
}
