/**
 * \file    graph/settings.h
 * \brief   Settings of operations as texts
 */
#ifndef GRAPH_SETTINGS_H
#define GRAPH_SETTINGS_H

#include "graph/operation.h"

/** What a node has when a description tells its operation nothing */
struct graph_settings settings_default(const struct operation *operation);

/**
 * \brief   Read a setting's text
 *
 * \param   setting     Other than a LAYER
 * \param   error       One clause without the setting's name
 */
cnnviz_status settings_read(const struct operation_setting *setting, const char *text,
		struct graph_settings *settings, struct error *error);

/** Give a setting the value of the one that it is like. */
void settings_copy(const struct operation *operation,
		const struct operation_setting *setting, struct graph_settings *settings);

#endif
