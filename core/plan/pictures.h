/**
 * \file    plan/pictures.h
 * \brief   Reading [input] images: paths, wildcards, targets and lists of them
 */
#ifndef PLAN_PICTURES_H
#define PLAN_PICTURES_H

#include "plan/builder.h"

/**
 * \brief   The pictures of `images` or, where given, exactly those of a request
 *
 * Each gets a name of its own. What is wrong with one is a problem of the key, or of
 * the line of the list that names it.
 */
void plan_read_pictures(struct builder *builder, const struct value *images,
		const struct plan_request *request);

#endif
