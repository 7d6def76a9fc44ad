/**
 * \file    config/parameter.h
 * \brief   Reading one parameter by itself
 */
#ifndef CONFIG_PARAMETER_H
#define CONFIG_PARAMETER_H

#include "base/text.h"
#include "config/value.h"

/** How values are made: what they are relative to and who knows names */
struct parameter_reading {
	const char *folder; /* of relative paths; NULL: the current one */
	const struct value_resolver *resolver;
	bool check_only; /* of a table by itself: no files, no names */
};

/**
 * \brief   Read a parameter's text
 *
 * \param   value   Zero before; free with values_free(). Zero again on failure.
 * \param   error   One clause without file, section and key
 */
cnnviz_status parameter_read(const cnnviz_parameter *parameter,
		const struct parameter_reading *reading, const char *text,
		struct value *value, struct error *error);

/** Words joined by ", "; malloc'ed */
char *words_join(text_candidate candidate, const void *context);

#endif
