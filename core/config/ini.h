/**
 * \file    config/ini.h
 * \brief   Reads INI files: a scan for line numbers and errors, then iniparser
 *
 * Sections and keys are compared in lower case, as iniparser stores them, and keys in
 * American spelling (colour is color); the original spelling is kept too. The order is
 * that of the file.
 */
#ifndef CONFIG_INI_H
#define CONFIG_INI_H

#include <stdio.h>

#include "base/error.h"

struct ini_entry {
	char *section;  /* lower case */
	char *key;      /* lower case, American */
	char *spelling; /* key as written */
	char *value;    /* as iniparser reads it: trimmed, quotes removed, lines joined */
	int line;       /* 0 if set with -s */
	bool faulty;    /* a problem was reported: the value is not valid */
	size_t next;    /* position plus 1 of the section's next entry; 0: none */
};

struct ini_section {
	char *name; /* lower case */
	char *spelling;
	int line;           /* 0 if only -s created it */
	size_t first, last; /* positions plus 1 of its entries; 0: none */
};

/** Hash table: positions plus 1; 0 where it is free */
struct ini_index {
	size_t *slots;
	size_t size;
};

struct ini {
	char *path;
	char *folder; /* base of relative paths in the file */
	int lines;
	struct ini_entry *entries;
	size_t entry_count;
	struct ini_section *sections;
	size_t section_count;
	struct ini_index entry_index;
	struct ini_index section_index;
};

/**
 * \brief   Read an INI file
 *
 * Adds every syntax error to problems, with line numbers: cannot be read, is a folder,
 * is not text, byte-order mark, name too long, key before the first section, repeated
 * section or key, no '=', ':' in a name, unterminated quote, text after a closing
 * quote, backslash-quote, an unquoted # or ; right after '=' or within a word (the
 * value would be cut there), text after ']', a comment or a file that ends in a line
 * continuation.
 *
 * \return  NULL when there were problems that leave nothing to work on;
 *          otherwise faults of single values are marked in their entries.
 */
struct ini *ini_read(const char *path, struct problems *problems);

/**
 * \brief   Read the text of an INI file
 *
 * \param   name    In place of the path, for messages
 * \param   folder  Base of relative paths
 *
 * \return  As ini_read()
 */
struct ini *ini_read_text(const char *name, const char *folder, const char *text,
		struct problems *problems);

/**
 * \brief   Apply one `-s section.key=value`
 *
 * Replaces or adds an entry with line 0. A section name may contain dots if the file
 * has that section; otherwise the first dot ends the section. Quotes around the whole
 * value are removed, as in the file.
 */
cnnviz_status ini_override(struct ini *ini, const char *assignment, struct error *error);

/** Apply each of a NULL-terminated array, or NULL; failures become problems. */
void ini_override_all(struct ini *ini, const char *const *assignments,
		struct problems *problems);

/**
 * \brief   Add a section, and set a key in it to a value as it is
 *
 * \param   key     NULL: only add the section; one that is there stays as it is
 * \param   line    Of a new section, and of the entry
 */
void ini_set(struct ini *ini, const char *section, const char *key, const char *value,
		int line);

/**
 * \brief   Write a file that ini_read() reads back to the same sections and values
 *
 * \return  CNNVIZ_ERROR_INPUT for a value that no quotes can hold; what stands before it
 *          has been written
 */
cnnviz_status ini_write(const struct ini *ini, FILE *stream, struct error *error);

/**
 * \brief   Refuse a file with too many lines
 *
 * Apart from ini_read(), because the file itself may set that limit.
 */
void ini_check_lines(const struct ini *ini, struct problems *problems);

/** The entry, or NULL; the section must be in lower case. */
const struct ini_entry *ini_find(const struct ini *ini, const char *section,
		const char *key);
const struct ini_section *ini_find_section(const struct ini *ini, const char *section);

/** A section's entries, in the file's order; NULL past the last */
const struct ini_entry *ini_first_entry(const struct ini *ini, const char *section);
const struct ini_entry *ini_next_entry(const struct ini *ini,
		const struct ini_entry *entry);

void ini_free(struct ini *ini);

#endif
