/**
 * \file    weights/stranger.h
 * \brief   Names files that are often given for weights or networks and are neither
 */
#ifndef WEIGHTS_STRANGER_H
#define WEIGHTS_STRANGER_H

#include <stddef.h>

#include "weights/zip.h"

/** A kind of file, and the ways out for who has one. Texts are clauses. */
struct stranger {
	const char *kind;    /* "a TorchScript archive, which holds a program" */
	const char *weights; /* how to get weights that can be read; NULL: no way */
	const char *network; /* likewise a network; NULL: no way */
};

/** What some bytes at the start of a file, or all of it, are; NULL: unknown */
const struct stranger *stranger_in_data(const unsigned char *data, size_t size);

/** Set an error that says what weights are given as: a stranger, or NULL and a text */
cnnviz_status stranger_refuse(const struct stranger *stranger, const char *otherwise,
		struct error *error);

/** What a zip archive is, by its records; NULL: unknown */
const struct stranger *stranger_in_zip(const struct zip *zip);

/** What a file or folder is, by what is in it; NULL: unknown */
const struct stranger *stranger_at(const char *path);

#endif
