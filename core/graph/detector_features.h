/**
 * \file    graph/detector_features.h
 * \brief   Finds the last feature map that all boxes of a detector depend on
 */
#ifndef GRAPH_DETECTOR_FEATURES_H
#define GRAPH_DETECTOR_FEATURES_H

#include "graph/graph.h"

/**
 * \brief   The last feature map that has an influence on all of a detector's scores
 *
 * A detector has heads for small and for large objects, and what only one of them sees says
 * nothing about a box of another. So the layer is before they part.
 *
 * \return  CNNVIZ_LAYER_NONE of a network that is no detector, or has one head
 */
int32_t graph_find_detector_features(const struct graph *graph);

#endif
