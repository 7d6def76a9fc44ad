/**
 * \file    graph/onnx/folded.c
 * \brief   New constants, and how two broadcast
 */
#include "graph/onnx/folded.h"

#include <inttypes.h>
#include <string.h>

static cnnviz_status make(struct conversion *conversion,
		const struct arena_request *request, struct folded *folded,
		struct error *error)
{
	void *values = NULL;
	cnnviz_status status;

	*folded = (struct folded){ .count = 0 };
	status = arena_array(&conversion->arena, request, &folded->constant, &values,
			error);
	if (status == CNNVIZ_OK) {
		folded->count = constant_count(&folded->constant);
		folded->integers = request->integers ? values : NULL;
		folded->reals = request->integers ? NULL : values;
	}
	return status;
}

cnnviz_status folded_make(struct conversion *conversion, bool integer, uint32_t rank,
		const int64_t *extent, struct folded *folded, struct error *error)
{
	const struct arena_request request = { integer, rank, extent, 0 };

	return make(conversion, &request, folded, error);
}

cnnviz_status folded_make_like(struct conversion *conversion, bool integer,
		const struct constant *like, uint32_t rank, const int64_t *extent,
		struct folded *folded, struct error *error)
{
	const struct arena_request request = { integer, rank, extent,
		constant_is_repeated(like) ? 0 : constant_count(like) };

	return make(conversion, &request, folded, error);
}

cnnviz_status folded_scale(struct conversion *conversion, const struct constant *constant,
		double factor, struct constant *scaled, struct error *error)
{
	struct folded result;
	cnnviz_status status;

	*scaled = *constant;
	if (factor >= 1 && factor <= 1) {
		return CNNVIZ_OK;
	}
	status = folded_make_like(conversion, false, constant, constant->rank,
			constant->extent, &result, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t i = 0; i < result.count; i++) {
		result.reals[i] = factor * constant_real(constant, i);
	}
	*scaled = result.constant;
	return CNNVIZ_OK;
}

void folded_copy(struct folded *folded, int64_t to, const struct constant *constant,
		int64_t from)
{
	if (folded->integers != NULL) {
		folded->integers[to] = constant_integer(constant, from);
	} else {
		folded->reals[to] = constant_real(constant, from);
	}
}

cnnviz_status folded_extents(const struct constant *a, const struct constant *b,
		uint32_t *rank, int64_t extent[CNNVIZ_MAX_RANK], struct error *error)
{
	*rank = a->rank > b->rank ? a->rank : b->rank;
	for (uint32_t d = 0; d < *rank; d++) {
		/* Axes are aligned at the end. */
		int64_t i = (int64_t)d - (*rank - a->rank),
			k = (int64_t)d - (*rank - b->rank);
		int64_t own = i >= 0 ? a->extent[i] : 1,
			other = k >= 0 ? b->extent[k] : 1;

		if (own != other && own != 1 && other != 1) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"combines extents of %" PRId64 " and %" PRId64,
					own, other);
		}
		extent[d] = own == 1 ? other : own;
	}
	return CNNVIZ_OK;
}

struct constant folded_expand(const struct constant *constant, uint32_t rank,
		const int64_t *extent)
{
	struct constant result = *constant;
	uint32_t added = rank - constant->rank;

	result.rank = rank;
	for (uint32_t d = 0; d < rank; d++) {
		bool repeated = d < added || constant->extent[d - added] == 1;

		result.extent[d] = extent[d];
		result.stride[d] = repeated ? 0 : constant->stride[d - added];
	}
	return result;
}

int64_t fold_bound(int64_t position, int64_t extent)
{
	if (position < 0) {
		position = position < -extent ? 0 : position + extent;
	}
	return position > extent ? extent : position;
}

cnnviz_status folded_number(struct conversion *conversion, double number,
		const struct constant *shape, struct constant *result,
		struct error *error)
{
	double *values;
	cnnviz_status status = arena_reals(&conversion->arena, 1, (const int64_t[]){ 1 },
			result, &values, error);

	if (status == CNNVIZ_OK) {
		values[0] = number;
		result->rank = shape->rank;
		for (uint32_t d = 0; d < shape->rank; d++) {
			result->extent[d] = shape->extent[d];
			result->stride[d] = 0;
		}
	}
	return status;
}
