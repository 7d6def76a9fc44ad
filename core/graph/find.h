/**
 * \file    graph/find.h
 * \brief   Finds networks by name in the model path
 */
#ifndef GRAPH_FIND_H
#define GRAPH_FIND_H

#include <stddef.h>

/** The folders of networks; NULL-terminated, or NULL */
struct model_paths {
	char **folders; /* [run] model_path, $CNNVIZ_MODEL_PATH, installed or source models/ */
};

/** A network by name; the first folder that has it is used */
struct model_entry {
	char *name;
	char *path;
};

/**
 * \brief   Path of a network's file; malloc'ed or NULL
 *
 * \param   folder  Base of a relative path
 * \param   name    NAME of a file NAME.ini in one of the folders (or of any other kind
 *                  that importers.h has), a file's name, or a path; a name that none of the
 *                  folders knows may be that of a file with any ending
 */
char *model_find(const struct model_paths *paths, const char *folder, const char *name);

/** All networks, sorted by name; free with model_list_free() */
struct model_entry *model_list(const struct model_paths *paths, size_t *count);
void model_list_free(struct model_entry *entries, size_t count);

#endif
