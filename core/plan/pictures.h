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

/**
 * \brief   Read the pictures of a job's parameter of type PICTURES
 *
 * They are given like `images`, but without classes.
 *
 * \param   value   Its text is given; gets an item for each picture, with its path
 */
void plan_read_picture_set(struct builder *builder, const char *section, const char *key,
		struct value *value);

/**
 * \brief   Give pictures their names: stems of their paths, made unique
 *
 * Names that they have are freed.
 */
void plan_name_pictures(struct plan *plan);

/**
 * \brief   Whether a picture can be used, and how large it is
 *
 * \param   graph   NULL where the network is not known
 * \param   decode  Whether to read all of a picture, not only its header; all of an array
 *                  (.npy) is read in any case
 * \param   picture Its path is given; width, height and array are filled in
 *
 * Errors name the path.
 */
cnnviz_status plan_check_picture(const struct plan *plan, const struct graph *graph,
		bool decode, struct plan_picture *picture, struct error *error);

/**
 * \brief   Check the pictures of other shards, if jobs look at all pictures first
 *
 * What these jobs make of a shard's pictures depends on all of them.
 */
void plan_check_surveyed(struct builder *builder);

#endif
