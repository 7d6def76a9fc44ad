/**
 * \file    image/png.c
 * \brief   Decodes PNG, with libpng
 */
#include "image/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "image/orientation.h"
#include "image/png_survey.h"

/* Ancillary chunks are not needed; these bounds keep a hostile file from making libpng
 * allocate memory for them. */
#define CHUNK_CACHE_LIMIT 64
#define CHUNK_BYTE_LIMIT (8u << 20)

struct reader {
	png_structp png;
	png_infop info;
	struct png_survey survey;
	const unsigned char *next; /* bytes to read */
	size_t left;
	struct image *image;
	png_bytep *rows;
	struct error *error;
};

static void fail_reading(png_structp png, png_const_charp text)
{
	struct reader *reader = png_get_error_ptr(png);

	if (reader->error == NULL || reader->error->status == CNNVIZ_OK) {
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the PNG picture is truncated or corrupt (%s); save it "
				"again",
				text);
	}
	png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/**
 * Read the file's complete chunks, then IEND, which the file may lack. No read crosses
 * the end of a chunk.
 */
static void read_bytes(png_structp png, png_bytep bytes, size_t count)
{
	struct reader *reader = png_get_io_ptr(png);

	if (reader->left == 0) {
		reader->next = png_end;
		reader->left = PNG_END_SIZE;
	}
	if (count > reader->left) {
		png_error(png, "the file ends too early");
	}
	memcpy(bytes, reader->next, count);
	reader->next += count;
	reader->left -= count;
}

static bool open_reader(struct reader *reader)
{
	reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail_reading,
			ignore_warning);
	if (reader->png != NULL) {
		reader->info = png_create_info_struct(reader->png);
	}
	if (reader->info == NULL) {
		error_set(reader->error, CNNVIZ_ERROR_MEMORY,
				"not enough memory to read a PNG picture");
		return false;
	}
	png_set_read_fn(reader->png, reader, read_bytes);
	png_set_user_limits(reader->png, IMAGE_MAX_EXTENT, IMAGE_MAX_EXTENT);
	png_set_chunk_cache_max(reader->png, CHUNK_CACHE_LIMIT);
	png_set_chunk_malloc_max(reader->png, CHUNK_BYTE_LIMIT);
	return true;
}

/** Check the size in IHDR before libpng does, for a clearer message. */
static cnnviz_status check_header(const unsigned char *data, size_t size,
		struct error *error)
{
	const unsigned char *chunk = data + PNG_SIGNATURE_SIZE;

	if (size < PNG_SIGNATURE_SIZE + 8 + 13 || memcmp(chunk + 4, "IHDR", 4) != 0) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"the PNG picture is truncated or corrupt (it has no "
				"header); save it again");
	}
	return image_check_size(png_number(chunk + 8), png_number(chunk + 12), error);
}

/**
 * Prepare to read the header; false after an error. Call close_reader() in either case.
 */
static bool start_reader(struct reader *reader, const unsigned char *data, size_t size)
{
	if (check_header(data, size, reader->error) != CNNVIZ_OK) {
		return false;
	}
	reader->survey = png_survey(data, size);
	reader->next = data;
	reader->left = reader->survey.size;
	return open_reader(reader);
}

static void allocate(struct reader *reader, int channels)
{
	int64_t width = png_get_image_width(reader->png, reader->info);
	int64_t height = png_get_image_height(reader->png, reader->info);

	if (image_check_bytes(width, height, channels, reader->error) != CNNVIZ_OK) {
		png_longjmp(reader->png, 1);
	}
	reader->image = image_create(width, height, channels);
	reader->rows = calloc((size_t)height, sizeof(*reader->rows));
	if (reader->image == NULL || reader->rows == NULL) {
		error_set(reader->error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)width, (long long)height);
		png_longjmp(reader->png, 1);
	}
	for (int64_t y = 0; y < height; y++) {
		reader->rows[y] = reader->image->pixels + y * width * channels;
	}
}

/**
 * libpng's errors jump into read_header() or read_pixels(); what must survive a jump is
 * kept in the reader.
 */
static bool read_header(struct reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)) != 0) {
		return false;
	}
	/* Of the ancillary chunks libpng needs to see only tRNS: a negative number
	 * means all others, gamma and profiles included. */
	png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_read_info(reader->png, reader->info);
	return true;
}

static bool read_pixels(struct reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)) != 0) {
		return false;
	}
	png_set_expand(reader->png);
	png_set_strip_16(reader->png);
	png_set_gray_to_rgb(reader->png);
	png_set_interlace_handling(reader->png);
	png_read_update_info(reader->png, reader->info);

	int channels = png_get_channels(reader->png, reader->info);
	if (png_get_bit_depth(reader->png, reader->info) != 8
			|| (channels != 3 && channels != 4)) {
		png_error(reader->png, "unknown pixel format");
	}
	allocate(reader, channels);
	png_read_image(reader->png, reader->rows);
	png_read_end(reader->png, NULL);
	return true;
}

static void close_reader(struct reader *reader)
{
	png_destroy_read_struct(&reader->png, &reader->info, NULL);
	free(reader->rows);
	image_free(reader->image);
}

/** RGBA to RGB over white, in place: writing never overtakes reading. */
static void flatten(struct image *image)
{
	unsigned char *out = image->pixels;
	const unsigned char *in = image->pixels;

	for (int64_t i = 0; i < image->width * image->height; i++) {
		unsigned alpha = in[3];
		for (int c = 0; c < 3; c++) {
			*out++ = (unsigned char)((in[c] * alpha + 255u * (255u - alpha)
								 + 127u)
					/ 255u);
		}
		in += 4;
	}
	image->channels = 3;
	size_t size = (size_t)(image->width * image->height) * 3;
	unsigned char *smaller = realloc(image->pixels, size);
	if (smaller != NULL) {
		image->pixels = smaller;
	}
}

static cnnviz_status finish_picture(struct reader *reader, bool opacity)
{
	if (reader->image->channels == 4 && !opacity) {
		flatten(reader->image);
	}
	return orientation_apply(reader->survey.orientation, &reader->image,
			reader->error);
}

cnnviz_status image_decode_png(const unsigned char *data, size_t size, bool opacity,
		struct image **image, bool *ended, struct error *error)
{
	struct error local = { 0 };
	struct reader reader = { .error = &local };

	if (start_reader(&reader, data, size) && read_header(&reader)
			&& read_pixels(&reader)
			&& finish_picture(&reader, opacity) == CNNVIZ_OK) {
		*ended = reader.survey.ended;
		*image = reader.image;
		reader.image = NULL;
	}
	close_reader(&reader);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}

cnnviz_status image_probe_png(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error)
{
	struct error local = { 0 };
	struct reader reader = { .error = &local };

	if (start_reader(&reader, data, size) && read_header(&reader)) {
		bool swap = orientation_swaps_sides(reader.survey.orientation);
		int64_t columns = png_get_image_width(reader.png, reader.info);
		int64_t rows = png_get_image_height(reader.png, reader.info);
		*width = swap ? rows : columns;
		*height = swap ? columns : rows;
	}
	close_reader(&reader);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}
