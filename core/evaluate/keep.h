/**
 * \file    evaluate/keep.h
 * \brief   Batches of pictures that were read before, or of changed copies of them
 */
#ifndef EVALUATE_KEEP_H
#define EVALUATE_KEEP_H

#include "host/batch.h"

/** An empty batch for `most` pictures with the size of inputs; NULL when out of memory */
struct batch *keep_create(const cnnviz_tensor *inputs, size_t most);

/**
 * \brief   Append a copy of item n of another batch
 *
 * With its random numbers, and the labels by which regions of targets are found.
 *
 * \return  Its values, (C,H,W), which may be changed
 */
float *keep_add(struct batch *batch, const struct batch *from, size_t n, size_t most);

#endif
