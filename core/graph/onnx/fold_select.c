/**
 * \file    graph/onnx/fold_select.c
 * \brief   Operators that make constants, or select elements of them
 */
#include "graph/onnx/tables.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/onnx/fold.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/operands.h"

/* ---- Constants ----------------------------------------------------------------- */

/** A Constant given as a number or a list of numbers */
static cnnviz_status make_listed(struct conversion *conversion,
		const struct onnx_attribute *attribute, struct error *error)
{
	bool list = attribute->integers != NULL || attribute->reals != NULL;
	bool integer = attribute->integers != NULL || attribute->has_integer;
	const int64_t count = (int64_t)attribute->count;
	struct folded result;
	cnnviz_status status = folded_make(conversion, integer, list ? 1 : 0, &count,
			&result, error);

	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		if (integer) {
			result.integers[i] = list ? attribute->integers[i]
						  : attribute->integer;
		} else {
			result.reals[i] = list ? attribute->reals[i] : attribute->real;
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

static bool is_listed(const char *name)
{
	return strcmp(name, "value_float") == 0 || strcmp(name, "value_floats") == 0
			|| strcmp(name, "value_int") == 0
			|| strcmp(name, "value_ints") == 0;
}

static cnnviz_status fold_constant(struct conversion *conversion, struct error *error)
{
	const struct onnx_node *node = conversion->node;
	const struct onnx_attribute *attribute = node->attribute_count > 0
			? &node->attributes[0]
			: NULL;

	if (attribute == NULL || attribute->name == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "has no value");
	}
	if (attribute->tensor == NULL) {
		return is_listed(attribute->name)
				? make_listed(conversion, attribute, error)
				: onnx_refuse(error, "with %.40s", attribute->name);
	}
	if (attribute->tensor->fault != NULL) {
		return onnx_refuse(error, "that %s", attribute->tensor->fault);
	}
	onnx_set_constant(conversion, &attribute->tensor->constant);
	return CNNVIZ_OK;
}

/** A constant's elements as extents */
static cnnviz_status read_extents(struct conversion *conversion, size_t input,
		uint32_t *rank, int64_t extent[CNNVIZ_MAX_RANK], struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "", input, list, &count, error);

	if (status == CNNVIZ_OK && count > CNNVIZ_MAX_RANK) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"makes more than 8 dimensions");
	}
	*rank = status == CNNVIZ_OK ? (uint32_t)count : 0;
	memcpy(extent, list, *rank * sizeof(*extent));
	return status;
}

static cnnviz_status fold_constant_of_shape(struct conversion *conversion,
		struct error *error)
{
	const struct onnx_attribute *attribute = onnx_attribute(conversion->node,
			"value");
	const struct onnx_tensor *tensor = attribute != NULL ? attribute->tensor : NULL;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct folded result;
	uint32_t rank;
	cnnviz_status status = read_extents(conversion, 0, &rank, extent, error);
	bool given = tensor != NULL && tensor->fault == NULL
			&& constant_count(&tensor->constant) == 1;

	if (status == CNNVIZ_OK) {
		status = folded_make(conversion,
				given && constant_is_integer(&tensor->constant), rank,
				extent, &result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && given && i < result.count; i++) {
		folded_copy(&result, i, &tensor->constant, 0);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

static cnnviz_status fold_range(struct conversion *conversion, struct error *error)
{
	const struct constant *bounds[3];
	struct folded result;
	double count;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 3 && status == CNNVIZ_OK; i++) {
		status = onnx_input_constant(conversion, i, "bound", &bounds[i], error);
		if (status == CNNVIZ_OK && constant_count(bounds[i]) != 1) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"has a bound that is no number");
		}
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	count = ceil((constant_real(bounds[1], 0) - constant_real(bounds[0], 0))
			/ constant_real(bounds[2], 0));
	if (!(count <= (double)CONSTANT_MAX_COUNT)) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "makes too many numbers");
	}
	status = folded_make(conversion, constant_is_integer(bounds[0]), 1,
			(const int64_t[]){ count > 0 ? (int64_t)count : 0 }, &result,
			error);
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		if (result.integers != NULL) {
			result.integers[i] = (int64_t)((uint64_t)constant_integer(
								       bounds[0], 0)
					+ (uint64_t)i
							* (uint64_t)constant_integer(
									bounds[2], 0));
		} else {
			result.reals[i] = constant_real(bounds[0], 0)
					+ (double)i * constant_real(bounds[2], 0);
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

/* ---- Selecting ----------------------------------------------------------------- */

/** Extents after an axis was replaced by those of the indices */
static cnnviz_status gathered_extents(const struct constant *data,
		const struct constant *indices, uint32_t axis, uint32_t *rank,
		int64_t extent[CNNVIZ_MAX_RANK], struct error *error)
{
	*rank = 0;
	if (data->rank - 1 + indices->rank > CNNVIZ_MAX_RANK) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"makes more than 8 dimensions");
	}
	for (uint32_t d = 0; d < axis; d++) {
		extent[(*rank)++] = data->extent[d];
	}
	for (uint32_t d = 0; d < indices->rank; d++) {
		extent[(*rank)++] = indices->extent[d];
	}
	for (uint32_t d = axis + 1; d < data->rank; d++) {
		extent[(*rank)++] = data->extent[d];
	}
	return CNNVIZ_OK;
}

