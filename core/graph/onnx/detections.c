/**
 * \file    graph/onnx/detections.c
 * \brief   The output of a detector: boxes, and scores of each class for each of them
 */
#include "graph/onnx/detections.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/** Rows of the output that are a box */
#define BOX 4

/* ---- Whether it is one ----------------------------------------------------------- */

/** Whether there is a box for each cell of the maps at a detector's strides */
static bool has_cells(const int64_t size[2], int64_t boxes)
{
	static const struct {
		int64_t first, last;
	} strides[] = { { 8, 32 }, { 8, 64 }, { 4, 32 } };

	for (size_t i = 0; i < sizeof(strides) / sizeof(*strides); i++) {
		int64_t cells = 0;

		for (int64_t s = strides[i].first; s <= strides[i].last; s *= 2) {
			cells += ((size[0] + s - 1) / s) * ((size[1] + s - 1) / s);
		}
		if (cells == boxes) {
			return true;
		}
	}
	return false;
}

/** Whether so many numbers for each box are a box and scores; YOLOv5 has three boxes a cell. */
static bool is_list(const int64_t size[2], int64_t numbers, int64_t boxes)
{
	return numbers > BOX
			&& (has_cells(size, boxes)
					|| (boxes % 3 == 0
							&& has_cells(size, boxes / 3)));
}

/** Whether the file says that it finds boxes; what Ultralytics' other tasks end in has more rows */
static bool says_so(const struct onnx_file *file)
{
	const char *ours = onnx_property(file, "cnnviz.task");
	const char *theirs = onnx_property(file, "task");

	if (ours != NULL) {
		return strcmp(ours, "detect") == 0;
	}
	return theirs != NULL
			&& (strcmp(theirs, "detect") == 0
					|| strcmp(theirs, "segment") == 0
					|| strcmp(theirs, "pose") == 0);
}

bool onnx_is_detector(const struct onnx_file *file, const struct import_options *options,
		const int64_t input_size[2], const struct view *view)
{
	if (options->task != IMPORT_TASK_BY_FILE) {
		return options->task == IMPORT_TASK_DETECT;
	}
	return says_so(file)
			|| (view->rank == 3 && view->axes[0].extent == 1
					&& (is_list(input_size, view->axes[1].extent,
							    view->axes[2].extent)
							|| is_list(input_size,
									view->axes[2].extent,
									view->axes[1].extent)));
}

/* ---- Its nodes ------------------------------------------------------------------- */

static const struct graph_node *node_at(const struct conversion *conversion, int32_t node)
{
	return &conversion->build.graph->nodes[node];
}

/**
 * Find the nodes of boxes and of scores that a node joins. More may follow, such as the
 * masks' coefficients of a network that segments.
 */
static bool find_parts(const struct conversion *conversion, int32_t node, int64_t boxes,
		int32_t parts[2])
{
	while (strcmp(node_at(conversion, node)->op->name, "concat") == 0
			&& node_at(conversion, node)->settings.axis == 0
			&& node_at(conversion, node)->input_count >= 2) {
		const struct graph_node *joint = node_at(conversion, node);

		memcpy(parts, joint->inputs, 2 * sizeof(*parts));
		if (shape_values(build_shape(&conversion->build, parts[0]))
				== BOX * boxes) {
			return true;
		}
		node = parts[0];
	}
	return false;
}

/** Add a node with other extents: rows of one number for each box */
static cnnviz_status add_rows(struct conversion *conversion, const char *path,
		int64_t boxes, int32_t *node, struct error *error)
{
	struct graph_settings settings = build_settings("reshape");
	int32_t input = *node;
	char *own = conversion->path;
	cnnviz_status status;

	settings.rank = 3;
	settings.shape[0] = shape_values(build_shape(&conversion->build, input)) / boxes;
	settings.shape[1] = 1;
	settings.shape[2] = boxes;
	conversion->path = memory_text(path);
	status = onnx_add_node(conversion, "reshape", &settings, 1, &input, node, error);
	free(conversion->path);
	conversion->path = own;
	return status;
}

static cnnviz_status join(struct conversion *conversion, const int32_t parts[2],
		int32_t *node, struct error *error)
{
	const struct graph_settings settings = build_settings("concat");
	char *own = conversion->path;
	cnnviz_status status;

	conversion->path = memory_text("detections");
	status = onnx_add_node(conversion, "concat", &settings, 2, parts, node, error);
	free(conversion->path);
	conversion->path = own;
	return status;
}

cnnviz_status onnx_add_detections(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error)
{
	struct graph *graph = conversion->build.graph;
	int64_t boxes = view->rank == 3 ? view->axes[2].extent : 0;
	int32_t parts[2];
	cnnviz_status status;

	if (boxes < 1 || view->axes[0].extent != 1 || !view_is_in_order(view)
			|| !find_parts(conversion, view->node, boxes, parts)) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"it is not (1, 4 + classes, boxes), boxes joined with "
				"sigmoids of the classes' scores, as Ultralytics exports "
				"detectors of the YOLOv8 and YOLO11 kind; choose an "
				"earlier array with output = NAME in [model], and task = "
				"score if it holds scores without boxes");
	}
	if (strcmp(node_at(conversion, parts[1])->op->name, "sigmoid") == 0) {
		parts[1] = node_at(conversion, parts[1])->inputs[0];
	}
	status = add_rows(conversion, "boxes", boxes, &parts[0], error);
	if (status == CNNVIZ_OK) {
		status = add_rows(conversion, "scores", boxes, &parts[1], error);
	}
	if (status == CNNVIZ_OK) {
		status = join(conversion, parts, node, error);
	}
	if (status == CNNVIZ_OK) {
		graph->detector = true;
		graph->activation = graph->activation == ACTIVATION_DEFAULT
				? ACTIVATION_SIGMOID
				: graph->activation;
	}
	return status;
}
