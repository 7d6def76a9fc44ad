/**
 * \file    config/value.h
 * \brief   Reads values strictly and independent of the locale; tables of parameters
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <cnnviz/plugin.h>

#include "base/error.h"
#include "config/ini.h"

/* Each returns false if the text as a whole is not a value of the type. */
bool value_bool(const char *text, bool *value);
bool value_int(const char *text, int64_t *value);
bool value_float(const char *text, double *value);
bool value_color(const char *text, uint32_t *rgb);

/** Format a number with 15 digits, as value_float() reads it */
void value_format(char *text, size_t size, double value);

/** Format a number with as many digits as value_float() needs to read the same one, 15 or 17 */
void value_format_exactly(char *text, size_t size, double value);

/** Words separated by commas or white space: a NULL-terminated array in one block */
char **value_words(const char *text, size_t *count);

/**
 * \brief   Items separated by commas, trimmed; an item may be in "double quotes"
 *
 * For lists whose items may hold spaces. One block like value_words().
 */
char **value_list(const char *text, size_t *count);

/** Largest number of values in a range such as 8-15, and in a list */
#define VALUE_RANGE_MAX 4096
#define VALUE_LIST_MAX 65536
/** Largest number of characters in a value that is not a list, or in an item of a list */
#define VALUE_LENGTH_MAX 1024

/** Value of one parameter; its type determines which members are used. */
struct value {
	bool set;
	bool is_default; /* the parameter's own, not given in the file or with -s */
	int line;        /* line in the file; 0 for defaults and -s */
	char *text;      /* as given; PATH: resolved; NULL when unset */
	int64_t integer; /* BOOL, INT, ENUM index, LAYER, CLASS, JOB index, COLOR */
	double real;     /* INT, FLOAT */
	/* With CNNVIZ_PARAMETER_LIST: text is the whole list, integer and real are of
	 * the first item, and `all` is a list without items. PICTURES: an item for each
	 * picture that the plan has found. */
	struct value *items;
	size_t item_count;
};

/**
 * \brief   Resolves names that only the plan knows: layers, classes and jobs
 *
 * layer(), class_index() and job() set *value, leave it where no names are known, or
 * return an error of one clause ("there is no layer \"feature.29\" in vgg16; did you mean
 * \"features.29\"?").
 */
struct value_resolver {
	void *context;
	cnnviz_status (*layer)(void *context, const char *text, int64_t *value,
			struct error *error);
	cnnviz_status (*class_index)(void *context, const char *text, int64_t *value,
			struct error *error);
	cnnviz_status (*job)(void *context, const char *text, int64_t *value,
			struct error *error);

	/**
	 * Number of channels of a layer that layer() found, and its name; 0 if unknown
	 */
	int64_t (*channels)(void *context, int64_t layer, const char **name);
};

/**
 * \brief   Read one section by a table of parameters
 *
 * Adds a problem for every unknown key (with the nearest known), wrong type, value out
 * of range, repeated value in a list of unique ones, channel that its layer does not
 * have, missing required parameter, and file that does not exist. Relative paths are
 * relative to ini->folder; those set with -s (line 0) to the current folder.
 *
 * \param   parameters  count entries
 * \param   ignore      NULL-terminated array of keys that the caller reads itself (such
 *                      as "technique"), or NULL
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
 * \brief   Check a plugin's table of parameters
 *
 * Names well formed and unique, known type, summary present, default valid for its type
 * and range, minimum <= maximum, choices for ENUM only, a layer for CHANNEL only, flags
 * that exist and suit the type.
 */
cnnviz_status parameters_check(const cnnviz_parameter *parameters, size_t count,
		struct error *error);

#endif
