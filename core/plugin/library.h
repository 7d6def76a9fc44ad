/**
 * \file    plugin/library.h
 * \brief   A plugin's file and the techniques that it provides
 */
#ifndef PLUGIN_LIBRARY_H
#define PLUGIN_LIBRARY_H

#include "base/error.h"
#include "plugin/plugin.h"

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

/** Close a file; its plugins are gone. */
void library_close(struct library *library);

/**
 * \brief   Load the code of a plugin of which only the card is known
 *
 * What it prints on standard output goes to standard error, and what it changes of the
 * process is put back, with a warning.
 *
 * \param   plugin  Gets module and descriptor; unchanged on failure
 * \param   error   A sentence that names the file
 */
cnnviz_status plugin_load(struct plugin *plugin, struct error *error);

/** Free what a plugin owns. */
void plugin_clear(struct plugin *plugin);

#endif
