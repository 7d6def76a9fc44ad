/**
 * \file    optimize/tile.c
 * \brief   Pieces of a large picture, so that its gradient needs little memory
 *
 * All tiles have one size, which a network may insist on; so neighbors overlap where
 * the side does not divide the picture.
 */
#include "optimize/transform.h"

static int64_t tile_extent(uint32_t side, int64_t extent)
{
	return side > 0 && side < extent ? side : extent;
}

struct tiles tiles_of(uint32_t side, struct extents extents)
{
	struct tiles tiles = {
		.extents = extents,
		.height = tile_extent(side, extents.height),
		.width = tile_extent(side, extents.width),
	};

	tiles.rows = (extents.height + tiles.height - 1) / tiles.height;
	tiles.columns = (extents.width + tiles.width - 1) / tiles.width;
	return tiles;
}

/** First sample of tile i of count that share an extent evenly */
static int64_t tile_start(int64_t extent, int64_t length, int64_t count, int64_t i)
{
	return count > 1 ? (extent - length) * i / (count - 1) : 0;
}

/** How many of the tiles hold a sample */
static int64_t coverage(int64_t extent, int64_t length, int64_t count, int64_t place)
{
	int64_t found = 0;

	for (int64_t i = 0; i < count; i++) {
		int64_t start = tile_start(extent, length, count, i);

		found += place >= start && place < start + length;
	}
	return found;
}

static int64_t rolled(int64_t place, int64_t offset, int64_t extent)
{
	return ((place - offset) % extent + extent) % extent;
}

void tile_take(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *picture, float *tile)
{
	struct extents all = tiles->extents;
	int64_t top = tile_start(all.height, tiles->height, tiles->rows, row);
	int64_t left = tile_start(all.width, tiles->width, tiles->columns, column);

	for (int64_t c = 0; c < all.channels; c++) {
		for (int64_t y = 0; y < tiles->height; y++) {
			const float *line = picture
					+ (c * all.height
							  + rolled(top + y, offset[0],
									  all.height))
							* all.width;

			for (int64_t x = 0; x < tiles->width; x++) {
				*tile++ = line[rolled(left + x, offset[1], all.width)];
			}
		}
	}
}

void tile_give(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *tile, float *picture)
{
	struct extents all = tiles->extents;
	int64_t top = tile_start(all.height, tiles->height, tiles->rows, row);
	int64_t left = tile_start(all.width, tiles->width, tiles->columns, column);

	for (int64_t y = 0; y < tiles->height; y++) {
		int64_t line = rolled(top + y, offset[0], all.height) * all.width;
		int64_t down = coverage(all.height, tiles->height, tiles->rows, top + y);

		for (int64_t x = 0; x < tiles->width; x++) {
			int64_t place = line + rolled(left + x, offset[1], all.width);
			int64_t share = down
					* coverage(all.width, tiles->width,
							tiles->columns, left + x);

			for (int64_t c = 0; c < all.channels; c++) {
				picture[c * all.height * all.width + place] +=
						tile[(c * tiles->height
								     + y) * tiles->width
								+ x]
						/ (float)share;
			}
		}
	}
}
