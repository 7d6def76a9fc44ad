/**
 * \file    plugin/library.h
 * \brief   A plugin's file and the techniques that it provides
 */
#ifndef PLUGIN_LIBRARY_H
#define PLUGIN_LIBRARY_H

#include "plugin/registry.h"

/** An opened file: its module, and a plugin for each technique */
struct library {
	struct module *module;
	struct plugin *plugins;
	size_t count;
};

/**
 * \brief   Open a file and read all its descriptors
 *
 * \param   library     Receives them; empty on failure
 * \param   error       A sentence that names the file: it is refused as a whole
 */
cnnviz_status library_open(const char *path, struct library *library,
		struct error *error);

/** Free what a plugin owns. */
void plugin_clear(struct plugin *plugin);

#endif
