/**
 * \file    graph/onnx/folded.c
 * \brief   New constants, and how two broadcast
 */
#include "graph/onnx/folded.h"

#include <inttypes.h>
#include <string.h>

cnnviz_status folded_make(struct conversion *conversion, bool integer, uint32_t rank,
		const int64_t *extent, struct folded *folded, struct error *error)
{
	cnnviz_status status;

	*folded = (struct folded){ .count = 0 };
	status = integer ? arena_integers(&conversion->arena, rank, extent,
				 &folded->constant, &folded->integers, error)
			 : arena_reals(&conversion->arena, rank, extent,
					 &folded->constant, &folded->reals, error);
	if (status == CNNVIZ_OK) {
		folded->count = constant_count(&folded->constant);
	}
	return status;
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
