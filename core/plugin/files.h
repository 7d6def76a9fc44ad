/**
 * \file    plugin/files.h
 * \brief   The plugin files in some folders, and what is known of each
 */
#ifndef PLUGIN_FILES_H
#define PLUGIN_FILES_H

#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "plugin/plugin.h"

/** A file that may be a plugin */
struct plugin_file {
	char *path;
	size_t folder; /* number of the folder that it was found in */

	/* Whether it has changed is told by the file that it stands for. */
	char *object; /* without links and libtool files; NULL: there is none */
	int64_t size;
	int64_t modified, changed; /* nanoseconds */

	json_t *answer; /* see plugin/card.h; NULL: not known yet */
	struct plugin *plugins;
	size_t count;
	char *refused; /* why it has no plugins */
};

struct plugin_files {
	struct plugin_file *items;
	size_t count;
};

/**
 * \brief   List NAME.so and NAME.la (of both, the former) in some folders, sorted in each
 *
 * \param   folders     As for registry_load()
 */
struct plugin_files plugin_files_list(char *const *folders);

/**
 * \brief   Take the answer to what a file provides
 *
 * \param   answer  A reference that is given away
 * \param   error   Why it is none: then the file stays as it was
 */
cnnviz_status plugin_file_take(struct plugin_file *file, json_t *answer,
		struct error *error);

void plugin_files_free(struct plugin_files *files);

#endif
