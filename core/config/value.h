/**
 * \file    config/value.h
 * \brief   Strict, locale-independent readers of values, and parameter schemas
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <cnnviz/plugin.h>

#include "base/error.h"
#include "config/ini.h"

/* Each returns false when the whole text is not such a value. */
bool value_bool(const char *text, bool *value);
bool value_int(const char *text, int64_t *value);
bool value_float(const char *text, double *value);
bool value_color(const char *text, uint32_t *rgb);

/** A number as value_float() reads it, to 15 digits */
void value_format(char *text, size_t size, double value);

/** Words separated by commas or white space: a NULL-terminated array in one block */
char **value_words(const char *text, size_t *count);

/**
 * \brief   Items separated by commas, trimmed; an item may be in "double quotes"
 *
 * For lists whose items may hold spaces. One block like value_words().
 */
char **value_list(const char *text, size_t *count);

/** Most values that a range such as 8-15 may stand for, and that a list may have */
#define VALUE_RANGE_MAX 4096
#define VALUE_LIST_MAX 65536
/** Most characters that a value which is no list, or one of a list, may have */
#define VALUE_LENGTH_MAX 1024

/** Value of one parameter; which members count depends on its type. */
struct value {
	bool set;
	int line;        /* where it was given; 0 for defaults and -s */
	char *text;      /* as given; PATH: resolved; NULL when unset */
	int64_t integer; /* BOOL, INT, ENUM index, LAYER, CLASS, JOB index, COLOR */
	double real;     /* INT, FLOAT */
	/* With CNNVIZ_PARAMETER_LIST: text is the whole list, integer and real are of
	 * the first item, and `all` is a list without items. */
	struct value *items;
	size_t item_count;
};

/**
 * \brief   What only the plan knows: layers, classes and jobs by name
 *
 * layer(), class_index() and job() fill value->integer or say why not, in one clause
 * ("there is no layer \"feature.29\" in vgg16; did you mean \"features.29\"?").
 */
struct value_resolver {
	void *context;
	cnnviz_status (*layer)(void *context, const char *text, int64_t *value,
			struct error *error);
	cnnviz_status (*class_index)(void *context, const char *text, int64_t *value,
			struct error *error);
	cnnviz_status (*job)(void *context, const char *text, int64_t *value,
			struct error *error);

	/** How many channels a layer that layer() found has, and its own name; 0: nobody
	 * knows */
	int64_t (*channels)(void *context, int64_t layer, const char **name);
};

/**
 * \brief   Read one section against a table of parameters
 *
 * Adds a problem for every unknown key (with the nearest known), wrong type,
 * value out of range, value that stands twice where each may stand once, channel that
 * its layer does not have, missing required parameter, and file that does not exist.
 * Relative paths are relative to ini->folder; those set with -s (line 0) to the
 * current folder.
 *
 * \param   parameters  count entries
 * \param   ignore      NULL-terminated array of keys that somebody else reads
 *                      (such as "technique"), or NULL
 * \param   resolver    May be NULL when no parameter needs it
 * \param   values      count places, in the table's order; free with values_free()
 *
 * \return  Whether the section is without problems.
 */
bool values_read(const struct ini *ini, const char *section,
		const cnnviz_parameter *parameters, size_t count,
		const char *const *ignore, const struct value_resolver *resolver,
		struct value *values, struct problems *problems);

void values_free(struct value *values, size_t count);

/** Index of a parameter by name, or count */
size_t parameter_find(const cnnviz_parameter *parameters, size_t count, const char *name);

/** "int", "float", "enum", ... */
const char *parameter_type_name(uint32_t type);

/**
 * \brief   Check a plugin's table itself
 *
 * Names well formed and unique, known type, summary present, default valid for
 * its type and range, minimum <= maximum, choices where and only where ENUM, a layer
 * where and only where CHANNEL, flags that exist and suit the type.
 */
cnnviz_status parameters_check(const cnnviz_parameter *parameters, size_t count,
		struct error *error);

#endif
