/**
 * \file    graph/import_ini.h
 * \brief   Imports network descriptions from INI files
 */
#ifndef GRAPH_IMPORT_INI_H
#define GRAPH_IMPORT_INI_H

#include <stddef.h>

#include "graph/graph.h"
#include "graph/import_options.h"
#include "weights/weights.h"

/** Whether a file may be a description: a text without control characters */
bool import_ini_probe(const unsigned char *head, size_t size);

/**
 * \brief   Import a network description from an INI file
 *
 * The section [network] says what goes with the network: its name, the size and the
 * normalization of its input, its classes' names, its published weights and where they
 * are found, and how names of tensors differ. Each line of [layers] is a layer:
 * NAME = OPERATION [setting=value]... [from=NAME[,NAME]...]
 *
 * Each layer follows the one on the line before unless `from` says otherwise; `input`
 * is the network's input, and a block's name stands for its last layer so far. Names
 * keep their capitals. Operations and their settings are those of graph/operations; a
 * setting of several numbers takes one for all of them, or as many as there are.
 * cnnviz-network(5) has the language at length.
 *
 * Instead of layers, `graph` in [network] may name an ONNX or .pt2 file: the other keys then come
 * before what that file says.
 *
 * Every fault is added to problems with file, line and layer.
 *
 * \param   options What the user says about such a file, or NULL; all else is the
 *                  caller's to apply
 * \param   weights Those of such a file, as for graph_import(), or NULL
 *
 * \return  NULL when there were problems; its source is the path, or that file.
 */
struct graph *graph_import_ini(const char *path, const struct import_options *options,
		struct weights **weights, struct problems *problems);

#endif
