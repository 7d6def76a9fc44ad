/**
 * \file    graph/onnx/products.h
 * \brief   Products of two live matrices, of which some are attentions
 */
#ifndef ONNX_PRODUCTS_H
#define ONNX_PRODUCTS_H

#include "graph/onnx/conversion.h"

/**
 * \brief   Add a product of the matrices in the last two axes of two nodes of one rank
 *
 * Where the first one is the softmax of products of queries and keys, perhaps scaled and
 * with biases added, it is an attention, which needs none of the nodes between.
 *
 * \param   product Views of the two, if both are live; or NULL. Its node is filled in
 */
cnnviz_status onnx_add_product(struct conversion *conversion, const int32_t factors[2],
		struct live_product *product, int32_t *node, struct error *error);

#endif
