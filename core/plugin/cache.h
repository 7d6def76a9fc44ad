/**
 * \file    plugin/cache.h
 * \brief   Remembers what plugin files provide, in $XDG_CACHE_HOME/cnnviz/plugins.json
 *
 * Without $XDG_CACHE_HOME, the folder is ~/.cache. The file saves time and is never needed:
 * one that is missing, damaged or of another version is written anew, and where it cannot
 * be written, nothing is remembered.
 */
#ifndef PLUGIN_CACHE_H
#define PLUGIN_CACHE_H

#include "plugin/files.h"

/** Take the answers of files that have not changed since they were remembered. */
void cache_recall(struct plugin_files *files);

/** Remember what files provide, beside what is remembered of others that are still there. */
void cache_store(const struct plugin_files *files);

#endif
