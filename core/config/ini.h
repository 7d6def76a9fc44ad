/**
 * \file    config/ini.h
 * \brief   INI files: a scan (line numbers, duplicates, stray text) and iniparser
 *
 * Sections and keys compare in lower case, as iniparser keeps them, and keys in American
 * spelling (colour is color); how they are written is kept beside. Order is the file's.
 */
#ifndef CONFIG_INI_H
#define CONFIG_INI_H

#include "base/error.h"

struct ini_entry {
	char *section;  /* lower case */
	char *key;      /* lower case, American */
	char *spelling; /* key as written */
	char *value;    /* as iniparser reads it: trimmed, quotes removed, lines joined */
	int line;       /* 0 for one that was set with -s */
	bool faulty;    /* a problem was reported: do not trust the value */
};

struct ini_section {
	char *name; /* lower case */
	char *spelling;
	int line; /* 0 for one that only -s created */
};

struct ini {
	char *path;
	char *folder; /* what relative paths in the file are relative to */
	struct ini_entry *entries;
	size_t entry_count;
	struct ini_section *sections;
	size_t section_count;
	size_t *index; /* hash table: position in entries plus 1, 0 free */
	size_t index_size;
};

/**
 * \brief   Read an INI file
 *
 * Everything wrong with its form is added to problems, with line numbers:
 * cannot be read, is a folder, is no text, byte-order mark, over-long name, key
 * before the first section, repeated section or key, no '=', ':' in a name,
 * unterminated quote, text after a closing quote, backslash-quote, an unquoted #
 * or ; right after '=' or within a word (the value would be cut there), text
 * after ']', a comment or a file that ends in a line continuation.
 *
 * \return  NULL when there were problems that leave nothing to work on;
 *          otherwise faults of single values are marked in their entries.
 */
struct ini *ini_read(const char *path, struct problems *problems);

/**
 * \brief   Apply one `-s section.key=value`
 *
 * Replaces or adds an entry with line 0. Section names with dots are understood
 * when the file has such a section; otherwise the first dot ends the section. A
 * value within one pair of quotes loses them, as in the file.
 */
cnnviz_status ini_override(struct ini *ini, const char *assignment, struct error *error);

/** Entry, or NULL. The section in lower case. */
const struct ini_entry *ini_find(const struct ini *ini, const char *section,
		const char *key);
const struct ini_section *ini_find_section(const struct ini *ini, const char *section);

void ini_free(struct ini *ini);

#endif
