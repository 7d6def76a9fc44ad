/**
 * \file    image/png_write.c
 * \brief   Writes PNG, with libpng
 */
#include "image/png.h"

#include <png.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/file.h"
#include "image/palette.h"

/** How a kind of picture is compressed */
struct coding {
	int level, strategy; /* of zlib */
	int filters;         /* of PNG */
};

/*
 * Indexed by enum image_content. Of filtered photographs and of grain, Huffman's codes
 * and runs of equal bytes, if there are any, leave as little as a search for longer
 * repetitions does, which takes three times as long. Repetitions are what colors and smooth
 * maps consist of.
 */
static const struct coding codings[] = {
	{ 1, Z_RLE, PNG_FILTER_PAETH },
	{ 1, Z_RLE, PNG_FILTER_NONE },
	{ 4, Z_DEFAULT_STRATEGY, PNG_FILTER_SUB },
	{ 4, Z_DEFAULT_STRATEGY, PNG_FILTER_NONE },
};

/* Of the rows of a picture, every so many are looked at; of the samples there, as many at
 * least must repeat for a search of runs to be worth its time. */
#define ROWS_APART 8
#define RARE_RUNS 8

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

static void ignore_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
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

/** Whether samples repeat that often that runs of them can be expected after a filter, too */
static bool has_runs(const struct image *image)
{
	int64_t row = image->width * image->channels, step = image->channels;
	int64_t repeated = 0, looked_at = 0;

	for (int64_t y = 0; y < image->height; y += ROWS_APART) {
		const unsigned char *samples = image->pixels + y * row;

		for (int64_t i = 2 * step; i < row; i++) {
			repeated += samples[i] == samples[i - step]
					&& samples[i] == samples[i - 2 * step];
		}
		looked_at += row;
	}
	return repeated > looked_at / RARE_RUNS;
}

static int strategy_for(const struct coding *coding, const struct image *image)
{
	return coding->strategy == Z_RLE && !has_runs(image) ? Z_HUFFMAN_ONLY
							     : coding->strategy;
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
	png_set_compression_strategy(encoder->png, strategy_for(coding, image));
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

/** Encode into a writer, which is committed, or aborted */
static cnnviz_status put_picture(struct writer *writer, const struct image *image,
		bool labels, struct error *error)
{
	struct error local = { 0 };
	struct encoder encoder = { .writer = writer,
		.image = image,
		.labels = labels,
		.error = &local };

	encoder.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder,
			fail_writing, ignore_warning);
	if (encoder.png != NULL) {
		encoder.info = png_create_info_struct(encoder.png);
	}
	if (encoder.info == NULL) {
		error_set(&local, CNNVIZ_ERROR_MEMORY,
				"%s: not enough memory to write a PNG picture",
				writer->path);
		writer_abort(writer);
	} else if (!write_picture(&encoder)) {
		writer_abort(writer);
	} else {
		writer_commit(writer, &local);
	}
	png_destroy_write_struct(&encoder.png, &encoder.info);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}

static cnnviz_status write_file(const char *path, const struct image *image, bool labels,
		struct error *error)
{
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	return status == CNNVIZ_OK ? put_picture(writer, image, labels, error) : status;
}

cnnviz_status image_put_png(struct writer *writer, const struct image *image,
		struct error *error)
{
	return put_picture(writer, image, false, error);
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
