/**
 * \file    graph/onnx/attribute.h
 * \brief   Reads attributes of nodes, and the ports of a graph
 */
#ifndef ONNX_ATTRIBUTE_H
#define ONNX_ATTRIBUTE_H

#include "graph/onnx/file.h"
#include "graph/onnx/wire.h"

/** Read an AttributeProto; errors as onnx_file_read() */
cnnviz_status attribute_read(struct onnx_file *file, struct wire wire,
		struct onnx_attribute *attribute, struct error *error);

void attribute_clear(struct onnx_attribute *attribute);

/** Read a ValueInfoProto; errors as onnx_file_read() */
cnnviz_status port_read(struct wire wire, struct onnx_port *port, struct error *error);

#endif
