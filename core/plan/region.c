/**
 * \file    plan/region.c
 * \brief   The part of a picture in which a class of a segmentation network is
 *                     explained
 */
#include "plan/region.h"
#include "image/fit.h"
#include "image/read.h"

#include <string.h>

/** Smallest sample of a mask that counts as inside; the gray of padding is outside. */
#define INSIDE_MIN 128

/** 255 where a picture is not black, 0 elsewhere; NULL if it is black everywhere */
static struct image *binarize(const struct image *picture)
{
	struct image *mask = image_create(picture->width, picture->height, 1);
	bool any = false;

	for (int64_t i = 0; mask != NULL && i < picture->width * picture->height; i++) {
		const unsigned char *pixel = picture->pixels + i * picture->channels;

		for (int c = 0; c < picture->channels; c++) {
			mask->pixels[i] = pixel[c] > 0 ? 255 : mask->pixels[i];
		}
		any = any || mask->pixels[i] > 0;
	}
	if (!any) {
		image_free(mask);
		mask = NULL;
	}
	return mask;
}

cnnviz_status region_read(const char *text, const char *path, struct region *region,
		struct error *error)
{
	struct image *picture = NULL;

	*region = (struct region){ .kind = REGION_PREDICTED };
	if (strcmp(text, "predicted") == 0) {
		return CNNVIZ_OK;
	}
	if (strcmp(text, "all") == 0) {
		region->kind = REGION_ALL;
		return CNNVIZ_OK;
	}
	cnnviz_status status = image_read(path, &picture, error);
	if (status != CNNVIZ_OK) {
		return error_prefix(error,
				"it is neither predicted, all nor the path of a mask");
	}
	region->kind = REGION_MASK;
	region->mask = binarize(picture);
	image_free(picture);
	return region->mask != NULL ? CNNVIZ_OK
				    : error_set(error, CNNVIZ_ERROR_INPUT,
						    "%s is black everywhere; the region "
						    "is where a mask is not black",
						    path);
}

void region_clear(struct region *region)
{
	image_free(region->mask);
	*region = (struct region){ .kind = REGION_PREDICTED };
}

/** The mask's sample at the center of each position */
static bool cover_mask(const struct region *region, const struct region_frame *frame,
		int64_t height, int64_t width, unsigned char *inside)
{
	struct image *view = NULL;
	struct error error;
	bool any = false;

	if (image_fit(region->mask, frame->size[1], frame->size[0], frame->fit,
			    CNNVIZ_FILTER_NEAREST, &view, &error)
			!= CNNVIZ_OK) {
		return false;
	}
	for (int64_t y = 0; y < height; y++) {
		int64_t row = (2 * y + 1) * view->height / (2 * height);

		for (int64_t x = 0; x < width; x++) {
			int64_t from = (2 * x + 1) * view->width / (2 * width);

			inside[y * width + x] = view->pixels[row * view->width + from]
					>= INSIDE_MIN;
			any = any || inside[y * width + x];
		}
	}
	image_free(view);
	return any;
}

static bool cover_class(const int32_t *labels, int64_t count, int64_t index,
		unsigned char *inside)
{
	bool any = false;

	for (int64_t i = 0; i < count; i++) {
		inside[i] = labels[i] == index;
		any = any || inside[i];
	}
	return any;
}

bool region_positions(const struct region *region, const struct region_frame *frame,
		const int32_t *labels, int64_t height, int64_t width, int64_t index,
		unsigned char *inside)
{
	bool any = region->kind == REGION_ALL;

	if (region->kind == REGION_PREDICTED) {
		any = cover_class(labels, height * width, index, inside);
	} else if (region->kind == REGION_MASK) {
		any = cover_mask(region, frame, height, width, inside);
	}
	if (!any || region->kind == REGION_ALL) {
		memset(inside, 1, (size_t)(height * width));
	}
	return any;
}

const char *region_fallback_message(const struct region *region)
{
	return region->kind == REGION_MASK
			? "the mask is empty at the size of the network's output, so the "
			  "logits are summed over the whole picture"
			: "no position of the picture has this class as the best one, so "
			  "its logits are summed over the whole picture";
}
