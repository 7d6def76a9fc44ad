/**
 * \file    cli/techniques.h
 * \brief   The command techniques: what plugins there are
 */
#ifndef CLI_TECHNIQUES_H
#define CLI_TECHNIQUES_H

#include <jansson.h>

#include "plugin/registry.h"

/**
 * \brief   Warn about plugins that were refused
 *
 * \param   but     Of this one, something else is said; or NULL
 */
void techniques_warn_refused(const struct registry *registry,
		const struct refused_plugin *but);

/** A plugin as `techniques` and `describe` list it; new */
json_t *technique_json(const struct plugin *plugin);

#endif
