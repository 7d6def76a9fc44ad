/**
 * \file    graph/onnx/tally.h
 * \brief   What a file needs that cnnviz does not have, all at once
 */
#ifndef ONNX_TALLY_H
#define ONNX_TALLY_H

#include <stddef.h>

struct tally_item {
	char *what;  /* "Clip to other bounds than 0 and 6" */
	char *first; /* the first node */
	size_t count;
};

/** Zero-initialize */
struct tally {
	struct tally_item *items;
	size_t count;
};

/** Count an operator, with a clause about it, or "". */
void tally_add(struct tally *tally, const char *operator, const char * clause,
		const char *node);

/** "12 Erf (the first at /blocks.0/act/Erf), 3 Einsum (...)"; malloc'ed */
char *tally_text(const struct tally *tally);

void tally_free(struct tally *tally);

#endif
