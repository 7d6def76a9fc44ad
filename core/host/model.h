/**
 * \file    host/model.h
 * \brief   The network's layers, classes and input range, for techniques
 */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include "host/session.h"

/** host->model */
extern const cnnviz_model_api model_services;

/** Node of a CNNVIZ_LAYER_* or layer number, or CNNVIZ_LAYER_NONE */
int32_t graph_layer_node(const struct graph *graph, int64_t layer);

/** The same in the network of the run */
int32_t layer_node(const struct session *session, int64_t layer);

#endif
