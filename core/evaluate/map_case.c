/**
 * \file    evaluate/map_case.c
 * \brief   A map with all that measures need to judge it by
 */
#include "evaluate/map_case.h"

int64_t map_area(const struct map_case *map)
{
	return tensor_shape(map->input)[2] * tensor_shape(map->input)[3];
}
