/**
 * \file    plan/size.h
 * \brief   Reads sizes, and checks whether a network supports them
 */
#ifndef PLAN_SIZE_H
#define PLAN_SIZE_H

#include "graph/graph.h"

/**
 * \brief   Read a size: "H W", "HxW" or one number for both
 *
 * \return  Whether the text is a size with extents from 1 to IMAGE_MAX_EXTENT
 */
bool plan_parse_size(const char *text, int64_t size[2]);

/** Whether a network supports an input size; error says why not. */
bool plan_network_takes(const struct graph *graph, int64_t height, int64_t width,
		struct error *error);

#endif
