/**
 * \file    plan/paths.h
 * \brief   Where plugins, engines, models and the gallery's parts are
 *
 * In a build tree these are in the file build-tree.ini beside the executable or
 * the library; installed ones use the folders given to configure.
 */
#ifndef PLAN_PATHS_H
#define PLAN_PATHS_H

#include "base/error.h"

struct paths {
	char **plugin_folders; /* NULL-terminated: $CNNVIZ_PLUGIN_PATH (colons), then build-tree or installed */
	char **model_folders; /* NULL-terminated: $CNNVIZ_MODEL_PATH (colons), then build-tree or installed */
	char *engine_folder;
};

struct paths *paths_find(void);
/** Prepend folders, separated by colons and relative to base. */
void paths_prepend_plugins(struct paths *paths, const char *base, const char *folders);
void paths_prepend_models(struct paths *paths, const char *base, const char *folders);
void paths_free(struct paths *paths);

#endif
