/**
 * \file    image/quantize.c
 * \brief   Reduces a picture to at most 256 colors
 *
 * There is no dithering: its pattern would flicker from frame to frame of an animation.
 */
#include "image/quantize.h"

#include <stdlib.h>
#include <string.h>

/** Bits per channel when colors are counted, and when they are looked up */
#define COUNT_BITS 5
#define LOOKUP_BITS 6
#define CELLS(bits) (1 << (3 * (bits)))

/** Red, green and blue of a pixel */
static void pixel_color(const struct image *image, int64_t i, unsigned char color[3])
{
	const unsigned char *pixel = image->pixels + i * image->channels;

	for (int c = 0; c < 3; c++) {
		color[c] = pixel[image->channels == 1 ? 0 : c];
	}
}

static int cell_of(const unsigned char color[3], int bits)
{
	int shift = 8 - bits;

	return ((color[0] >> shift) << bits | color[1] >> shift) << bits
			| color[2] >> shift;
}

/* ---- Few colors ------------------------------------------------------------ */

/** Hash table of the colors found so far; a slot holds index + 1, or 0 when empty */
struct color_table {
	unsigned char (*palette)[3];
	int count;
	uint16_t slots[4 * QUANTIZE_COLORS];
};

/** Index of a color, which is added if new; QUANTIZE_COLORS when the palette is full */
static int color_table_index(struct color_table *color_table,
		const unsigned char color[3])
{
	const unsigned size = 4 * QUANTIZE_COLORS;
	uint32_t key = (uint32_t)color[0] << 16 | (uint32_t)color[1] << 8 | color[2];
	unsigned slot = (key * UINT32_C(2654435761)) >> 16 & (size - 1);

	while (color_table->slots[slot] != 0) {
		int index = color_table->slots[slot] - 1;

		if (memcmp(color_table->palette[index], color, 3) == 0) {
			return index;
		}
		slot = (slot + 1) & (size - 1);
	}
	if (color_table->count < QUANTIZE_COLORS) {
		memcpy(color_table->palette[color_table->count++], color, 3);
		color_table->slots[slot] = (uint16_t)color_table->count;
		return color_table->count - 1;
	}
	return QUANTIZE_COLORS;
}

/** Number of colors, or 0 when there are too many */
static int keep_all(const struct image *image, unsigned char palette[QUANTIZE_COLORS][3],
		unsigned char *indices)
{
	struct color_table color_table = { .palette = palette };

	for (int64_t i = 0; i < image->width * image->height; i++) {
		unsigned char color[3];

		pixel_color(image, i, color);
		int index = color_table_index(&color_table, color);
		if (index == QUANTIZE_COLORS) {
			return 0;
		}
		indices[i] = (unsigned char)index;
	}
	return color_table.count;
}

/* ---- Many colors ------------------------------------------------------------- */

/** Pixels of nearly one color */
struct cluster {
	double weight; /* pixels */
	double mean[3];
};

/** Consecutive entries in the list of clusters */
struct part {
	size_t start, end;
	double mean[3];
	int axis;      /* channel in which it varies most */
	double spread; /* sum of squared deviations in that channel */
};

/**
 * Move the occupied cells of the color cube to the front, in order of cells; returns
 * their number
 */
static size_t count_colors(const struct image *image, struct cluster *clusters)
{
	size_t count = 0;

	for (int64_t i = 0; i < image->width * image->height; i++) {
		unsigned char color[3];

		pixel_color(image, i, color);
		struct cluster *cluster = &clusters[cell_of(color, COUNT_BITS)];
		cluster->weight++;
		for (int c = 0; c < 3; c++) {
			cluster->mean[c] += color[c];
		}
	}
	for (size_t cell = 0; cell < CELLS(COUNT_BITS); cell++) {
		if (clusters[cell].weight == 0) {
			continue;
		}
		clusters[count] = clusters[cell];
		for (int c = 0; c < 3; c++) {
			clusters[count].mean[c] /= clusters[count].weight;
		}
		count++;
	}
	return count;
}

