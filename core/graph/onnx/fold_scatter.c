/**
 * \file    graph/onnx/fold_scatter.c
 * \brief   ScatterND of constants: a copy with some parts replaced
 */
#include "graph/onnx/fold.h"

#include <string.h>

#include "graph/onnx/folded.h"
#include "graph/onnx/tables.h"

/** The inputs, and the elements that one tuple of indices replaces */
struct scatter {
	const struct constant *data, *indices, *updates;
	int64_t depth; /* indices in a tuple */
	int64_t size;  /* elements that a tuple replaces, side by side */
	int64_t count; /* of tuples */
};

static cnnviz_status read_scatter(struct conversion *conversion, struct scatter *scatter,
		struct error *error)
{
	cnnviz_status status = onnx_input_constant(conversion, 0, "data", &scatter->data,
			error);

	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 1, "indices", &scatter->indices,
				error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_input_constant(conversion, 2, "updates", &scatter->updates,
				error);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	scatter->depth = scatter->indices->rank > 0
			? scatter->indices->extent[scatter->indices->rank - 1]
			: 0;
	if (scatter->depth < 1 || scatter->depth > scatter->data->rank) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"has indices that are none of its data");
	}
	scatter->size = 1;
	for (int64_t d = scatter->depth; d < scatter->data->rank; d++) {
		scatter->size *= scatter->data->extent[d];
	}
	scatter->count = constant_count(scatter->indices) / scatter->depth;
	return constant_count(scatter->updates) == scatter->count * scatter->size
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"does not have as many updates as indices say");
}

/** First element that a tuple replaces; -1 if it lies outside */
static int64_t place_of(const struct scatter *scatter, int64_t tuple)
{
	int64_t place = 0;

	for (int64_t d = 0; d < scatter->depth; d++) {
		int64_t extent = scatter->data->extent[d];
		int64_t index = constant_integer(scatter->indices,
				tuple * scatter->depth + d);

		index += index < 0 ? extent : 0;
		if (index < 0 || index >= extent) {
			return -1;
		}
		place = place * extent + index;
	}
	return place * scatter->size;
}

static cnnviz_status fold_scatter(struct conversion *conversion, struct error *error)
{
	struct scatter scatter;
	struct folded result;
	int64_t place;
	cnnviz_status status = read_scatter(conversion, &scatter, error);

	if (strcmp(onnx_text(conversion->node, "reduction", "none"), "none") != 0) {
		return onnx_refuse(error, "that reduces");
	}
	if (status == CNNVIZ_OK) {
		status = folded_make_like(conversion, constant_is_integer(scatter.data),
				scatter.data, scatter.data->rank, scatter.data->extent,
				&result, error);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < result.count; i++) {
		folded_copy(&result, i, scatter.data, i);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < scatter.count; i++) {
		place = place_of(&scatter, i);
		if (place < 0) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"has an index outside its data");
		}
		for (int64_t k = 0; k < scatter.size; k++) {
			folded_copy(&result, place + k, scatter.updates,
					i * scatter.size + k);
		}
	}
	if (status == CNNVIZ_OK) {
		onnx_set_constant(conversion, &result.constant);
	}
	return status;
}

const struct onnx_operator onnx_scatter_operators[] = {
	{ "ScatterND", fold_scatter, NULL },
	{ NULL, NULL, NULL },
};
