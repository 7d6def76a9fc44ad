/**
 * \file    image/jpeg.c
 * \brief   JPEG in, by libjpeg and libexif
 */
#include "image/codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>
#include <libexif/exif-data.h>

#define EXIF_MARKER (JPEG_APP0 + 1)

/* A progressive file may announce scan after scan over a huge picture in a few
 * bytes; cameras and encoders use about ten. */
#define SCAN_LIMIT 500

struct reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr messages;
	struct jpeg_progress_mgr progress;
	jmp_buf escape;
	struct image *image;
	unsigned char *row; /* of a CMYK picture */
	int orientation;    /* EXIF's, 1..8 */
	struct error *error;
};

static void fail(j_common_ptr jpeg)
{
	struct reader *reader = jpeg->client_data;
	char text[JMSG_LENGTH_MAX];

	if (jpeg->err->msg_code == JERR_IMAGE_TOO_BIG) {
		image_check_size(reader->jpeg.image_width, reader->jpeg.image_height,
				reader->error);
	}
	if (reader->error->status == CNNVIZ_OK) {
		jpeg->err->format_message(jpeg, text);
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the JPEG picture is cut short or corrupt (%s); save it "
				"again",
				text);
	}
	longjmp(reader->escape, 1);
}

/** Whether a warning leaves every pixel as the file says */
static bool is_harmless(int code)
{
	return code == JWRN_EXTRANEOUS_DATA || code == JWRN_TOO_MUCH_DATA
			|| code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR;
}

/**
 * libjpeg only warns of lost data and makes pixels up; a picture that is partly
 * made up must not be analyzed as if it were real.
 */
static void take_message(j_common_ptr jpeg, int level)
{
	if (level < 0 && !is_harmless(jpeg->err->msg_code)) {
		fail(jpeg);
	}
}

static void print_nothing(j_common_ptr jpeg)
{
	(void)jpeg;
}

static void limit_scans(j_common_ptr jpeg)
{
	struct reader *reader = jpeg->client_data;

	if (reader->jpeg.input_scan_number > SCAN_LIMIT) {
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the JPEG picture has more than %d scans; save it again",
				SCAN_LIMIT);
		longjmp(reader->escape, 1);
	}
}

/** EXIF's orientation in a saved marker; 1 where it says nothing sensible */
static int parse_orientation(const struct jpeg_marker_struct *marker)
{
	int orientation = 1;

	ExifData *exif = exif_data_new_from_data(marker->data, marker->data_length);
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

static int find_orientation(const struct jpeg_decompress_struct *jpeg)
{
	for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL;
			marker = marker->next) {
		if (marker->marker == EXIF_MARKER && marker->data_length > 6
				&& memcmp(marker->data, "Exif\0\0", 6) == 0) {
			return parse_orientation(marker);
		}
	}
	return 1;
}

/**
 * The functions below call libjpeg after setjmp() and are left by longjmp(); what
 * must outlive a jump lies in the reader.
 */
static bool read_header(struct reader *reader, const unsigned char *data, size_t size)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	jpeg->err = jpeg_std_error(&reader->messages);
	reader->messages.error_exit = fail;
	reader->messages.emit_message = take_message;
	reader->messages.output_message = print_nothing;
	jpeg->client_data = reader;
	if (setjmp(reader->escape) != 0) {
		return false;
	}
	jpeg_create_decompress(jpeg);
	reader->progress.progress_monitor = limit_scans;
	jpeg->progress = &reader->progress;
	jpeg_save_markers(jpeg, EXIF_MARKER, 0xffff);
	jpeg_mem_src(jpeg, data, size);
	jpeg_read_header(jpeg, TRUE);
	reader->orientation = find_orientation(jpeg);
	return image_check_size(jpeg->image_width, jpeg->image_height, reader->error)
			== CNNVIZ_OK;
}

/** round(a * b / 255), as Pillow rounds it */
static unsigned multiply(unsigned a, unsigned b)
{
	unsigned product = a * b + 128;

	return ((product >> 8) + product) >> 8;
}

