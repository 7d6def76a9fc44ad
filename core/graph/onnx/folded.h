/**
 * \file    graph/onnx/folded.h
 * \brief   New constants, and how two broadcast
 */
#ifndef ONNX_FOLDED_H
#define ONNX_FOLDED_H

#include "graph/onnx/conversion.h"

/** A constant that is being computed */
struct folded {
	struct constant constant;
	int64_t count;
	int64_t *integers; /* or NULL */
	double *reals;     /* or NULL */
};

/** A new constant of zeros; errors as arena_integers() */
cnnviz_status folded_make(struct conversion *conversion, bool integer, uint32_t rank,
		const int64_t *extent, struct folded *folded, struct error *error);

/**
 * \brief   Likewise, of as many elements as another constant has
 *
 * So numbers that lie in the file may be computed with, however many they are.
 */
cnnviz_status folded_make_like(struct conversion *conversion, bool integer,
		const struct constant *like, uint32_t rank, const int64_t *extent,
		struct folded *folded, struct error *error);

/** A constant times a number, which is the constant itself where that is 1 */
cnnviz_status folded_scale(struct conversion *conversion, const struct constant *constant,
		double factor, struct constant *scaled, struct error *error);

/** Copy an element of any type. */
void folded_copy(struct folded *folded, int64_t to, const struct constant *constant,
		int64_t from);

/** A number repeated to the extents of another constant; errors as arena_reals() */
cnnviz_status folded_number(struct conversion *conversion, double number,
		const struct constant *shape, struct constant *result,
		struct error *error);

/** Extents that two constants broadcast to; errors: they do not fit */
cnnviz_status folded_extents(const struct constant *a, const struct constant *b,
		uint32_t *rank, int64_t extent[CNNVIZ_MAX_RANK], struct error *error);

/** A constant repeated along axes of 1 and new axes in front; copies nothing */
struct constant folded_expand(const struct constant *constant, uint32_t rank,
		const int64_t *extent);

/** A position from 0 to extent, which may have been counted from the end */
int64_t fold_bound(int64_t position, int64_t extent);

#endif
