/**
 * \file    graph/onnx/layout.c
 * \brief   Live arrays as nodes that have their axes in order
 */
#include "graph/onnx/layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onnx/folded.h"
#include "graph/onnx/path.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/**
 * Path of a flatten: that of the node that gave values their axes, unless it computes the
 * values too; malloc'ed
 */
static char *flatten_path(const struct conversion *conversion, const struct view *view)
{
	static const char *const makers[] = { "Flatten", "Reshape", "Squeeze",
		"Transpose", "Unsqueeze" };

	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		if (view->maker != NULL
				&& strcmp(view->maker->operator, makers[i]) == 0) {
			return onnx_path(conversion->file, view->maker);
		}
	}
	return memory_text("");
}

cnnviz_status onnx_flatten(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	char *path = conversion->path;
	cnnviz_status status;

	if (build_shape(&conversion->build, view->node)->rank == 1) {
		*node = view->node;
		return CNNVIZ_OK;
	}
	conversion->path = flatten_path(conversion, view);
	status = onnx_add_node(conversion, "flatten", NULL, 1, &view->node, node, error);
	free(conversion->path);
	conversion->path = path;
	return status;
}

/** The channel shuffle of a node, which is added unless it is there already */
static cnnviz_status shuffle(struct conversion *conversion, const struct view *view,
		int64_t groups, int32_t *node, struct error *error)
{
	const struct graph *graph = conversion->build.graph;
	struct graph_settings settings = build_settings("channel_shuffle");
	char *path = conversion->path;
	cnnviz_status status;

	for (size_t i = (size_t)view->node + 1; i < graph->node_count; i++) {
		const struct graph_node *other = &graph->nodes[i];

		if (other->inputs[0] == view->node && other->settings.groups == groups
				&& strcmp(other->op->name, "channel_shuffle") == 0) {
			*node = (int32_t)i;
			return CNNVIZ_OK;
		}
	}
	settings.groups = groups;
	conversion->path = onnx_path(conversion->file, view->maker);
	status = onnx_add_node(conversion, "channel_shuffle", &settings, 1, &view->node,
			node, error);
	free(conversion->path);
	conversion->path = path;
	return status;
}

/* ---- Nodes that change nothing but the order ----------------------------------- */

static bool same_shape(const struct graph_shape *a, const struct graph_shape *b)
{
	return a->rank == b->rank
			&& memcmp(a->extent, b->extent, a->rank * sizeof(*a->extent))
			== 0;
}

/** A node of the same operation, input and settings, which need not be added again; or -1 */
static int32_t find_twin(const struct conversion *conversion, const char *operation,
		const struct graph_settings *settings, int32_t input)
{
	const struct graph *graph = conversion->build.graph;

	for (size_t i = (size_t)input + 1; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];

		if (node->inputs[0] == input && strcmp(node->op->name, operation) == 0
				&& node->settings.rank == settings->rank
				&& memcmp(node->settings.shape, settings->shape,
						   sizeof(settings->shape))
						== 0
				&& memcmp(node->settings.order, settings->order,
						   sizeof(settings->order))
						== 0) {
			return (int32_t)i;
		}
	}
	return -1;
}

/** Add a node by the name of what needs it, unless a node gave the array its axes. */
static cnnviz_status lay_out(struct conversion *conversion, const struct view *view,
		const char *operation, const struct graph_settings *settings,
		int32_t *node, struct error *error)
{
	int32_t twin = find_twin(conversion, operation, settings, *node), input = *node;
	char *own = conversion->path, *path;
	cnnviz_status status;

	if (twin >= 0) {
		*node = twin;
		return CNNVIZ_OK;
	}
	path = flatten_path(conversion, view);
	conversion->path = path[0] != '\0' ? path : own;
	status = onnx_add_node(conversion, operation, settings, 1, &input, node, error);
	conversion->path = own;
	free(path);
	return status;
}

/** Give a node's values other extents, unless it has them. */
static cnnviz_status reshape(struct conversion *conversion, const struct view *view,
		const struct graph_shape *shape, int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("reshape");

	if (same_shape(build_shape(&conversion->build, *node), shape)) {
		return CNNVIZ_OK;
	}
	settings.rank = shape->rank;
	memcpy(settings.shape, shape->extent, sizeof(settings.shape));
	return lay_out(conversion, view, "reshape", &settings, node, error);
}

/** Pieces in the order in which they lie in memory; for each piece, its place there */
static struct graph_shape sort_pieces(const struct view_axis *all,
		int64_t order[GRAPH_MAX_RANK])
{
	struct graph_shape shape = { .rank = all->count };

	for (uint32_t i = 0; i < all->count; i++) {
		uint32_t place = 0;

		for (uint32_t k = 0; k < all->count; k++) {
			place += all->pieces[k].stride > all->pieces[i].stride;
		}
		shape.extent[place] = all->pieces[i].extent;
		order[i] = place + 1;
	}
	return shape;
}

/** Bring a node's values into a view's order. */
static cnnviz_status permute(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("permute");
	struct view_axis all = view_pieces(view);
	struct graph_shape shape;
	cnnviz_status status;

	if (all.count > GRAPH_MAX_RANK
			|| all.extent
					!= shape_values(build_shape(&conversion->build,
							view->node))) {
		return onnx_refuse(error,
				"of an array that lies in memory in too many parts");
	}
	settings.rank = all.count;
	shape = sort_pieces(&all, settings.order);
	status = reshape(conversion, view, &shape, node, error);
	return status == CNNVIZ_OK
			? lay_out(conversion, view, "permute", &settings, node, error)
			: status;
}

