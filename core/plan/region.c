/**
 * \file    plan/region.c
 * \brief   The part of a picture in which a class of a segmentation network, or the box at
 *          which one of a detector, is explained
 */
#include "plan/region.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "image/fit.h"
#include "image/read.h"

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

/** Read four numbers with commas between; false for anything else, which may be a path. */
static bool read_numbers(const char *text, double box[4])
{
	char copy[128], *at = copy;
	int count = 0;

	if (strlen(text) >= sizeof(copy)) {
		return false;
	}
	strcpy(copy, text);
	while (at != NULL && count < 4) {
		char *comma = strchr(at, ',');

		if (comma != NULL) {
			*comma = '\0';
		}
		at += strspn(at, " \t");
		at[strcspn(at, " \t")] = '\0';
		if (!value_float(at, &box[count])) {
			return false;
		}
		count++;
		at = comma != NULL ? comma + 1 : NULL;
	}
	return at == NULL && count == 4;
}

static cnnviz_status check_box(struct region *region, struct error *error)
{
	const double *box = region->box;

	region->kind = REGION_BOX;
	region->shares = fmax(fmax(box[0], box[1]), fmax(box[2], box[3])) <= 1;
	return box[0] >= 0 && box[1] >= 0 && box[2] > 0 && box[3] > 0
					&& (!region->shares
							|| (box[0] + box[2] <= 1.0001
									&& box[1] + box[3]
											<= 1.0001))
			? CNNVIZ_OK
			: error_set(error, CNNVIZ_ERROR_INPUT,
					"it is no box in the picture; write its left, "
					"top, "
					"width and height in pixels of the network's "
					"input, "
					"or as shares of it, as in 0.25, 0.25, 0.5, 0.5");
}

cnnviz_status region_read(const char *text, const char *path, struct region *region,
		struct error *error)
{
	struct image *picture = NULL;

	*region = (struct region){ .kind = REGION_PREDICTED };
	if (strcmp(text, "predicted") == 0 || strcmp(text, "best") == 0) {
		return CNNVIZ_OK;
	}
	if (strcmp(text, "all") == 0) {
		region->kind = REGION_ALL;
		return CNNVIZ_OK;
	}
	if (read_numbers(text, region->box)) {
		return check_box(region, error);
	}
	cnnviz_status status = image_read(path, &picture, error);
	if (status != CNNVIZ_OK) {
		return error_prefix(error,
				"it is neither predicted, best, all, a box of four "
				"numbers nor the path of a mask");
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

void region_box(const struct region *region, const int64_t size[2], double box[4])
{
	for (int i = 0; i < 4; i++) {
		box[i] = region->box[i]
				* (region->shares ? (double)size[i % 2 == 0 ? 1 : 0] : 1);
	}
}

/** The positions whose centers are in the box */
static bool cover_box(const struct region *region, const struct region_frame *frame,
		int64_t height, int64_t width, unsigned char *inside)
{
	double box[4];
	bool any = false;

	region_box(region, frame->size, box);
	for (int64_t i = 0; i < height * width; i++) {
		double x = ((double)(i % width) + 0.5) * (double)frame->size[1]
				/ (double)width;
		double y = ((double)(i / width) + 0.5) * (double)frame->size[0]
				/ (double)height;

		inside[i] = x >= box[0] && x < box[0] + box[2] && y >= box[1]
				&& y < box[1] + box[3];
		any = any || inside[i];
	}
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
	} else if (region->kind == REGION_BOX) {
		any = cover_box(region, frame, height, width, inside);
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
			: region->kind == REGION_BOX
			? "the box is smaller than a position of the network's output, "
			  "so the logits are summed over the whole picture"
			: "no position of the picture has this class as the best one, so "
			  "its logits are summed over the whole picture";
}
