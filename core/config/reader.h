/**
 * \file    config/reader.h
 * \brief   Shared by the parts of the INI reader; private to core/config
 *
 * ini_read() maps a file; scan_file() finds its sections, keys and values as written;
 * parse_values() lets iniparser parse the values.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "base/file.h"
#include "config/ini.h"

/** A name in lower case; malloc'ed */
char *name_lower(const char *name);

/**
 * NULL, or what is wrong with the name of a section or key, as a clause after "the
 * name"
 */
const char *name_error(const char *name);

/** Like ini_find(), for changing the entry */
struct ini_entry *ini_find_mutable(const struct ini *ini, const char *section,
		const char *key);

/**
 * \brief   Add a new entry
 *
 * \param   section     In lower case; it has been added
 * \param   spelling    The key as written
 *
 * \return  Valid until the next one is added
 */
struct ini_entry *ini_add_entry(struct ini *ini, const char *section,
		const char *spelling, int line);

/** Add a new section. */
void ini_add_section(struct ini *ini, const char *spelling, int line);

/**
 * \brief   Fill an ini from a file's text
 *
 * Values are stored as written, with their quotes and comments.
 *
 * \param   problems    Gets the problems listed at ini_read()
 *
 * \return  Whether there is anything to parse
 */
bool scan_file(struct ini *ini, const struct mapping *file, struct problems *problems);

/** Parse the values as written; false when iniparser cannot. */
bool parse_values(struct ini *ini, struct problems *problems);

#endif