/**
 * Pillow's CMYK to RGB, for samples inverted as Adobe's programs write them (and
 * as Pillow takes every CMYK file to be).
 */
static void convert_cmyk(const unsigned char *cmyk, unsigned char *rgb, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		unsigned key = cmyk[3];
		for (int c = 0; c < 3; c++) {
			rgb[c] = (unsigned char)(key - multiply(255u - cmyk[c], key));
		}
		cmyk += 4;
		rgb += 3;
	}
}

static void allocate(struct reader *reader, bool cmyk)
{
	int64_t width = reader->jpeg.output_width;
	int64_t height = reader->jpeg.output_height;

	reader->image = image_create(width, height, 3);
	if (cmyk) {
		reader->row = malloc((size_t)width * 4);
	}
	if (reader->image == NULL || (cmyk && reader->row == NULL)) {
		error_set(reader->error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for a picture of %lldx%lld pixels",
				(long long)width, (long long)height);
		longjmp(reader->escape, 1);
	}
}

static bool read_pixels(struct reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	if (setjmp(reader->escape) != 0) {
		return false;
	}
	bool cmyk = jpeg->num_components == 4;
	jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
	jpeg_start_decompress(jpeg);
	if (jpeg->output_components != (cmyk ? 4 : 3)) {
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the JPEG picture has an unknown kind of pixels; save it "
				"as RGB");
		longjmp(reader->escape, 1);
	}
	allocate(reader, cmyk);
	while (jpeg->output_scanline < jpeg->output_height) {
		unsigned char *target = reader->image->pixels
				+ (size_t)jpeg->output_scanline * jpeg->output_width * 3;
		JSAMPROW row = cmyk ? reader->row : target;
		if (jpeg_read_scanlines(jpeg, &row, 1) == 1 && cmyk) {
			convert_cmyk(reader->row, target, jpeg->output_width);
		}
	}
	jpeg_finish_decompress(jpeg);
	return true;
}

static bool swaps_sides(int orientation)
{
	return orientation >= 5;
}

/**
 * \brief   Turn and mirror a picture upright
 *
 * Orientations 5 to 8 mirror along the main diagonal; then 2, 3, 7, 8 read the
 * stored columns and 3, 4, 6, 7 the stored rows backwards.
 */
static cnnviz_status turn_upright(struct image **image, int orientation,
		struct error *error)
{
	const struct image *stored = *image;
	bool swap = swaps_sides(orientation);
	bool flip_columns = orientation == 2 || orientation == 3 || orientation == 7
			|| orientation == 8;
	bool flip_rows = orientation == 3 || orientation == 4 || orientation == 6
			|| orientation == 7;

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

static void close_reader(struct reader *reader)
{
	jpeg_destroy_decompress(&reader->jpeg);
	free(reader->row);
	image_free(reader->image);
}

cnnviz_status image_decode_jpeg(const unsigned char *data, size_t size,
		struct image **image, struct error *error)
{
	struct error local = { 0 };
	struct reader reader = { .error = &local, .orientation = 1 };

	if (read_header(&reader, data, size) && read_pixels(&reader)
			&& (reader.orientation == 1
					|| turn_upright(&reader.image, reader.orientation,
							   &local)
							== CNNVIZ_OK)) {
		*image = reader.image;
		reader.image = NULL;
	}
	close_reader(&reader);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}

cnnviz_status image_probe_jpeg(const unsigned char *data, size_t size, int64_t *width,
		int64_t *height, struct error *error)
{
	struct error local = { 0 };
	struct reader reader = { .error = &local, .orientation = 1 };

	if (read_header(&reader, data, size)) {
		bool swap = swaps_sides(reader.orientation);
		*width = swap ? reader.jpeg.image_height : reader.jpeg.image_width;
		*height = swap ? reader.jpeg.image_width : reader.jpeg.image_height;
	}
	close_reader(&reader);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}
