/**
 * \file    image/orientation.c
 * \brief   Reads and applies the EXIF orientation, with libexif
 */
#include "image/orientation.h"

#include <stdlib.h>
#include <string.h>

#include <libexif/exif-data.h>

static const unsigned char exif_header[] = { 'E', 'x', 'i', 'f', 0, 0 };

/* Largest size of a JPEG segment's data */
#define EXIF_LIMIT 65533

/** EXIF data as libexif expects them, after the header; NULL when out of memory */
static ExifData *load(const unsigned char *data, size_t size)
{
	size_t header = sizeof(exif_header);

	if (size >= header && memcmp(data, exif_header, header) == 0) {
		data += header;
		size -= header;
	}
	if (size > EXIF_LIMIT - header) {
		size = EXIF_LIMIT - header;
	}
	unsigned char *copy = malloc(header + size);
	if (copy == NULL) {
		return NULL;
	}
	memcpy(copy, exif_header, header);
	memcpy(copy + header, data, size);
	ExifData *exif = exif_data_new_from_data(copy, (unsigned)(header + size));
	free(copy);
	return exif;
}

int orientation_parse(const unsigned char *data, size_t size)
{
	int orientation = 1;

	ExifData *exif = load(data, size);
	if (exif == NULL) {
		return orientation;
	}
	const ExifEntry *entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0],
			EXIF_TAG_ORIENTATION);
	if (entry != NULL && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2) {
		int value = exif_get_short(entry->data, exif_data_get_byte_order(exif));
		if (value >= 1 && value <= 8) {
			orientation = value;
		}
	}
	exif_data_unref(exif);
	return orientation;
}

bool orientation_swaps_sides(int orientation)
{
	return orientation >= 5;
}

/*
 * Orientations 5 to 8 transpose the picture; then 2, 3, 7 and 8 reverse the stored
 * columns, and 3, 4, 6 and 7 the stored rows.
 */
cnnviz_status orientation_apply(int orientation, struct image **image,
		struct error *error)
{
	const struct image *stored = *image;
	bool swap = orientation_swaps_sides(orientation);
	bool flip_columns = orientation == 2 || orientation == 3 || orientation == 7
			|| orientation == 8;
	bool flip_rows = orientation == 3 || orientation == 4 || orientation == 6
			|| orientation == 7;

	if (orientation == 1) {
		return CNNVIZ_OK;
	}
	struct image *turned = image_create(swap ? stored->height : stored->width,
			swap ? stored->width : stored->height, 3);
	if (turned == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)stored->width, (long long)stored->height);
	}
	unsigned char *out = turned->pixels;
	for (int64_t y = 0; y < turned->height; y++) {
		for (int64_t x = 0; x < turned->width; x++) {
			int64_t column = swap ? y : x;
			int64_t row = swap ? x : y;
			if (flip_columns) {
				column = stored->width - 1 - column;
			}
			if (flip_rows) {
				row = stored->height - 1 - row;
			}
			memcpy(out, stored->pixels + (row * stored->width + column) * 3,
					3);
			out += 3;
		}
	}
	image_free(*image);
	*image = turned;
	return CNNVIZ_OK;
}