/* ---- Views as nodes ------------------------------------------------------------ */

uint32_t onnx_skipped(const struct view *view)
{
	return view->rank > 1 && view->axes[0].extent == 1;
}

cnnviz_status onnx_view_array(struct conversion *conversion, const struct view *view,
		uint32_t skipped, int32_t *node, struct error *error)
{
	const struct graph_shape *own = build_shape(&conversion->build, view->node);
	struct graph_shape shape = { .rank = view->rank - skipped };
	int64_t groups = skipped == 1 ? view_shuffle(view, own) : 0;
	cnnviz_status status = CNNVIZ_OK;

	if (groups > 0 && view->maker != NULL) {
		return shuffle(conversion, view, groups, node, error);
	}
	if (shape.rank > GRAPH_MAX_RANK) {
		return onnx_refuse(error, "of an array of %" PRIu32 " dimensions",
				view->rank);
	}
	for (uint32_t d = 0; d < shape.rank; d++) {
		shape.extent[d] = view->axes[d + skipped].extent;
	}
	if (shape.rank == 0) {
		shape = (struct graph_shape){ .rank = 1, .extent = { 1 } };
	}
	*node = view->node;
	if (!view_is_in_order(view)) {
		status = permute(conversion, view, node, error);
	}
	return status == CNNVIZ_OK ? reshape(conversion, view, &shape, node, error)
				   : status;
}

struct view onnx_array_view(struct conversion *conversion, int32_t node, uint32_t skipped)
{
	struct view view = view_whole(node, build_shape(&conversion->build, node));

	return skipped == 1 ? view : onnx_with_rank(&view, view.rank - 1);
}

struct view onnx_with_rank(const struct view *view, uint32_t rank)
{
	struct view result = { .node = view->node, .maker = view->maker, .rank = rank };

	for (uint32_t d = 0; d < rank; d++) {
		result.axes[rank - 1 - d] = d < view->rank
				? view->axes[view->rank - 1 - d]
				: (struct view_axis){ .extent = 1 };
	}
	return result;
}

cnnviz_status onnx_view_spatial(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	return view->rank == 4 && view->axes[0].extent == 1
			? onnx_view_array(conversion, view, 1, node, error)
			: onnx_refuse(error,
					"of an array whose axes are not batch, channels, "
					"height, width");
}

cnnviz_status onnx_view_row(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	struct view row = *view;

	if (view_is_in_order(view)) {
		return onnx_flatten(conversion, view, node, error);
	}
	row.rank = 1;
	row.axes[0] = view_pieces(view);
	return onnx_view_array(conversion, &row, 0, node, error);
}

/* ---- Constants as nodes -------------------------------------------------------- */

/** Most axes that a weight has */
#define WEIGHT_RANK 4

cnnviz_status onnx_constant_node(struct conversion *conversion,
		const struct constant *constant, uint32_t rank, int32_t like,
		int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("parameter");
	struct graph_shape shape = { .rank = rank };
	uint32_t first = 0;
	cnnviz_status status;

	while (constant->rank - first > 1 && constant->extent[first] == 1) {
		first++;
	}
	if (constant->rank - first > WEIGHT_RANK || constant->rank - first > rank) {
		return onnx_refuse(error, "with a constant of %" PRIu32 " dimensions",
				constant->rank);
	}
	for (uint32_t d = 0; d < rank; d++) {
		shape.extent[d] = d + constant->rank < rank + first
				? 1
				: constant->extent[d + constant->rank - rank];
	}
	settings.rank = constant->rank > 0 ? constant->rank - first : 1;
	settings.shape[0] = 1;
	memcpy(settings.shape, constant->extent + first,
			(constant->rank - first) * sizeof(*settings.shape));
	status = onnx_add_node(conversion, "parameter", &settings, 1, &like, node, error);
	if (status == CNNVIZ_OK) {
		struct view view = view_whole(*node,
				build_shape(&conversion->build, *node));

		build_weight(&conversion->build, *node, GRAPH_WEIGHT, constant);
		status = reshape(conversion, &view, &shape, node, error);
	}
	return status;
}

/* ---- Weights ------------------------------------------------------------------- */

cnnviz_status onnx_read_weight(struct conversion *conversion, size_t input,
		const struct constant *shape, struct constant *weight,
		struct error *error)
{
	int64_t needed = constant_count(shape), count;
	const struct constant *constant;
	cnnviz_status status;

	if (onnx_input_at(conversion, input) == NULL) {
		return folded_number(conversion, 0, shape, weight, error);
	}
	status = onnx_input_constant(conversion, input, "weight", &constant, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	*weight = *constant;
	count = constant_count(constant);
	if (count == needed) {
		return CNNVIZ_OK;
	}
	if (count == 0 || needed % count != 0 || !constant_is_contiguous(constant)) {
		return onnx_refuse(error, "with a weight of another shape");
	}
	weight->rank = 2;
	weight->extent[0] = count;
	weight->extent[1] = needed / count;
	weight->stride[0] = 1;
	weight->stride[1] = 0;
	return CNNVIZ_OK;
}
