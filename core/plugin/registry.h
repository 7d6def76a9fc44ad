/**
 * \file    plugin/registry.h
 * \brief   Finds, checks and keeps plugins
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include <cnnviz/plugin.h>

#include "base/error.h"

/** A plugin that passed every check. */
struct plugin {
	char *path;
	char *shadowed; /* file of the last folder that provides the same, or NULL */
	/* The descriptor in the host's layout: members that an older plugin lacks are
	 * zero, and tables are copied with the plugin's strides. Valid as long as the
	 * registry. */
	cnnviz_technique technique;
	cnnviz_parameter *parameters;
	cnnviz_artifact *artifacts;
};

/** A file that was found and refused. */
struct refused_plugin {
	char *path;
	char *name;   /* assumed to be the file's stem */
	char *reason; /* one sentence */
};

struct registry {
	struct plugin *plugins; /* sorted by name */
	size_t count;
	struct module **modules; /* that the plugins' code is in */
	size_t module_count;
	struct refused_plugin *refused;
	size_t refused_count;
};

/**
 * \brief   Load every plugin in some folders
 *
 * \param   folders     NULL-terminated; earlier ones win over later ones. A folder that
 *                     does not exist is skipped.
 *
 * Takes NAME.so and NAME.la (of both, the former). Checks, in this order and each
 * with a message of its own that names the file: a shared object at all; unresolved
 * symbol (named); entry symbol; list not empty; each descriptor not NULL; major equal; struct_size at
 * least that of minor 0; minor not newer (both versions and the rule in the text);
 * name well formed; kind known, its function present, map style and run mode
 * suitable; parameter table valid and without the host's own names; artifact table
 * valid; name not taken by another plugin of the same folder (the same name in an
 * earlier folder wins with a detail log line: that is an override, not an error).
 *
 * Prints nothing about refused plugins: whether they matter, the caller knows.
 */
struct registry *registry_load(char *const *folders);

/** Plugin by its technique's name, in British or American spelling, or NULL */
const struct plugin *registry_find(const struct registry *registry, const char *name);

/** The refused plugin whose file stem is the name, or NULL */
const struct refused_plugin *registry_find_refused(const struct registry *registry,
		const char *name);

/**
 * \brief   Why this build does not have a technique that ships with cnnviz
 *
 * \return  A sentence, or NULL for any other name.
 */
const char *registry_missing_reason(const char *name);

/** Nearest technique name, or NULL; borrowed */
const char *registry_nearest(const struct registry *registry, const char *name);

void registry_free(struct registry *registry);

/** Values of the parameter `at`: whose size and shape drawings have */
enum attribution_place { ATTRIBUTION_AT_INPUT, ATTRIBUTION_AT_PICTURE };

/** Parameters of every attribution job in addition to its own: target, colormap, ... */
extern const cnnviz_parameter attribution_parameters[];
extern const size_t attribution_parameter_count;

#endif
