/**
 * \file    plan/region.h
 * \brief   The part of a picture in which a class of a segmentation network is meant
 *
 * Such a network has a logit for each class and place. What is explained of a class
 * is the sum of its logits over a region (Vinogradova, Dibrov, Myers 2020, Seg-Grad-
 * CAM, arXiv 2002.11434, section 3), its probability the mean of its softmax there.
 */
#ifndef PLAN_REGION_H
#define PLAN_REGION_H

#include "base/error.h"
#include "image/fit.h"

enum region_kind {
	REGION_PREDICTED, /* where the class is the best one */
	REGION_ALL,       /* the whole picture */
	REGION_MASK,      /* where a picture is not black */
};

struct region {
	enum region_kind kind;
	struct image *mask; /* REGION_MASK: 255 inside, 0 outside */
};

/** How pictures, and so masks, are brought to the network's input */
struct region_frame {
	enum image_fit fit;
	int64_t size[2]; /* height, width of the input; not for IMAGE_FIT_NONE */
};

/**
 * \brief   Read what a `region` key says
 *
 * \param   text    "predicted", "all", or anything for a mask
 * \param   path    Of the mask, if it is one
 *
 * Errors: the mask cannot be read, or is black everywhere.
 */
cnnviz_status region_read(const char *text, const char *path, struct region *region,
		struct error *error);

/** Give up what region_read() has filled in. */
void region_clear(struct region *region);

/**
 * \brief   The places of a region, for one picture and class
 *
 * \param   labels  Best class of each of height * width places
 * \param   inside  Where to put, for each of them, 1 inside and 0 outside
 *
 * \return  false when no place is inside: then all of them are made so. With mask
 *          and memory short, too.
 */
bool region_places(const struct region *region, const struct region_frame *frame,
		const int32_t *labels, int64_t height, int64_t width, int64_t index,
		unsigned char *inside);

/** What to tell the user where region_places() found nothing; static */
const char *region_excuse(const struct region *region);

#endif
