/**
 * \file    plan/region.h
 * \brief   The part of a picture in which a class of a segmentation network, or the box at
 *          which one of a detector, is explained
 *
 * Such a network has a logit for each class and position. The score of a class is the
 * sum of its logits over a region (Vinogradova, Dibrov, Myers 2020, Seg-Grad-CAM, arXiv
 * 2002.11434, section 3), and its probability is the mean of its softmax there. The positions
 * of a detector are its boxes, of which a region is one.
 */
#ifndef PLAN_REGION_H
#define PLAN_REGION_H

#include "base/error.h"
#include "image/fit.h"

enum region_kind {
	REGION_PREDICTED, /* where the class is the best one; of a detector its best box */
	REGION_ALL,       /* the whole picture */
	REGION_MASK,      /* where a picture is not black */
	REGION_BOX,       /* in a box, or at what a detector finds there */
};

struct region {
	enum region_kind kind;
	struct image *mask; /* REGION_MASK: 255 inside, 0 outside */
	/* REGION_BOX: left, top, width, height in pixels of the input, or shares of its
	 * width and height */
	double box[4];
	bool shares;
};

/** How pictures, and masks likewise, are fitted to the network's input */
struct region_frame {
	enum image_fit fit;
	int64_t size[2]; /* height, width of the input; of masks not for IMAGE_FIT_NONE */
};

/**
 * \brief   Read the value of a `region` key
 *
 * \param   text    "predicted", "best", which means the same, "all", a box as four numbers
 *                  with commas between, or anything else for a mask; numbers of at most 1
 *                  are shares
 * \param   path    Path of the mask, if it is one
 *
 * Errors: the box is empty or lies outside the picture; the mask cannot be read, or is
 * black everywhere.
 */
cnnviz_status region_read(const char *text, const char *path, struct region *region,
		struct error *error);

/** A box in pixels of an input of a size */
void region_box(const struct region *region, const int64_t size[2], double box[4]);

/** Free the contents of a region. */
void region_clear(struct region *region);

/**
 * \brief   Compute the positions in a region, for one picture and class
 *
 * \param   labels  Best class at each of height * width positions
 * \param   inside  Gets 1 inside and 0 outside the region, for each position
 *
 * \return  false if no position is inside, or when out of memory with a mask; then all
 *                     positions are set to inside
 */
bool region_positions(const struct region *region, const struct region_frame *frame,
		const int32_t *labels, int64_t height, int64_t width, int64_t index,
		unsigned char *inside);

/** Message for the user if region_positions() returned false; static */
const char *region_fallback_message(const struct region *region);

#endif
