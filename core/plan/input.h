/**
 * \file    plan/input.h
 * \brief   Reading [input]: how pictures are fitted, regions, and the pictures
 */
#ifndef PLAN_INPUT_H
#define PLAN_INPUT_H

#include "plan/builder.h"

/** The pictures are those of a request, where there is one. */
void plan_read_input(struct builder *builder, const struct plan_request *request);

/** What a `region` key of a section says, if it says anything, into *region */
void plan_read_region(struct builder *builder, const char *section,
		const struct value *value, struct region *region);

#endif
