/**
 * \file    graph/settings.h
 * \brief   Reads settings of operations
 */
#ifndef GRAPH_SETTINGS_H
#define GRAPH_SETTINGS_H

#include "graph/operation.h"

/** Default settings of a node */
struct graph_settings settings_default(const struct operation *operation);

/**
 * \brief   Read a setting's text
 *
 * \param   setting     Other than a LAYER
 * \param   error       One clause without the setting's name
 */
cnnviz_status settings_read(const struct operation_setting *setting, const char *text,
		struct graph_settings *settings, struct error *error);

/**
 * \brief   Check integers that come from elsewhere than a text
 *
 * Errors, as clauses: a number outside the setting's range, with the setting's name.
 */
cnnviz_status settings_check(const struct operation *operation,
		const struct graph_settings *settings, struct error *error);

/** A setting's value as settings_read() takes it, in few numbers; malloc'ed */
char *settings_text(const struct operation_setting *setting,
		const struct graph_settings *settings);

/** Whether a setting has the value that it has where it is not given */
bool settings_is_default(const struct operation *operation,
		const struct operation_setting *setting,
		const struct graph_settings *settings);

/** Copy the value of the setting whose default it has. */
void settings_copy(const struct operation *operation,
		const struct operation_setting *setting, struct graph_settings *settings);

#endif