static cnnviz_status gather(const struct constant *data, const struct constant *indices,
		uint32_t axis, struct folded *result, struct error *error)
{
	int64_t inner = 1, chosen = constant_count(indices);

	for (uint32_t d = axis + 1; d < data->rank; d++) {
		inner *= data->extent[d];
	}
	for (int64_t i = 0; i < result->count; i++) {
		int64_t index = constant_integer(indices, i / inner % chosen);
		int64_t outer = i / inner / chosen;

		index += index < 0 ? data->extent[axis] : 0;
		if (index < 0 || index >= data->extent[axis]) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"takes element %" PRId64 " of %" PRId64, index,
					data->extent[axis]);
		}
		folded_copy(result, i, data,
				(outer * data->extent[axis] + index) * inner + i % inner);
	}
	return CNNVIZ_OK;
}

cnnviz_status fold_gather(struct conversion *conversion, struct error *error)
{
	const struct constant *data, *indices;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct folded result;
	uint32_t axis, rank;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &data, error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "indices", &indices, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_read_axis(onnx_integer(conversion->node, "axis", 0),
				data->rank, &axis, error);
	}
	if (status == CNNVIZ_OK) {
		status = gathered_extents(data, indices, axis, &rank, extent, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make(conversion, constant_is_integer(data), rank, extent,
				&result, error);
	}
	if (status == CNNVIZ_OK) {
		status = gather(data, indices, axis, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

/** Let a view of a constant begin and end elsewhere along an axis; step is not 0. */
static void slice_axis(struct constant *constant, uint32_t axis, int64_t start,
		int64_t end, int64_t step)
{
	int64_t extent = constant->extent[axis], count;

	if (step > 0) {
		start = fold_bound(start, extent);
		end = fold_bound(end, extent);
		count = end > start ? (end - start - 1) / step + 1 : 0;
	} else {
		/* Backwards: from start down to the element behind end */
		start = start < 0 ? start + extent : start;
		start = start >= extent ? extent - 1 : start;
		end = end < -extent ? -1 : end < 0 ? end + extent : end;
		count = start > end ? (start - end - 1) / -step + 1 : 0;
		start = start < 0 ? 0 : start;
	}
	constant->extent[axis] = count;
	if (count > 0) {
		constant->data += start * constant->stride[axis]
				* (int64_t)dtype_size(constant->dtype);
		/* A single element has no next one. */
		constant->stride[axis] *= count > 1 ? step : 1;
	}
}

static cnnviz_status slice(struct conversion *conversion, struct constant *view,
		struct error *error)
{
	int64_t starts[2 * CNNVIZ_MAX_RANK], ends[2 * CNNVIZ_MAX_RANK];
	int64_t axes[2 * CNNVIZ_MAX_RANK], steps[2 * CNNVIZ_MAX_RANK];
	size_t count, end_count, axis_count, step_count;
	cnnviz_status status = onnx_read_list(conversion, "starts", 1, starts, &count,
			error);
	uint32_t axis;

	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "ends", 2, ends, &end_count, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "axes", 3, axes, &axis_count, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_read_list(conversion, "steps", 4, steps, &step_count,
				error);
	}
	if (status == CNNVIZ_OK
			&& (end_count != count || (axis_count != 0 && axis_count != count)
					|| (step_count != 0 && step_count != count))) {
		status = error_set(error, CNNVIZ_ERROR_INPUT, "has starts without ends");
	}
	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		int64_t step = step_count > 0 ? steps[i] : 1;

		status = onnx_read_axis(axis_count > 0 ? axes[i] : (int64_t)i, view->rank,
				&axis, error);
		if (status == CNNVIZ_OK
				&& (step == 0 || step < -INT32_MAX || step > INT32_MAX)) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"has a step of %" PRId64, step);
		}
		if (status == CNNVIZ_OK) {
			slice_axis(view, axis, starts[i], ends[i], step);
		}
	}
	return status;
}

