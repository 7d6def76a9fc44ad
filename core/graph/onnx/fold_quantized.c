/**
 * \file    graph/onnx/fold_quantized.c
 * \brief   Weights that are stored as integers with a scale
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>

#include "graph/onnx/folded.h"

/** The scale or the zero point: one for all, or one for each index of an axis */
struct level {
	const struct constant *constant; /* NULL: 0 */
	bool each;
};

static cnnviz_status read_level(struct conversion *conversion, size_t input,
		const char *what, int64_t extent, struct level *level,
		struct error *error)
{
	cnnviz_status status = onnx_input_constant(conversion, input, what,
			&level->constant, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	level->each = constant_count(level->constant) != 1;
	return !level->each
					|| (level->constant->rank == 1
							&& level->constant->extent[0]
									== extent)
			? CNNVIZ_OK
			: onnx_refuse(error, "in blocks");
}

static double level_at(const struct level *level, int64_t index)
{
	return level->constant == NULL
			? 0
			: constant_real(level->constant, level->each ? index : 0);
}

static cnnviz_status fold_dequantize(struct conversion *conversion, struct error *error)
{
	struct level scale, zero = { NULL, false };
	const struct constant *constant;
	struct folded result;
	int64_t extent = 1, inner = 1;
	uint32_t axis = 0;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	/* An axis counts only where there is a scale for each index of it. */
	if (status == CNNVIZ_OK && constant->rank > 1) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", 1),
				constant->rank, &axis, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	extent = constant->rank > 0 ? constant->extent[axis] : 1;
	for (uint32_t d = axis + 1; d < constant->rank; d++) {
		inner *= constant->extent[d];
	}
	status = read_level(conversion, 1, "scale", extent, &scale, error);
	if (status == CNNVIZ_OK && onnx_input_count(conversion) > 2) {
		status = read_level(conversion, 2, "zero point", extent, &zero, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make_like(conversion, false, constant, constant->rank,
				constant->extent, &result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		int64_t index = i / inner % extent;

		result.reals[i] = (constant_real(constant, i) - level_at(&zero, index))
				* level_at(&scale, index);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

const struct onnx_operator onnx_quantized_operators[] = {
	{ "DequantizeLinear", fold_dequantize, NULL },
	{ NULL, NULL, NULL },
};
