/**
 * \file    image/png.c
 * \brief   Decodes and writes PNG, with libpng
 */
#include "image/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "image/orientation.h"
#include "image/palette.h"
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
	/* Of the ancillary chunks libpng needs to see only tRNS: a negative number
	 * means all others, gamma and profiles included. */
	png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
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

/* ---- Writing ------------------------------------------------------------- */

/** How a kind of picture is compressed */
struct coding {
	int level, strategy; /* of zlib */
	int filters;         /* of PNG */
};

/*
 * Indexed by enum image_content. Of filtered photographs and of grain, Huffman's codes
 * and runs of equal bytes leave as little as a search for longer repetitions does, which
 * takes three times as long. Repetitions are what colors and smooth maps consist of.
 */
static const struct coding codings[] = {
	{ 1, Z_RLE, PNG_FILTER_PAETH },
	{ 1, Z_RLE, PNG_FILTER_NONE },
	{ 4, Z_DEFAULT_STRATEGY, PNG_FILTER_SUB },
	{ 4, Z_DEFAULT_STRATEGY, PNG_FILTER_NONE },
};

struct encoder {
	png_structp png;
	png_infop info;
	struct writer *writer;
	const struct image *image;
	bool labels; /* the one channel holds indices into the palette */
	struct error *error;
};

static void fail_writing(png_structp png, png_const_charp text)
{
	struct encoder *encoder = png_get_error_ptr(png);

	error_set(encoder->error, CNNVIZ_ERROR_IO, "%s: cannot be encoded as PNG (%s)",
			encoder->writer->path, text);
	png_longjmp(png, 1);
}

/** A short write sets the stream's error flag, which writer_commit() reports. */
static void write_bytes(png_structp png, png_bytep bytes, size_t count)
{
	struct encoder *encoder = png_get_io_ptr(png);

	(void)!fwrite(bytes, 1, count, encoder->writer->stream);
}

static void flush_bytes(png_structp png)
{
	(void)png;
}

static int color_type(const struct encoder *encoder)
{
	switch (encoder->image->channels) {
	case 1:
		return encoder->labels ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY;
	case 4:
		return PNG_COLOR_TYPE_RGB_ALPHA;
	default:
		return PNG_COLOR_TYPE_RGB;
	}
}

static void set_palette(const struct encoder *encoder)
{
	png_color colors[PALETTE_SIZE];

	for (int i = 0; i < PALETTE_SIZE; i++) {
		uint32_t color = palette_color(i);

		colors[i] = (png_color){ (png_byte)(color >> 16),
			(png_byte)(color >> 8 & 255), (png_byte)(color & 255) };
	}
	png_set_PLTE(encoder->png, encoder->info, colors, PALETTE_SIZE);
}

/**
 * Writes only IHDR, PLTE, IDAT and IEND, so that the same picture gives the same bytes.
 */
static bool write_picture(struct encoder *encoder)
{
	const struct image *image = encoder->image;
	const struct coding *coding =
			&codings[encoder->labels ? IMAGE_COLORS : image->content];

	if (setjmp(png_jmpbuf(encoder->png)) != 0) {
		return false;
	}
	png_set_write_fn(encoder->png, encoder, write_bytes, flush_bytes);
	png_set_compression_level(encoder->png, coding->level);
	png_set_compression_strategy(encoder->png, coding->strategy);
	png_set_filter(encoder->png, PNG_FILTER_TYPE_BASE, coding->filters);
	png_set_IHDR(encoder->png, encoder->info, (png_uint_32)image->width,
			(png_uint_32)image->height, 8, color_type(encoder),
			PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
			PNG_FILTER_TYPE_DEFAULT);
	if (encoder->labels) {
		set_palette(encoder);
	}
	png_write_info(encoder->png, encoder->info);
	for (int64_t y = 0; y < image->height; y++) {
		png_write_row(encoder->png,
				image->pixels + y * image->width * image->channels);
	}
	png_write_end(encoder->png, NULL);
	return true;
}

static cnnviz_status write_file(const char *path, const struct image *image, bool labels,
		struct error *error)
{
	struct error local = { 0 };
	struct encoder encoder = { .image = image, .labels = labels, .error = &local };

	if (writer_open(path, &encoder.writer, &local) != CNNVIZ_OK) {
		goto done;
	}
	encoder.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder,
			fail_writing, ignore_warning);
	if (encoder.png != NULL) {
		encoder.info = png_create_info_struct(encoder.png);
	}
	if (encoder.info == NULL) {
		error_set(&local, CNNVIZ_ERROR_MEMORY,
				"%s: not enough memory to write a PNG picture", path);
		writer_abort(encoder.writer);
	} else if (!write_picture(&encoder)) {
		writer_abort(encoder.writer);
	} else {
		writer_commit(encoder.writer, &local);
	}
	png_destroy_write_struct(&encoder.png, &encoder.info);
done:
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}

cnnviz_status image_write_png(const char *path, const struct image *image,
		struct error *error)
{
	return write_file(path, image, false, error);
}

cnnviz_status image_write_labels(const char *path, const struct image *labels,
		struct error *error)
{
	return write_file(path, labels, true, error);
}
