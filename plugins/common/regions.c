/**
 * \file    common/regions.c
 * \brief   Overlapping regions of a picture, and what is densest among them
 */
#include "common/regions.h"

#include <stdlib.h>

/* ---- Making ------------------------------------------------------------------------ */

/** Add a region to those that end at *end, unless it is one of those from start on. */
static bool add_member(struct regions *regions, int64_t start, int64_t *end,
		int32_t region)
{
	for (int64_t i = start; i < *end; i++) {
		if (regions->members[i] == region) {
			return true;
		}
	}
	if (*end == regions->room) {
		int64_t room = 2 * regions->room + 1024;
		int32_t *members = realloc(regions->members,
				(size_t)room * sizeof(*members));

		if (members == NULL) {
			return false;
		}
		regions->members = members;
		regions->room = room;
	}
	regions->members[(*end)++] = region;
	return true;
}

/** Add the labels of a segmentation within a disk around a pixel. */
static bool add_around(struct regions *regions, const int32_t *labels, int64_t p,
		int64_t radius, int64_t *end)
{
	int64_t y = p / regions->width, x = p % regions->width, start = *end;
	bool enough = true;

	for (int64_t down = -radius; down <= radius; down++) {
		for (int64_t right = -radius; right <= radius; right++) {
			if (down * down + right * right <= radius * radius
					&& y + down >= 0 && y + down < regions->height
					&& x + right >= 0 && x + right < regions->width) {
				enough = enough
						&& add_member(regions, start, end,
								labels[(y + down) * regions->width
										+ x
										+ right]);
			}
		}
	}
	return enough;
}

bool regions_make(struct regions *regions, int64_t segmentations, const int32_t *labels,
		int64_t radius)
{
	int64_t pixels = regions->height * regions->width, end = 0;

	regions->starts = calloc((size_t)(pixels + 1), sizeof(*regions->starts));
	bool enough = regions->starts != NULL;

	for (int64_t p = 0; p < pixels && enough; p++) {
		for (int64_t s = 0; s < segmentations && enough; s++) {
			enough = add_around(regions, labels + s * pixels, p, radius,
					&end);
		}
		regions->starts[p + 1] = end;
	}
	return enough;
}

void regions_end(struct regions *regions)
{
	free(regions->starts);
	free(regions->members);
	regions->starts = NULL;
	regions->members = NULL;
}

/* ---- Ranking ----------------------------------------------------------------------- */

/** What of a region no other has taken yet */
struct rest {
	int64_t pixels;
	double sum;   /* of the map */
	bool is_over; /* taken, or too small */
};

/** A region that was taken */
struct taken {
	double density;
	int32_t order;
};

/** Add what pixel p has to the rests of its regions, or take it away from them. */
static void change_rests(const struct regions *regions, struct rest *rests, int64_t p,
		int64_t pixels, double value)
{
	for (int64_t i = regions->starts[p]; i < regions->starts[p + 1]; i++) {
		rests[regions->members[i]].pixels += pixels;
		rests[regions->members[i]].sum += value;
	}
}

/** The region with the densest rest, the first of equal ones; -1: none is left */
static int32_t find_densest(struct rest *rests, int32_t count, int64_t smallest)
{
	int32_t densest = -1;

	for (int32_t r = 0; r < count; r++) {
		rests[r].is_over = rests[r].is_over || rests[r].pixels < smallest;
		/* sum / pixels of both, without a division */
		if (!rests[r].is_over
				&& (densest < 0
						|| rests[r].sum * (double)rests[densest].pixels
								> rests[densest].sum
										* (double)rests[r].pixels)) {
			densest = r;
		}
	}
	return densest;
}

static bool has_member(const struct regions *regions, int64_t p, int32_t region)
{
	int64_t i = regions->starts[p];

	while (i < regions->starts[p + 1] && regions->members[i] != region) {
		i++;
	}
	return i < regions->starts[p + 1];
}

/** Give the pixels that are left of a region its number, counted from 1. */
static void take(const struct regions *regions, const double *map, struct rest *rests,
		int32_t region, int32_t number, int32_t *owners)
{
	for (int64_t p = 0; p < regions->height * regions->width; p++) {
		if (owners[p] == 0 && has_member(regions, p, region)) {
			owners[p] = number;
			change_rests(regions, rests, p, -1, -map[p]);
		}
	}
	rests[region].is_over = true;
}

/** Which region has taken each pixel, in the order of taking, or 0; returns how many have */
static int32_t take_all(const struct regions *regions, const double *map,
		int64_t smallest, struct rest *rests, struct taken *taken,
		int32_t *owners)
{
	int32_t count = 0, region;

	for (int64_t p = 0; p < regions->height * regions->width; p++) {
		change_rests(regions, rests, p, 1, map[p]);
	}
	while ((region = find_densest(rests, regions->count, smallest)) >= 0) {
		taken[count] = (struct taken){
			rests[region].sum / (double)rests[region].pixels,
			count,
		};
		take(regions, map, rests, region, ++count, owners);
	}
	return count;
}

/** The densest first, and of equal ones that which was taken first */
static int compare(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;

	if (a->density != b->density) {
		return a->density > b->density ? -1 : 1;
	}
	return (a->order > b->order) - (a->order < b->order);
}

/** Values and ranks of pixels by their owners; number 0 is what no region has taken */
static void write_results(const struct regions *regions, const double *map, int32_t count,
		struct taken *taken, int32_t *numbers, const int32_t *owners,
		float *values, float *ranks)
{
	int64_t pixels = regions->height * regions->width, left = 0;
	double sum = 0;

	for (int64_t p = 0; p < pixels; p++) {
		left += owners[p] == 0;
		sum += owners[p] == 0 ? map[p] : 0;
	}
	for (int64_t p = 0; p < pixels; p++) {
		values[p] = (float)(owners[p] > 0 ? taken[owners[p] - 1].density
						  : sum / (double)left);
	}
	qsort(taken, (size_t)count, sizeof(*taken), compare);
	for (int32_t i = 0; i < count; i++) {
		numbers[taken[i].order] = i + 1;
	}
	for (int64_t p = 0; p < pixels; p++) {
		ranks[p] = (float)(owners[p] > 0 ? numbers[owners[p] - 1] : count + 1);
	}
}

bool regions_rank(const struct regions *regions, const double *map, int64_t smallest,
		float *values, float *ranks)
{
	size_t count = (size_t)regions->count;
	struct rest *rests = calloc(count, sizeof(*rests));
	struct taken *taken = calloc(count, sizeof(*taken));
	int32_t *numbers = calloc(count, sizeof(*numbers));
	int32_t *owners = calloc((size_t)(regions->height * regions->width),
			sizeof(*owners));
	bool enough = rests != NULL && taken != NULL && numbers != NULL && owners != NULL;

	if (enough) {
		int32_t found = take_all(regions, map, smallest, rests, taken, owners);

		write_results(regions, map, found, taken, numbers, owners, values, ranks);
	}
	free(rests);
	free(taken);
	free(numbers);
	free(owners);
	return enough;
}
