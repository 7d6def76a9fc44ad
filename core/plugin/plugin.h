/**
 * \file    plugin/plugin.h
 * \brief   A technique that a file provides
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <cnnviz/plugin.h>

struct card;
struct module;

/** A plugin that passed every check. */
struct plugin {
	char *path;
	char *shadowed;    /* file of the last folder that provides the same, or NULL */
	struct card *card; /* what is known without its code */
	struct module *module; /* its code; NULL until registry_use() */
	/* The descriptor in the host's layout: members that an older plugin lacks are
	 * zero, and tables are copied with the plugin's strides. Valid as long as the
	 * registry. */
	cnnviz_technique technique;
	cnnviz_parameter *parameters;
	cnnviz_artifact *artifacts;
};

#endif
