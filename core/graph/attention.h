/**
 * \file    graph/attention.h
 * \brief   The weights of an attention, which engines never have as a whole
 *
 * Of a layer's arrays with axes (...,queries,features), (...,keys,features) and
 * (...,keys,channels), those before are heads, or windows and heads.
 */
#ifndef GRAPH_ATTENTION_H
#define GRAPH_ATTENTION_H

#include "graph/graph.h"

/** Inputs of an attention, in the order of its node; biases follow */
enum {
	ATTENTION_QUERIES,
	ATTENTION_KEYS,
	ATTENTION_VALUES,
	ATTENTION_BIASES,
	ATTENTION_MOST_INPUTS = ATTENTION_BIASES + 2,
};

/** Whether a node is an attention */
bool graph_is_attention(const struct graph *graph, int32_t node);

/**
 * \brief   Shape of an attention's weights for an input of the default size
 *
 * \param   shape   Receives (heads,queries,keys), or (windows,heads,queries,keys)
 *
 * \return  Its rank; 0 of another node, and of an attention of more axes.
 */
uint32_t graph_attention_shape(const struct graph *graph, int32_t node, int64_t *shape);

/**
 * \brief   Which of an attention's keys are which positions of the picture
 *
 * \param   grid    Receives the number of class tokens in front of these, height, width
 *
 * \return  Whether it is known.
 */
bool graph_attention_grid(const struct graph *graph, int32_t node, int64_t grid[3]);

/**
 * \brief   The weights: softmax(scale * queries * keys + biases)
 *
 * \param   inputs  Values of the node's inputs, as an engine has them
 *
 * \return  New, (N,...) of graph_attention_shape(); NULL when memory has run out.
 */
cnnviz_tensor *graph_attention_weights(const struct graph_node *node,
		const cnnviz_tensor *const *inputs);

/**
 * \brief   Gradient with respect to the weights, from that at the attention's output
 *
 * \param   gradient    As an engine gives it
 * \param   values      Those of the node's input
 *
 * \return  As of graph_attention_weights().
 */
cnnviz_tensor *graph_attention_gradient(const cnnviz_tensor *gradient,
		const cnnviz_tensor *values);

#endif
