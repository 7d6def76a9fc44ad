/**
 * \file    config/parameter.h
 * \brief   Reads a single parameter
 */
#ifndef CONFIG_PARAMETER_H
#define CONFIG_PARAMETER_H

#include "base/text.h"
#include "config/value.h"

/** How values are read: the base of paths, and the resolver of names */
struct parameter_reading {
	const char *folder; /* base of relative paths; NULL: current folder */
	const struct value_resolver *resolver;
	bool check_only; /* check a table's default: do not look up files or names */
};

/**
 * \brief   Read a parameter's text
 *
 * \param   value   Must be zero; free it with values_free(). Zero again on failure.
 * \param   error   One clause without file, section and key
 */
cnnviz_status parameter_read(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error);

/** Words joined by ", "; malloc'ed */
char *words_join(text_candidate candidate, const void *context);

#endif
