/**
 * \file    graph/importers.h
 * \brief   Networks of any kind of file: those of network_files.h, and descriptions
 */
#ifndef GRAPH_IMPORTERS_H
#define GRAPH_IMPORTERS_H

#include "graph/network_files.h"

/** The row of a kind of files; without an import for descriptions; NULL past the last one */
const struct network_file *importer_at(size_t index);

/** Whether a text is the name of a network file, by its extension */
bool importer_is_file_name(const char *name);

/** Whether a file is a description, by its content */
bool importer_is_description(const char *path);

/**
 * \brief   Read the network of a file of any kind
 *
 * The kind is detected from the first bytes, or else from the name.
 *
 * \param   options What the user says about it, or NULL
 * \param   weights Those that the file has itself, or NULL where it has none; NULL: they
 *                  are not needed
 *
 * \return  NULL when there were problems.
 */
struct graph *graph_import(const char *path, const struct import_options *options,
		struct weights **weights, struct problems *problems);

/** Add the problem that a file or folder is no network: what it is, and the way out */
void graph_refuse(const char *path, struct problems *problems);

#endif
