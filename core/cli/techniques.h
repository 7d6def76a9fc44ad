/**
 * \file    cli/techniques.h
 * \brief   The command techniques: what plugins there are
 */
#ifndef CLI_TECHNIQUES_H
#define CLI_TECHNIQUES_H

#include <jansson.h>

#include "plugin/registry.h"

/** A plugin as `techniques` and `describe` list it; new */
json_t *technique_json(const struct plugin *plugin);

#endif