static void measure_part(const struct cluster *clusters, struct part *part)
{
	double weight = 0, sum[3] = { 0 }, squares[3] = { 0 };

	for (size_t i = part->start; i < part->end; i++) {
		weight += clusters[i].weight;
		for (int c = 0; c < 3; c++) {
			sum[c] += clusters[i].weight * clusters[i].mean[c];
		}
	}
	for (int c = 0; c < 3; c++) {
		part->mean[c] = sum[c] / weight;
	}
	for (size_t i = part->start; i < part->end; i++) {
		for (int c = 0; c < 3; c++) {
			double deviation = clusters[i].mean[c] - part->mean[c];
			squares[c] += clusters[i].weight * deviation * deviation;
		}
	}
	part->axis = 0;
	for (int c = 1; c < 3; c++) {
		part->axis = squares[c] > squares[part->axis] ? c : part->axis;
	}
	part->spread = part->end - part->start > 1 ? squares[part->axis] : 0;
}

/** Partition a part at its mean; returns where the clusters above the mean start */
static size_t split_part(struct cluster *clusters, const struct part *part)
{
	size_t low = part->start, high = part->end;

	while (low < high) {
		if (clusters[low].mean[part->axis] <= part->mean[part->axis]) {
			low++;
		} else {
			struct cluster moved = clusters[low];
			clusters[low] = clusters[--high];
			clusters[high] = moved;
		}
	}
	return low;
}

/** Split the clusters into at most QUANTIZE_COLORS parts; returns their number */
static int split_all(struct cluster *clusters, size_t count, struct part *parts)
{
	int made = 1;

	parts[0] = (struct part){ .end = count };
	measure_part(clusters, &parts[0]);
	while (made < QUANTIZE_COLORS) {
		int widest = 0;

		for (int i = 1; i < made; i++) {
			widest = parts[i].spread > parts[widest].spread ? i : widest;
		}
		size_t middle = parts[widest].spread > 0
				? split_part(clusters, &parts[widest])
				: parts[widest].end;
		if (middle == parts[widest].start || middle == parts[widest].end) {
			break;
		}
		parts[made] = (struct part){ .start = middle, .end = parts[widest].end };
		parts[widest].end = middle;
		measure_part(clusters, &parts[widest]);
		measure_part(clusters, &parts[made++]);
	}
	return made;
}

static int nearest_color(unsigned char palette[QUANTIZE_COLORS][3], int count, int cell)
{
	const int half = 1 << (7 - LOOKUP_BITS), mask = (1 << LOOKUP_BITS) - 1;
	int color[3], best = 0, least = INT32_MAX;

	for (int c = 0; c < 3; c++) {
		color[c] = (cell >> (2 - c) * LOOKUP_BITS & mask) * 2 * half + half;
	}
	for (int i = 0; i < count; i++) {
		int distance = 0;

		for (int c = 0; c < 3; c++) {
			distance += (color[c] - palette[i][c])
					* (color[c] - palette[i][c]);
		}
		if (distance < least) {
			least = distance;
			best = i;
		}
	}
	return best;
}

static int choose_colors(const struct image *image,
		unsigned char palette[QUANTIZE_COLORS][3], unsigned char *indices)
{
	struct part parts[QUANTIZE_COLORS];
	struct cluster *clusters = calloc(CELLS(COUNT_BITS), sizeof(*clusters));
	uint16_t *known = calloc(CELLS(LOOKUP_BITS), sizeof(*known));
	int count = 0;

	if (clusters == NULL || known == NULL) {
		goto done;
	}
	count = split_all(clusters, count_colors(image, clusters), parts);
	for (int i = 0; i < count; i++) {
		for (int c = 0; c < 3; c++) {
			palette[i][c] = (unsigned char)(parts[i].mean[c] + 0.5);
		}
	}
	for (int64_t i = 0; i < image->width * image->height; i++) {
		unsigned char color[3];

		pixel_color(image, i, color);
		int cell = cell_of(color, LOOKUP_BITS);
		if (known[cell] == 0) {
			known[cell] = (uint16_t)(nearest_color(palette, count, cell) + 1);
		}
		indices[i] = (unsigned char)(known[cell] - 1);
	}
done:
	free(clusters);
	free(known);
	return count;
}

int image_quantize(const struct image *image, unsigned char palette[QUANTIZE_COLORS][3],
		unsigned char *indices)
{
	int count = keep_all(image, palette, indices);

	return count > 0 ? count : choose_colors(image, palette, indices);
}
