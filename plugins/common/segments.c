/**
 * \file    common/segments.c
 * \brief   Parts of a picture between which its color changes more than within them
 */
#include "common/segments.h"

#include <math.h>
#include <stdlib.h>

struct segments_edge {
	double difference;
	int32_t pixels[2];
};

/** A part is known by the pixel that all others lead to. */
struct segments_part {
	int32_t leads_to; /* another pixel of it, or itself */
	int32_t size;
	double within; /* largest difference that it was merged over */
};

struct picture {
	const float *image;
	int64_t channels, height, width;
};

static double difference(const struct picture *picture, int64_t p, int64_t q)
{
	double sum = 0;

	for (int64_t c = 0; c < picture->channels; c++) {
		const float *plane = picture->image
				+ c * picture->height * picture->width;
		double apart = (double)plane[p] - plane[q];

		sum += apart * apart;
	}
	return sqrt(sum);
}

/** All pairs of neighbors; returns how many */
static int64_t list_edges(const struct picture *picture, struct segments_edge *edges)
{
	/* Right, down, down and right, up and right */
	static const int steps[4][2] = { { 0, 1 }, { 1, 0 }, { 1, 1 }, { -1, 1 } };
	int64_t count = 0;

	for (int step = 0; step < 4; step++) {
		for (int64_t p = 0; p < picture->height * picture->width; p++) {
			int64_t y = p / picture->width + steps[step][0];
			int64_t x = p % picture->width + steps[step][1];

			if (y >= 0 && y < picture->height && x < picture->width) {
				int64_t q = y * picture->width + x;

				edges[count++] = (struct segments_edge){
					difference(picture, p, q),
					{ (int32_t)p, (int32_t)q }
				};
			}
		}
	}
	return count;
}

/** Equal differences by place, so that all C libraries sort alike */
static int compare(const void *left, const void *right)
{
	const struct segments_edge *a = left, *b = right;

	if (a->difference != b->difference) {
		return a->difference < b->difference ? -1 : 1;
	}
	if (a->pixels[0] != b->pixels[0]) {
		return a->pixels[0] < b->pixels[0] ? -1 : 1;
	}
	return (a->pixels[1] > b->pixels[1]) - (a->pixels[1] < b->pixels[1]);
}

static int32_t find(struct segments_part *parts, int32_t pixel)
{
	while (parts[pixel].leads_to != pixel) {
		/* Halve the way for those who come later. */
		parts[pixel].leads_to = parts[parts[pixel].leads_to].leads_to;
		pixel = parts[pixel].leads_to;
	}
	return pixel;
}

static void merge(struct segments_part *parts, int32_t a, int32_t b, double over)
{
	int32_t low = a < b ? a : b, high = a < b ? b : a;

	parts[high].leads_to = low;
	parts[low].size += parts[high].size;
	parts[low].within = over;
}

static bool is_alike(const struct segments_part *a, const struct segments_part *b,
		double apart, double k)
{
	return apart < fmin(a->within + k / a->size, b->within + k / b->size);
}

static void merge_alike(struct segments *segments, double k)
{
	struct segments_part *parts = segments->parts;

	for (int64_t i = 0; i < segments->count; i++) {
		const struct segments_edge *edge = &segments->edges[i];
		int32_t a = find(parts, edge->pixels[0]);
		int32_t b = find(parts, edge->pixels[1]);

		if (a != b && is_alike(&parts[a], &parts[b], edge->difference, k)) {
			merge(parts, a, b, edge->difference);
		}
	}
}

static void merge_small(struct segments *segments, int64_t smallest)
{
	struct segments_part *parts = segments->parts;

	for (int64_t i = 0; i < segments->count; i++) {
		const struct segments_edge *edge = &segments->edges[i];
		int32_t a = find(parts, edge->pixels[0]);
		int32_t b = find(parts, edge->pixels[1]);

		if (a != b && (parts[a].size < smallest || parts[b].size < smallest)) {
			merge(parts, a, b, edge->difference);
		}
	}
}

bool segments_begin(struct segments *segments, const float *image, int64_t channels,
		int64_t height, int64_t width)
{
	const struct picture picture = { image, channels, height, width };

	*segments = (struct segments){
		.pixels = height * width,
		.edges = calloc((size_t)(4 * height * width),
				sizeof(struct segments_edge)),
		.parts = calloc((size_t)(height * width), sizeof(struct segments_part)),
	};
	if (segments->edges == NULL || segments->parts == NULL) {
		return false;
	}
	segments->count = list_edges(&picture, segments->edges);
	qsort(segments->edges, (size_t)segments->count, sizeof(*segments->edges),
			compare);
	return true;
}

int32_t segments_merge(struct segments *segments, double k, int64_t smallest,
		int32_t *labels)
{
	int32_t count = 0;

	for (int64_t p = 0; p < segments->pixels; p++) {
		segments->parts[p] = (struct segments_part){
			.leads_to = (int32_t)p,
			.size = 1,
		};
	}
	merge_alike(segments, k / 255);
	merge_small(segments, smallest);
	for (int64_t p = 0; p < segments->pixels; p++) {
		int32_t first = find(segments->parts, (int32_t)p);

		/* A part leads to its first pixel, so it has its label before it is asked. */
		labels[p] = first == p ? count++ : labels[first];
	}
	return count;
}

void segments_end(struct segments *segments)
{
	free(segments->edges);
	free(segments->parts);
}
