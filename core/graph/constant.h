/**
 * \file    graph/constant.h
 * \brief   Arrays that an importer finds in a file or computes of such
 *
 * A constant is a view of bytes that lie elsewhere: in a mapped file, or in an arena. So
 * transposing one copies nothing.
 */
#ifndef GRAPH_CONSTANT_H
#define GRAPH_CONSTANT_H

#include "weights/entry.h"

struct constant {
	enum weights_dtype dtype;
	uint32_t rank; /* 0 for a single number */
	int64_t extent[CNNVIZ_MAX_RANK];
	int64_t stride[CNNVIZ_MAX_RANK]; /* in elements */
	const unsigned char *data;       /* of the first element */
	/* The file that the bytes lie in, borrowed; NULL for an arena's memory */
	struct mapping *mapping;
};

/** Memory of computed constants, freed as a whole; zero-initialize */
struct arena {
	void **blocks;
	size_t count;
	size_t bytes;     /* in all blocks */
	size_t allowance; /* bytes beyond ARENA_MAX_BYTES */
};

/** Most elements of a computed constant, so that a few bytes cannot ask for terabytes */
#define CONSTANT_MAX_COUNT (INT64_C(1) << 20)

/** Most bytes of all computed constants of a file, without its arena's allowance */
#define ARENA_MAX_BYTES ((size_t)64 << 20)

/** An array of elements of eight bytes to be made */
struct arena_request {
	bool integers; /* in place of doubles */
	uint32_t rank;
	const int64_t *extent;
	int64_t most; /* elements that are allowed, if more than CONSTANT_MAX_COUNT */
};

/** Number of elements; extents have been checked with constant_set_shape() */
int64_t constant_count(const struct constant *constant);

/** Whether its elements are integers or bools */
bool constant_is_integer(const struct constant *constant);

/**
 * \brief   Set shape and strides of a contiguous array
 *
 * Errors, as clauses: more than 8 dimensions, a negative extent, more than 2^40 elements.
 */
cnnviz_status constant_set_shape(struct constant *constant, uint32_t rank,
		const int64_t *extent, struct error *error);

/** Whether the elements lie in row-major order without gaps */
bool constant_is_contiguous(const struct constant *constant);

/** Whether elements stand in several places */
bool constant_is_repeated(const struct constant *constant);

/** An element in row-major order; of a float, its whole part */
int64_t constant_integer(const struct constant *constant, int64_t index);
double constant_real(const struct constant *constant, int64_t index);

/**
 * \brief   A new array of 64-bit integers or of doubles, zeroed
 *
 * Errors, as clauses: those of constant_set_shape(), more elements than
 * CONSTANT_MAX_COUNT, more memory than ARENA_MAX_BYTES.
 *
 * \param   values  The elements, to be filled
 */
cnnviz_status arena_integers(struct arena *arena, uint32_t rank, const int64_t *extent,
		struct constant *constant, int64_t **values, struct error *error);
cnnviz_status arena_reals(struct arena *arena, uint32_t rank, const int64_t *extent,
		struct constant *constant, double **values, struct error *error);

cnnviz_status arena_array(struct arena *arena, const struct arena_request *request,
		struct constant *constant, void **values, struct error *error);

void arena_free(struct arena *arena);

#endif
