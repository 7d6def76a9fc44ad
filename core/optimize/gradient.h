/**
 * \file    optimize/gradient.h
 * \brief   Values and gradients of items, through their views and tiles
 */
#ifndef OPTIMIZE_GRADIENT_H
#define OPTIMIZE_GRADIENT_H

#include "optimize/state.h"

/** Items that are passed through the network together */
struct group {
	uint32_t count;
	const uint32_t *items;
	bool redirected; /* whether the network redirects gradients of silent ReLUs */
	double *values;
	cnnviz_tensor *views;     /* (count,C,h,w) */
	cnnviz_tensor *gradients; /* with respect to the views */
};

/** Whether views go through the network in several tiles */
bool loop_is_tiled(const struct loop *loop);

/**
 * \brief   Draw views of a group's items and compute values and gradients
 *
 * \param   group   Its values are count zeros; the caller releases its tensors
 */
cnnviz_status group_compute(struct loop *loop, struct group *group);

/** Compute the values and gradients of a group that has views */
cnnviz_status group_differentiate(struct loop *loop, struct group *group);

#endif
