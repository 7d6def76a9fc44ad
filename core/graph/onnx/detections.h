/**
 * \file    graph/onnx/detections.h
 * \brief   The output of a detector: boxes, and scores of each class for each of them
 *
 * Detectors of the YOLOv8 and YOLO11 kind, as Ultralytics exports them, give (1, 4 + classes,
 * boxes): for each box its center's x and y, its width and height, and the sigmoid of a
 * logit for each class. Source: https://docs.ultralytics.com/modes/export
 */
#ifndef ONNX_DETECTIONS_H
#define ONNX_DETECTIONS_H

#include "graph/import_options.h"
#include "graph/onnx/conversion.h"

/**
 * \brief   Whether an array is a detector's output
 *
 * As options->task says, or else the file's metadata cnnviz.task, Ultralytics' task, or the
 * array's extents: with strides of 8, 16 and 32, or with one of 4 or 64 besides, there are
 * just as many boxes as the input has cells, or three times as many. What looks like one but
 * is not in the form above is refused by the next function, not taken for scores.
 */
bool onnx_is_detector(const struct onnx_file *file, const struct import_options *options,
		const int64_t input_size[2], const struct view *view);

/**
 * \brief   Make a detector's output a node of boxes and of logits, which ends the graph
 *
 * As graph_boxes() describes it; graph->detector is set.
 *
 * Errors are sentences about the output.
 */
cnnviz_status onnx_add_detections(struct conversion *conversion, const struct view *view,
		int32_t *node, struct error *error);

#endif
