/**
 * \file    graph/import_options.h
 * \brief   What the user says about a network file
 */
#ifndef GRAPH_IMPORT_OPTIONS_H
#define GRAPH_IMPORT_OPTIONS_H

#include <stdint.h>

/** Keys of [model]; NULL and 0: the file decides */
struct import_options {
	int64_t input_size[2]; /* height, width */
	const char *output;    /* which of the file's outputs, or what within to end at */
	const char *logits;    /* a layer, or an array of the file */
};

#endif
