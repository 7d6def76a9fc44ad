/**
 * \file    graph/import_ini.h
 * \brief   Imports network descriptions from INI files
 */
#ifndef GRAPH_IMPORT_INI_H
#define GRAPH_IMPORT_INI_H

#include <stddef.h>

#include "graph/graph.h"

/** Whether a file may be a description: a text without control characters */
bool import_ini_probe(const unsigned char *head, size_t size);

/**
 * \brief   Import a network description from an INI file
 *
 * [network] name        of the architecture (default: the file's name without ".ini")
 * input_size  H W, or one number for both; the default channels    RGB (default), BGR
 * or gray scale       value of a white pixel (default 1), the unit of mean and std
 * mean, std   one number, or one for each channel (default 0 and 1) labels      file of
 * class names, relative to this one: one name a line, in the order of the classes,
 * after comment lines that begin with '#' weights     names of published weights files,
 * the best one first: what is taken when the user names none, and what `embedded` looks
 * for ignore      prefixes of tensors in weights files that are no part of the network
 * rename      OLD -> NEW, ...: texts to replace in names of tensors, once each; ^OLD
 * only where a name begins with it [layers] NAME = OPERATION [setting=value]...
 * [from=NAME[,NAME]...]
 *
 * Each layer follows the one on the line before unless `from` says otherwise; `input`
 * is the network's input, and a block's name stands for its last layer so far. Names
 * keep their capitals. Operations and their settings are those of graph/operations; a
 * setting of several numbers takes one for all of them, or as many as there are.
 * cnnviz-network(5) has the language at length.
 *
 * Every fault is added to problems with file, line and layer.
 *
 * \return  NULL when there were problems.
 */
struct graph *graph_import_ini(const char *path, struct problems *problems);

#endif
