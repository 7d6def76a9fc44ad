/**
 * \file    plan/pictures.h
 * \brief   Reads [input] images: paths, wildcards, targets and lists
 */
#ifndef PLAN_PICTURES_H
#define PLAN_PICTURES_H

#include "plan/builder.h"

/**
 * \brief   Read the pictures of `images` or, if there is a request, exactly those of
 *                     the request
 *
 * Each gets a unique name. Problems are reported at the key, or at the line of the
 * list.
 */
void plan_read_pictures(struct builder *builder, const struct value *images,
		const struct plan_request *request);

#endif
