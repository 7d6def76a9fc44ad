/**
 * \file    optimize/own.h
 * \brief   A technique's own transformations within the steps of the loop
 */
#ifndef OPTIMIZE_OWN_H
#define OPTIMIZE_OWN_H

#include "optimize/state.h"

/** Allocate what an item keeps for them. */
cnnviz_status own_open(struct loop *loop, uint32_t n);
void own_close(struct loop *loop, uint32_t n);

/** Draw numbers for an item, and transform its view in place. */
cnnviz_status own_apply(struct loop *loop, uint32_t n, float *view);

/**
 * \brief   Take a gradient back through an item's transformations of this step
 *
 * \param   by_seen     With respect to what the network saw
 * \param   by_view     Receives a new tensor: with respect to the item's view
 */
cnnviz_status own_pull_back(struct loop *loop, uint32_t n, const float *by_seen,
		cnnviz_tensor **by_view);

#endif
