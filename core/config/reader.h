/**
 * \file    config/reader.h
 * \brief   What the parts of the INI reader share; for core/config alone
 *
 * ini_read() maps a file; scan_file() finds its sections, keys and values as written;
 * parse_values() has iniparser say what the values are.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "base/file.h"
#include "config/ini.h"

/** A name in lower case; malloc'ed */
char *name_lower(const char *name);

/** NULL or what is wrong with a section's or key's name, after "the name" */
const char *name_fault(const char *name);

/** ini_find(), to change the entry */
struct ini_entry *ini_find_mutable(const struct ini *ini, const char *section,
		const char *key);

/**
 * \brief   Add an entry that is not there yet
 *
 * \param   section     In lower case
 * \param   spelling    The key as written
 *
 * \return  Valid until the next one is added
 */
struct ini_entry *ini_add_entry(struct ini *ini, const char *section,
		const char *spelling, int line);

/** Add a section that is not there yet. */
void ini_add_section(struct ini *ini, const char *spelling, int line);

/**
 * \brief   Fill an ini from a file's text
 *
 * Values are as written, with their quotes and comments.
 *
 * \param   problems    Gets all that ini_read() tells of
 *
 * \return  Whether there is something to work on.
 */
bool scan_file(struct ini *ini, const struct mapping *file, struct problems *problems);

/** Turn values as written into what they say; false when iniparser cannot do it. */
bool parse_values(struct ini *ini, struct problems *problems);

#endif