/** Copied, since strides of other constants are never negative */
cnnviz_status fold_slice(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	struct constant view;
	struct folded result;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		view = *constant;
		status = slice(conversion, &view, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make(conversion, constant_is_integer(&view), view.rank,
				view.extent, &result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		folded_copy(&result, i, &view, i);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

static cnnviz_status fold_expand(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct constant shape = { .rank = 0 }, expanded;
	struct folded result;
	uint32_t rank;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = read_extents(conversion, 1, &shape.rank, shape.extent, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_extents(constant, &shape, &rank, extent, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make(conversion, constant_is_integer(constant), rank,
				extent, &result, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	expanded = folded_expand(constant, rank, extent);
	for (int64_t i = 0; i < result.count; i++) {
		folded_copy(&result, i, &expanded, i);
	}
	onnx_set_constant(conversion, &result.constant);
	return CNNVIZ_OK;
}

/** Extents after each was repeated as often as a list says */
static cnnviz_status tiled_extents(const struct conversion *conversion,
		const struct constant *constant, int64_t extent[CNNVIZ_MAX_RANK],
		struct error *error)
{
	int64_t list[2 * CNNVIZ_MAX_RANK];
	size_t count;
	cnnviz_status status = onnx_read_list(conversion, "repeats", 1, list, &count,
			error);

	if (status == CNNVIZ_OK && count != constant->rank) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"repeats %zu axes of %" PRIu32, count, constant->rank);
	}
	for (uint32_t d = 0; d < constant->rank && status == CNNVIZ_OK; d++) {
		if (list[d] < 0
				|| __builtin_mul_overflow(constant->extent[d], list[d],
						&extent[d])) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"repeats an axis %" PRId64 " times", list[d]);
		}
	}
	return status;
}

static cnnviz_status fold_tile(struct conversion *conversion, struct error *error)
{
	const struct constant *constant;
	int64_t extent[CNNVIZ_MAX_RANK];
	struct folded result;
	cnnviz_status status = onnx_input_constant(conversion, 0, "input", &constant,
			error);

	if (status == CNNVIZ_OK) {
		status = tiled_extents(conversion, constant, extent, error);
	}
	if (status == CNNVIZ_OK) {
		status = folded_make(conversion, constant_is_integer(constant),
				constant->rank, extent, &result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		int64_t from = 0, rest = i, stride = 1;

		for (uint32_t d = constant->rank; d-- > 0;) {
			from += rest % extent[d] % constant->extent[d] * stride;
			stride *= constant->extent[d];
			rest /= extent[d];
		}
		folded_copy(&result, i, constant, from);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

static cnnviz_status fold_where(struct conversion *conversion, struct error *error)
{
	const struct constant *inputs[3];
	struct constant shape, expanded[3];
	struct folded result;
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < 3 && status == CNNVIZ_OK; i++) {
		status = onnx_input_constant(conversion, i, "input", &inputs[i], error);
		if (status == CNNVIZ_OK && i == 0) {
			shape = *inputs[0];
		} else if (status == CNNVIZ_OK) {
			int64_t extent[CNNVIZ_MAX_RANK];
			uint32_t rank;

			status = folded_extents(&shape, inputs[i], &rank, extent, error);
			shape.rank = status == CNNVIZ_OK ? rank : 0;
			memcpy(shape.extent, extent, shape.rank * sizeof(*extent));
		}
	}
	if (status == CNNVIZ_OK) {
		status = folded_make(conversion,
				constant_is_integer(inputs[1])
						&& constant_is_integer(inputs[2]),
				shape.rank, shape.extent, &result, error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (size_t i = 0; i < 3; i++) {
		expanded[i] = folded_expand(inputs[i], shape.rank, shape.extent);
	}
	for (int64_t i = 0; i < result.count; i++) {
		folded_copy(&result, i,
				&expanded[constant_integer(&expanded[0], i) != 0 ? 1 : 2],
				i);
	}
	onnx_set_constant(conversion, &result.constant);
	return CNNVIZ_OK;
}

const struct onnx_operator onnx_constant_operators[] = {
	{ "Constant", fold_constant, NULL },
	{ "ConstantOfShape", fold_constant_of_shape, NULL },
	{ "Expand", fold_expand, onnx_convert_expand },
	{ "Min", fold_min, NULL },
	{ "Range", fold_range, NULL },
	{ "Tile", fold_tile, NULL },
	{ "Where", fold_where, NULL },
	{ NULL, NULL, NULL },
};
