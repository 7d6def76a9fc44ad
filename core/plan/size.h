/**
 * \file    plan/size.h
 * \brief   Sizes: how they are written, and whether a network takes them
 */
#ifndef PLAN_SIZE_H
#define PLAN_SIZE_H

#include "graph/graph.h"

/**
 * \brief   Read a size: "H W", "HxW" or one number for both
 *
 * \return  Whether it is one, each extent from 1 to IMAGE_MAX_EXTENT.
 */
bool plan_parse_size(const char *text, int64_t size[2]);

/** Whether a network takes an input of a size; says why not. */
bool plan_network_takes(const struct graph *graph, int64_t height, int64_t width,
		struct error *error);

#endif
