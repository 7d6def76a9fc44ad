/**
 * \file    graph/head.h
 * \brief   Networks with the classes of their weights
 *
 * Fine-tuning keeps an architecture and replaces its last layer by one for other
 * classes, sometimes with a dropout before it in a container of its own.
 */
#ifndef GRAPH_HEAD_H
#define GRAPH_HEAD_H

#include "graph/fit.h"

/**
 * \brief   Give the layer that makes the logits as many classes as the file has
 *
 * It is a linear layer or a convolution with nothing behind it that has weights. A file
 * that has it as NAME.1 and not as NAME (in a container with a dropout) has it under
 * NAME then. The network stays as it is where the file's layer differs in anything but
 * the number of classes.
 */
void head_adopt(struct graph *graph, struct fit *fit);

#endif
