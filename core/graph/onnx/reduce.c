/**
 * \file    graph/onnx/reduce.c
 * \brief   Reductions of any axes
 */
#include "graph/onnx/reduce.h"

#include "graph/onnx/axes.h"
#include "graph/onnx/layout.h"

/** Axes of a view: those that stay in front, and behind them one of those that go */
static bool gather_axes(const struct view *view, const bool reduced[CNNVIZ_MAX_RANK],
		struct view *gathered)
{
	int64_t order[CNNVIZ_MAX_RANK], extent[CNNVIZ_MAX_RANK], count = 1;
	uint32_t kept = 0, all;

	for (uint32_t d = 0; d < view->rank; d++) {
		if (!reduced[d]) {
			extent[kept] = view->axes[d].extent;
			order[kept++] = d;
		}
	}
	all = kept;
	for (uint32_t d = 0; d < view->rank; d++) {
		if (reduced[d]) {
			count *= view->axes[d].extent;
			order[all++] = d;
		}
	}
	extent[kept] = count;
	*gathered = view_permuted(view, order);
	return view_reshape(gathered, kept + 1, extent);
}

/** The result's axes, with those that went as 1 if they are to be kept */
static struct view result_view(struct conversion *conversion, int32_t node,
		uint32_t skipped, uint32_t rank, const bool reduced[CNNVIZ_MAX_RANK])
{
	bool keep = onnx_integer(conversion->node, "keepdims", 1) != 0;
	struct view all = onnx_array_view(conversion, node, skipped);
	struct view result = { .node = node };
	uint32_t next = 0;

	for (uint32_t d = 0; d < rank; d++) {
		if (!reduced[d]) {
			result.axes[result.rank++] = all.axes[next++];
		} else if (keep) {
			result.axes[result.rank++] = (struct view_axis){ .extent = 1 };
		}
	}
	return result;
}

cnnviz_status onnx_reduce(struct conversion *conversion, const char *operation,
		const bool reduced[CNNVIZ_MAX_RANK], struct view *result,
		struct error *error)
{
	struct graph_settings settings = build_settings(operation);
	const struct view *view;
	struct view gathered;
	uint32_t skipped;
	int32_t input, node;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!gather_axes(view, reduced, &gathered)) {
		return onnx_refuse(error, "over axes that lie apart");
	}
	skipped = onnx_skipped(&gathered);
	settings.axis = gathered.rank - 1 - skipped;
	status = onnx_view_array(conversion, &gathered, skipped, &input, error);
	if (status == CNNVIZ_OK) {
		status = onnx_add_node(conversion, operation, &settings, 1, &input, &node,
				error);
	}
	if (status == CNNVIZ_OK) {
		*result = result_view(conversion, node, skipped, view->rank, reduced);
	}
	return status;
}

cnnviz_status onnx_reduce_norm(struct conversion *conversion, struct error *error)
{
	bool reduced[CNNVIZ_MAX_RANK];
	const struct view *view;
	struct view result;
	cnnviz_status status = onnx_input_live(conversion, 0, &view, error);

	if (status == CNNVIZ_OK) {
		status = axes_reduced(conversion, view->rank, reduced, error);
	}
	if (status == CNNVIZ_OK) {
		status = onnx_reduce(conversion, "norm", reduced, &result, error);
	}
	if (status == CNNVIZ_OK) {
		onnx_set_view(conversion, &result);
	}
	return status;
}
