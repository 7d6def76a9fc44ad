/**
 * \file    plan/input.h
 * \brief   Reads [input]: how pictures are fitted, regions, and the pictures
 */
#ifndef PLAN_INPUT_H
#define PLAN_INPUT_H

#include "plan/builder.h"

/** Read [input]; the pictures are those of the request, if there is one. */
void plan_read_input(struct builder *builder, const struct plan_request *request);

/** Read the `region` key of a section into *region, if it is set */
void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region);

#endif
