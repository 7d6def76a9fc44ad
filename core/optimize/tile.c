/**
 * \file    optimize/tile.c
 * \brief   Divides a large picture into tiles, so that its gradient takes less memory
 *
 * All tiles have the same size, since a network may accept only one; so neighbors
 * overlap if the picture's size is not a multiple of it.
 */
#include "optimize/transform.h"

static int64_t tile_extent(uint32_t side, int64_t extent)
{
	return side > 0 && side < extent ? side : extent;
}

struct tiles tiles_create(uint32_t side, struct extents extents)
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

/** First sample of tile i of count tiles that cover an extent evenly */
static int64_t tile_start(int64_t extent, int64_t length, int64_t count, int64_t i)
{
	return count > 1 ? (extent - length) * i / (count - 1) : 0;
}

/** Number of tiles that contain a sample */
static int64_t coverage(int64_t extent, int64_t length, int64_t count, int64_t index)
{
	int64_t found = 0;

	for (int64_t i = 0; i < count; i++) {
		int64_t start = tile_start(extent, length, count, i);

		found += index >= start && index < start + length;
	}
	return found;
}

static int64_t roll_back(int64_t index, int64_t offset, int64_t extent)
{
	return ((index - offset) % extent + extent) % extent;
}

void tile_extract(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *picture, float *tile)
{
	struct extents all = tiles->extents;
	int64_t top = tile_start(all.height, tiles->height, tiles->rows, row);
	int64_t left = tile_start(all.width, tiles->width, tiles->columns, column);

	for (int64_t c = 0; c < all.channels; c++) {
		for (int64_t y = 0; y < tiles->height; y++) {
			const float *line = picture
					+ (c * all.height
							  + roll_back(top + y, offset[0],
									  all.height))
							* all.width;

			for (int64_t x = 0; x < tiles->width; x++) {
				*tile++ = line[roll_back(left + x, offset[1], all.width)];
			}
		}
	}
}

void tile_add_gradient(const struct tiles *tiles, int64_t row, int64_t column,
		const int64_t offset[2], const float *tile, float *picture)
{
	struct extents all = tiles->extents;
	int64_t top = tile_start(all.height, tiles->height, tiles->rows, row);
	int64_t left = tile_start(all.width, tiles->width, tiles->columns, column);

	for (int64_t y = 0; y < tiles->height; y++) {
		int64_t line = roll_back(top + y, offset[0], all.height) * all.width;
		int64_t down = coverage(all.height, tiles->height, tiles->rows, top + y);

		for (int64_t x = 0; x < tiles->width; x++) {
			int64_t index = line + roll_back(left + x, offset[1], all.width);
			int64_t share = down
					* coverage(all.width, tiles->width,
							tiles->columns, left + x);

			for (int64_t c = 0; c < all.channels; c++) {
				picture[c * all.height * all.width + index] +=
						tile[(c * tiles->height
								     + y) * tiles->width
								+ x]
						/ (float)share;
			}
		}
	}
}
