/**
 * \file    graph/constant.c
 * \brief   Arrays that an importer finds in a file or computes of such
 */
#include "graph/constant.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/shapes.h"
#include "weights/element.h"

int64_t constant_count(const struct constant *constant)
{
	int64_t count = 1;

	for (uint32_t d = 0; d < constant->rank; d++) {
		count *= constant->extent[d];
	}
	return count;
}

bool constant_is_integer(const struct constant *constant)
{
	return constant->dtype >= DTYPE_INT64 && constant->dtype <= DTYPE_BOOL;
}

cnnviz_status constant_set_shape(struct constant *constant, uint32_t rank,
		const int64_t *extent, struct error *error)
{
	/* Strides are products of what is not 0. */
	int64_t stride = 1, factors[CNNVIZ_MAX_RANK] = { 0 };

	if (rank > CNNVIZ_MAX_RANK) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has more than %d dimensions",
				CNNVIZ_MAX_RANK);
	}
	for (uint32_t d = 0; d < rank; d++) {
		if (extent[d] < 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"has an extent of %" PRId64, extent[d]);
		}
		factors[d] = extent[d] > 0 ? extent[d] : 1;
	}
	if (!shape_fits(rank, factors)) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has more elements than any machine holds");
	}
	constant->rank = rank;
	for (uint32_t d = rank; d-- > 0;) {
		constant->extent[d] = extent[d];
		constant->stride[d] = stride;
		stride *= factors[d];
	}
	return CNNVIZ_OK;
}

bool constant_is_contiguous(const struct constant *constant)
{
	int64_t stride = 1;

	for (uint32_t d = constant->rank; d-- > 0;) {
		if (constant->extent[d] != 1 && constant->stride[d] != stride) {
			return false;
		}
		stride *= constant->extent[d];
	}
	return true;
}

bool constant_is_repeated(const struct constant *constant)
{
	bool repeated = false;

	for (uint32_t d = 0; d < constant->rank; d++) {
		repeated = repeated
				|| (constant->extent[d] > 1 && constant->stride[d] == 0);
	}
	return repeated;
}

/** Bytes of an element */
static const unsigned char *bytes_at(const struct constant *constant, int64_t index)
{
	int64_t offset = 0;

	for (uint32_t d = constant->rank; d-- > 0;) {
		offset += index % constant->extent[d] * constant->stride[d];
		index /= constant->extent[d];
	}
	return constant->data + offset * (int64_t)dtype_size(constant->dtype);
}

/** An integer element; in a file the low byte comes first, whatever this machine has. */
static int64_t stored_integer(const struct constant *constant, int64_t index)
{
	const unsigned char *bytes = bytes_at(constant, index);
	int64_t value;

	if (constant->mapping != NULL) {
		return element_integer(constant->dtype, bytes);
	}
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static double stored_real(const struct constant *constant, int64_t index)
{
	const unsigned char *bytes = bytes_at(constant, index);
	double value;

	if (constant->mapping != NULL) {
		return element_double(constant->dtype, bytes);
	}
	memcpy(&value, bytes, sizeof(value));
	return value;
}

int64_t constant_integer(const struct constant *constant, int64_t index)
{
	double real;

	if (constant_is_integer(constant)) {
		return stored_integer(constant, index);
	}
	real = stored_real(constant, index);
	return real >= -0x1p63 && real < 0x1p63 ? (int64_t)real : 0;
}

double constant_real(const struct constant *constant, int64_t index)
{
	return constant_is_integer(constant) ? (double)stored_integer(constant, index)
					     : stored_real(constant, index);
}

/* ---- Arenas -------------------------------------------------------------------- */

cnnviz_status arena_array(struct arena *arena, const struct arena_request *request,
		struct constant *constant, void **values, struct error *error)
{
	struct constant made = { .dtype = request->integers ? DTYPE_INT64
							    : DTYPE_FLOAT64 };
	cnnviz_status status = constant_set_shape(&made, request->rank, request->extent,
			error);
	int64_t count = status == CNNVIZ_OK ? constant_count(&made) : 0;
	size_t bytes = (size_t)count * sizeof(int64_t);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if ((count > CONSTANT_MAX_COUNT && count > request->most)
			|| bytes > ARENA_MAX_BYTES + arena->allowance - arena->bytes) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"makes %" PRId64
				" numbers of a few, which no network needs",
				count);
	}
	arena->blocks = memory_resize(arena->blocks, arena->count + 1,
			sizeof(*arena->blocks));
	*values = memory_new((size_t)count, sizeof(int64_t));
	arena->blocks[arena->count++] = *values;
	arena->bytes += bytes;
	made.data = *values;
	*constant = made;
	return CNNVIZ_OK;
}

cnnviz_status arena_integers(struct arena *arena, uint32_t rank, const int64_t *extent,
		struct constant *constant, int64_t **values, struct error *error)
{
	const struct arena_request request = { true, rank, extent, 0 };
	void *memory = NULL;
	cnnviz_status status = arena_array(arena, &request, constant, &memory, error);

	*values = memory;
	return status;
}

cnnviz_status arena_reals(struct arena *arena, uint32_t rank, const int64_t *extent,
		struct constant *constant, double **values, struct error *error)
{
	const struct arena_request request = { false, rank, extent, 0 };
	void *memory = NULL;
	cnnviz_status status = arena_array(arena, &request, constant, &memory, error);

	*values = memory;
	return status;
}

void arena_free(struct arena *arena)
{
	for (size_t i = 0; i < arena->count; i++) {
		free(arena->blocks[i]);
	}
	free(arena->blocks);
	*arena = (struct arena){ 0 };
}
