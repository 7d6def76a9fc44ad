/**
 * \file    graph/label_file.h
 * \brief   Reads files of class names
 */
#ifndef GRAPH_LABEL_FILE_H
#define GRAPH_LABEL_FILE_H

#include "base/error.h"
#include "base/file.h"

/**
 * \brief   Read the names of classes
 *
 * One name per line, in the order of the classes, after comment lines that start with
 * '#'; WordNet's numbers before the names (n01440764) are removed. Or a dict or list in
 * the syntax of Python or JSON: {0: 'tench'}, {"0": "tench"}, {"0": ["n01440764",
 * "tench"]}, {"tench": 0}, ["tench"]. A byte-order mark is ignored.
 *
 * \param   labels  NULL-terminated, malloc'ed, as each name is; "" where a class has none
 *
 * Errors, with which nothing is given, do not name the file: a dict or list that ends early or holds something else.
 */
cnnviz_status label_file_read(const struct mapping *mapping, char ***labels,
		size_t *count, struct error *error);

/** Like label_file_read(), of a text of size bytes */
cnnviz_status label_text_read(const char *at, size_t size, char ***labels, size_t *count,
		struct error *error);

#endif
