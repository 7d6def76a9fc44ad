/**
 * \file    plugin/registry.h
 * \brief   Finds, checks and keeps plugins
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include "base/error.h"
#include "plugin/attribution.h"
#include "plugin/plugin.h"

/** A file that was found and refused. */
struct refused_plugin {
	char *path;
	char *name;   /* assumed to be the file's stem */
	char *reason; /* one sentence */
};

struct registry {
	struct plugin *plugins; /* sorted by name */
	size_t count;
	struct refused_plugin *refused;
	size_t refused_count;
};

/**
 * \brief   Find out which plugins there are in some folders, without loading their code
 *
 * What a file provides is known from an earlier time (`plugin/cache.h`), or is found out in
 * a child process, so that no file can do harm: one that crashes, exits or hangs is
 * refused like the others that are of no use. Call it before the program has started
 * threads.
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

/**
 * \brief   Load the code of a plugin, which is to be called
 *
 * \param   plugin  One of the registry's; its tables may be others afterwards
 * \param   error   A sentence that names the file
 */
cnnviz_status registry_use(struct registry *registry, const struct plugin *plugin,
		struct error *error);

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

#endif
