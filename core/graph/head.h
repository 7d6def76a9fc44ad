/**
 * \file    graph/head.h
 * \brief   Adapts a network to the number of classes in its weights
 *
 * Fine-tuning keeps an architecture and replaces its last layer by one for other
 * classes, sometimes in a container with a dropout before it.
 */
#ifndef GRAPH_HEAD_H
#define GRAPH_HEAD_H

#include "graph/fit.h"

/**
 * \brief   Give the layer of the logits as many classes as the file has
 *
 * This is the last linear layer or convolution, with no weights after it. If the file
 * has it as NAME.1 instead of NAME (in a container with a dropout), it is renamed to
 * NAME. The network is not changed if the file's layer differs in anything but the
 * number of classes.
 */
void head_adopt(struct graph *graph, struct fit *fit);

#endif
