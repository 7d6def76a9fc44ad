/**
 * \file    graph/onnx/axes.c
 * \brief   What a node does to the axes of its input, whether that is live or a constant
 */
#include "graph/onnx/axes.h"

#include <inttypes.h>
#include <string.h>

#include "graph/shapes.h"

static int64_t product(uint32_t count, const int64_t *extent)
{
	int64_t result = 1;

	for (uint32_t d = 0; d < count; d++) {
		result *= extent[d];
	}
	return result;
}

static cnnviz_status unequal(int64_t count, struct error *error)
{
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"gives %" PRId64 " values a shape for another number of them",
			count);
}

/* ---- Reshape ------------------------------------------------------------------- */

/** Put the one extent that was left open. */
static cnnviz_status close_extent(int64_t count, uint32_t rank, uint32_t open,
		int64_t *extent, struct error *error)
{
	int64_t rest;

	extent[open] = 1;
	if (!shape_fits(rank, extent)) {
		return unequal(count, error);
	}
	rest = product(rank, extent);
	if (rest == 0 || count % rest != 0) {
		return unequal(count, error);
	}
	extent[open] = count / rest;
	return CNNVIZ_OK;
}

static cnnviz_status reshaped(struct conversion *conversion, uint32_t rank,
		const int64_t *before, uint32_t *result, int64_t *after,
		struct error *error)
{
	bool zero_is_zero = onnx_integer(conversion->node, "allowzero", 0) != 0;
	int64_t list[2 * CNNVIZ_MAX_RANK];
	uint32_t open = UINT32_MAX;
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "shape", 1, list, &count,
			error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (count > CNNVIZ_MAX_RANK) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"makes more than 8 dimensions");
	}
	*result = (uint32_t)count;
	for (uint32_t d = 0; d < count; d++) {
		after[d] = list[d];
		if (list[d] == 0 && !zero_is_zero && d < rank) {
			after[d] = before[d];
		} else if (list[d] == -1 && open == UINT32_MAX) {
			open = d;
		} else if (list[d] < 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"makes an extent of %" PRId64, list[d]);
		}
	}
	return open == UINT32_MAX ? CNNVIZ_OK
				  : close_extent(product(rank, before), *result, open,
						  after, error);
}

/* ---- Flatten, Squeeze, Unsqueeze ----------------------------------------------- */

static cnnviz_status flattened(struct conversion *conversion, uint32_t rank,
		const int64_t *before, uint32_t *result, int64_t *after,
		struct error *error)
{
	int64_t axis = onnx_integer(conversion->node, "axis", 1);

	axis = axis < 0 ? axis + (int64_t)rank : axis;
	if (axis < 0 || axis > (int64_t)rank) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no axis %" PRId64, axis);
	}
	*result = 2;
	after[0] = product((uint32_t)axis, before);
	after[1] = product(rank - (uint32_t)axis, before + axis);
	return CNNVIZ_OK;
}

/** Read axes of an array of a rank; none given: *count is 0 */
static cnnviz_status read_axes(struct conversion *conversion, uint32_t rank,
		bool named[2 * CNNVIZ_MAX_RANK], size_t *count, struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	cnnviz_status status = onnx_read_list(conversion, "axes", 1, list, count, error);
	uint32_t axis;

	memset(named, 0, 2 * CNNVIZ_MAX_RANK * sizeof(*named));
	for (size_t i = 0; i < *count && status == CNNVIZ_OK; i++) {
		status = onnx_read_axis(list[i], rank, &axis, error);
		if (status == CNNVIZ_OK) {
			named[axis] = true;
		}
	}
	return status;
}

static cnnviz_status squeezed(struct conversion *conversion, uint32_t rank,
		const int64_t *before, uint32_t *result, int64_t *after,
		struct error *error)
{
	bool named[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = read_axes(conversion, rank, named, &count, error);

	*result = 0;
	for (uint32_t d = 0; d < rank && status == CNNVIZ_OK; d++) {
		if (count > 0 ? !named[d] : before[d] != 1) {
			after[(*result)++] = before[d];
		} else if (before[d] != 1) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"leaves out an axis of %" PRId64, before[d]);
		}
	}
	return status;
}

static cnnviz_status unsqueezed(struct conversion *conversion, uint32_t rank,
		const int64_t *before, uint32_t *result, int64_t *after,
		struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	bool named[2 * CNNVIZ_MAX_RANK];
	size_t count;
	uint32_t next = 0;
	cnnviz_status status = onnx_read_list(conversion, "axes", 1, list, &count, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (rank + count > CNNVIZ_MAX_RANK) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"makes more than 8 dimensions");
	}
	*result = rank + (uint32_t)count;
	status = read_axes(conversion, *result, named, &count, error);
	for (uint32_t d = 0; d < *result && status == CNNVIZ_OK; d++) {
		if (!named[d] && next == rank) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"names an axis twice");
		}
		after[d] = named[d] ? 1 : before[next++];
	}
	return status;
}

cnnviz_status axes_reshaped(struct conversion *conversion, uint32_t rank,
		const int64_t before[CNNVIZ_MAX_RANK], uint32_t *result,
		int64_t after[CNNVIZ_MAX_RANK], struct error *error)
{
	static const struct {
		const char *operator;
		cnnviz_status (*read)(struct conversion *, uint32_t, const int64_t *,
				uint32_t *, int64_t *, struct error *);
	} rows[] = {
		{ "Flatten", flattened },
		{ "Reshape", reshaped },
		{ "Squeeze", squeezed },
		{ "Unsqueeze", unsqueezed },
	};
	cnnviz_status status = CNNVIZ_OK;
	size_t row = 0;

	while (strcmp(rows[row].operator, conversion->node->operator) != 0) {
		row++;
	}
	status = rows[row].read(conversion, rank, before, result, after, error);
	if (status == CNNVIZ_OK
			&& (!shape_fits(*result, after)
					|| product(*result, after)
							!= product(rank, before))) {
		status = unequal(product(rank, before), error);
	}
	return status;
}

/* ---- Transpose ----------------------------------------------------------------- */

cnnviz_status axes_permutation(struct conversion *conversion, uint32_t rank,
		int64_t permutation[CNNVIZ_MAX_RANK], struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	bool seen[CNNVIZ_MAX_RANK] = { false };
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "perm", SIZE_MAX, list, &count,
			error);

	if (status == CNNVIZ_OK && count != 0 && count != rank) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"orders %zu axes of %" PRIu32, count, rank);
	}
	for (uint32_t d = 0; d < rank && status == CNNVIZ_OK; d++) {
		uint32_t axis = rank - 1 - d;

		if (count > 0) {
			status = onnx_read_axis(list[d], rank, &axis, error);
		}
		if (status == CNNVIZ_OK && seen[axis]) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"names an axis twice");
		}
		seen[axis] = true;
		permutation[d] = axis;
	}
	return status;
}

/* ---- Reductions ---------------------------------------------------------------- */

cnnviz_status axes_reduced(struct conversion *conversion, uint32_t rank,
		bool reduced[CNNVIZ_MAX_RANK], struct error *error)
{
	bool named[2 * CNNVIZ_MAX_RANK];
	size_t count;
	bool none = onnx_integer(conversion->node, "noop_with_empty_axes", 0) != 0;
	cnnviz_status status = read_axes(conversion, rank, named, &count, error);

	for (uint32_t d = 0; d < rank && status == CNNVIZ_OK; d++) {
		reduced[d] = count == 0 ? !none : named[d];
	}
	return status;
}
