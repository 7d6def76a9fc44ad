/**
 * \file    host/optimize_recipe.h
 * \brief   The settings of an optimization: defaults, the user's parameters, and checks
 */
#ifndef HOST_OPTIMIZE_RECIPE_H
#define HOST_OPTIMIZE_RECIPE_H

#include "host/session.h"
#include "optimize/loop.h"

/** Number of bytes of a technique's cnnviz_optimization that this host knows */
uint32_t recipe_known_size(uint32_t struct_size);

/** Channels of the network's input */
int recipe_channels(const cnnviz_job *job);

/** optimize->defaults() */
void recipe_defaults(cnnviz_optimization *optimization, uint32_t struct_size);

/** optimize->configure() */
cnnviz_status recipe_configure(cnnviz_job *job, cnnviz_optimization *optimization);

/**
 * Determine the size of the images, and check that the network accepts them or their
 * tiles.
 */
cnnviz_status recipe_size(const cnnviz_job *job, const cnnviz_optimization *what,
		struct loop_request *request);

#endif
