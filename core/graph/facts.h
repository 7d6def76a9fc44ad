/**
 * \file    graph/facts.h
 * \brief   What a layer is made of, for those who see layers from outside
 */
#ifndef GRAPH_FACTS_H
#define GRAPH_FACTS_H

#include "graph/graph.h"

/** Copy the inputs of a node, as far as there is room; how many there are */
uint32_t graph_copy_inputs(const struct graph_node *node, uint32_t room, int32_t *inputs);

/** Copy the numbers of a setting, as far as there is room; how many there are, 0: none */
uint32_t graph_copy_setting(const struct graph_node *node, const char *name,
		uint32_t room, double *values);

/**
 * \brief   What a layer adds to each channel of its output, whatever its input
 *
 * The bias of a product; of a batch norm, its bias less what the running mean is scaled to.
 *
 * \param   offset  New (channels), or NULL if the layer adds nothing
 *
 * \return  False when out of memory.
 */
bool graph_make_offset(const struct graph_node *node, cnnviz_tensor **offset);

#endif
