/**
 * \file    graph/operations/window.h
 * \brief   What convolutions and pools share: settings and shapes of sliding windows
 */
#ifndef OPERATIONS_WINDOW_H
#define OPERATIONS_WINDOW_H

#include "graph/operations/families.h"

extern const struct operation_setting setting_kernel;
extern const struct operation_setting setting_padding; /* or same */
extern const struct operation_setting setting_dilation;

/**
 * \brief   Extents that sliding windows leave
 *
 * \param   in      (channels,height,width)
 * \param   out     Its height and width are filled in
 */
cnnviz_status window_shape(const struct graph_node *node, const struct graph_shape *in,
		struct graph_shape *out, struct error *error);

/** A copy with the padding around it, where an engine pads beforehand */
struct operation_memory window_memory(const struct graph_node *node,
		const struct graph_shape *in, const struct graph_shape *out);

#endif
