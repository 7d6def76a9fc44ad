/**
 * \file    host/picture_read.h
 * \brief   Reads pictures by the settings of [input]
 */
#ifndef HOST_PICTURE_READ_H
#define HOST_PICTURE_READ_H

#include "image/image.h"
#include "plan/plan.h"

/**
 * \brief   Read a picture by the settings of [input], or an input and what it shows
 *
 * \param   fit     Whether to fit it to the plan's size; ignored with `resize = none`
 * \param   array   Gets (C,H,W) of an input (.npy), unless it is NULL
 */
cnnviz_status picture_read(const struct plan *plan, const char *path, bool fit,
		struct image **picture, cnnviz_tensor **array, struct error *error);

/** Height and width of one of the plan's pictures now, before it is fitted */
cnnviz_status picture_measure(const struct plan *plan, size_t picture, int64_t *width,
		int64_t *height, struct error *error);

/**
 * \brief   Read a picture as it is before fitting
 *
 * \param   array   As of picture_read()
 */
cnnviz_status picture_read_original(const struct plan *plan, const char *path,
		struct image **picture, cnnviz_tensor **array, struct error *error);

/** Make the network's view of a picture that is no array. */
cnnviz_status picture_make_view(const struct plan *plan, struct image *original,
		struct image **view, struct error *error);

/**
 * \brief   Read pictures that are not the plan's as inputs of the network
 *
 * \param   items   Values whose texts are the paths
 * \param   inputs  New (count,C,H,W)
 */
cnnviz_status inputs_read(const struct plan *plan, const struct value *items,
		size_t count, cnnviz_tensor **inputs, struct error *error);

#endif
