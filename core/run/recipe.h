/**
 * \file    run/recipe.h
 * \brief   An optimisation as technique and user want it, and whether it makes sense
 */
#ifndef RUN_RECIPE_H
#define RUN_RECIPE_H

#include "optimise/loop.h"
#include "run/services.h"

/** Bytes of a technique's recipe that this host knows */
uint32_t recipe_known_size(uint32_t struct_size);

/** Channels of the network's input */
int recipe_channels(const cnnviz_job *job);

/** optimise->defaults() */
void recipe_defaults(cnnviz_optimisation *optimisation, uint32_t struct_size);

/** optimise->configure() */
cnnviz_status recipe_configure(cnnviz_job *job, cnnviz_optimisation *optimisation);

/** Find the size of the images, and whether the network takes them or their tiles. */
cnnviz_status recipe_size(const cnnviz_job *job, const cnnviz_optimisation *what,
		struct loop_request *request);

#endif
