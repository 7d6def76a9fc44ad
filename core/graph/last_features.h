/**
 * \file    graph/last_features.h
 * \brief   The layer that maps of a network's decision are made at by default
 */
#ifndef GRAPH_LAST_FEATURES_H
#define GRAPH_LAST_FEATURES_H

#include "graph/graph.h"

/**
 * \brief   Find the last feature map, for a graph whose shapes, roles and logits are known
 *
 * From the last convolution with a spatial extent, unless its channels are the classes
 * themselves, forward through single-consumer batch norms, activations, adds and concats.
 *
 * Where layers behind that act on rows of tokens or on maps with channels last: the last
 * layer that can be shown as a map, before the positions are pooled. If its positions do not
 * reach the logits, which a class token alone gives, the normalization that feeds the last
 * attention: the last one whose positions do.
 *
 * Of a detector, graph_find_detector_features().
 *
 * \return  CNNVIZ_LAYER_NONE if there is no convolution.
 */
int32_t graph_find_features(const struct graph *graph);

/**
 * \brief   Whether nothing at a layer's positions reaches the logits
 *
 * As behind the last attention of a network that reads a class token alone.
 *
 * \param   node    A layer that can be shown as a map, on the way to the logits
 */
bool graph_is_past_features(const struct graph *graph, int32_t node);

#endif
