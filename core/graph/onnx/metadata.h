/**
 * \file    graph/onnx/metadata.h
 * \brief   What the metadata of an ONNX file say about pixels and classes
 *
 * Source of the standard ones: https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md
 */
#ifndef ONNX_METADATA_H
#define ONNX_METADATA_H

#include "graph/graph.h"
#include "graph/onnx/file.h"

/**
 * Read height and width from cnnviz.input_size, or from Ultralytics' imgsz; they are left as
 * they are where neither says them.
 */
void onnx_metadata_size(const struct onnx_file *file, int64_t size[2]);

/**
 * \brief   Let metadata take the place of what a graph has
 *
 * cnnviz.channels, cnnviz.scale, cnnviz.mean, cnnviz.std, cnnviz.activation and cnnviz.labels
 * are what the keys without the prefix are in a description, but that the labels are the text
 * of such a file;
 * Image.BitmapPixelFormat and Image.NominalPixelRange are ONNX's own, and names and author
 * Ultralytics', who takes pixels from 0 to 1.
 *
 * Errors name the property: a value that is not understood.
 */
cnnviz_status onnx_metadata_read(const struct onnx_file *file, struct graph *graph,
		struct error *error);

#endif
