/**
 * \file    graph/operations/axis.h
 * \brief   The setting `axis` of operations along one axis
 */
#ifndef OPERATIONS_AXIS_H
#define OPERATIONS_AXIS_H

#include "graph/operation.h"

/** A word for each of GRAPH_MAX_RANK axes, of which the first three are of feature maps */
extern const struct operation_setting setting_axis;

/** Check that a node's axis is one of a shape; errors are clauses about the layer. */
cnnviz_status axis_check(const struct graph_node *node, const struct graph_shape *shape,
		struct error *error);

#endif
