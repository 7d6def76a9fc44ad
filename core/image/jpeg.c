/**
 * \file    image/jpeg.c
 * \brief   Decodes JPEG, with libjpeg
 */
#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "image/orientation.h"

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
	unsigned char *row; /* buffer for a row of a CMYK picture */
	int orientation;    /* from EXIF, 1..8 */
	bool scanning;      /* past the header */
	bool truncated;     /* the file ended before its end marker */
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
				"the JPEG picture is truncated or corrupt (%s); save it "
				"again",
				text);
	}
	longjmp(reader->escape, 1);
}

/** Whether a warning does not affect any pixel */
static bool is_harmless(int code)
{
	return code == JWRN_EXTRANEOUS_DATA || code == JWRN_TOO_MUCH_DATA
			|| code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR;
}

/**
 * When data is missing, libjpeg only warns and invents the pixels; a picture with
 * invented pixels must not be analyzed as if it were real. At the end of the file
 * libjpeg inserts an end marker: whether data before it is missing is known from other
 * warnings and from scans_are_complete().
 */
static void handle_message(j_common_ptr jpeg, int level)
{
	struct reader *reader = jpeg->client_data;

	if (level >= 0 || is_harmless(jpeg->err->msg_code)) {
		return;
	}
	if (jpeg->err->msg_code == JWRN_JPEG_EOF && reader->scanning) {
		reader->truncated = true;
		return;
	}
	fail(jpeg);
}

static void ignore_message(j_common_ptr jpeg)
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

static int find_orientation(const struct jpeg_decompress_struct *jpeg)
{
	for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL;
			marker = marker->next) {
		if (marker->marker == EXIF_MARKER && marker->data_length > 6
				&& memcmp(marker->data, "Exif\0\0", 6) == 0) {
			return orientation_parse(marker->data, marker->data_length);
		}
	}
	return 1;
}

/**
 * read_header() and read_pixels() call libjpeg after setjmp(), and errors leave them by
 * longjmp(); what must survive a jump is kept in the reader.
 */
static bool read_header(struct reader *reader, const unsigned char *data, size_t size)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	jpeg->err = jpeg_std_error(&reader->messages);
	reader->messages.error_exit = fail;
	reader->messages.emit_message = handle_message;
	reader->messages.output_message = ignore_message;
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
 * Pillow's CMYK to RGB, for samples that are inverted as Adobe's programs write them;
 * Pillow assumes this of every CMYK file.
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

/**
 * Bytes that a pixel takes: with several scans libjpeg keeps the coefficients of the whole
 * picture, two bytes each
 */
static int bytes_of_pixel(struct jpeg_decompress_struct *jpeg)
{
	return 3 + (jpeg_has_multiple_scans(jpeg) ? 2 * jpeg->num_components : 0);
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

/**
 * Whether the scans that were read define every pixel completely: a file that is
 * truncated between two scans gives a coarse picture or one without colors, and libjpeg
 * does not warn. Nor does it warn at the end of arithmetic coding, where it reads
 * missing bytes as zeros.
 */
static bool scans_are_complete(const struct jpeg_decompress_struct *jpeg)
{
	if (jpeg->arith_code) {
		return false;
	}
	for (int c = 0; c < jpeg->num_components; c++) {
		if (jpeg->comp_info[c].quant_table == NULL) {
			return false;
		}
		for (int k = 0; jpeg->progressive_mode && k < DCTSIZE2; k++) {
			if (jpeg->coef_bits[c][k] != 0) {
				return false;
			}
		}
	}
	return true;
}

/** Read the rest of the file after the last row */
static void finish_scans(struct reader *reader)
{
	bool complete = scans_are_complete(&reader->jpeg);

	jpeg_finish_decompress(&reader->jpeg);
	if (reader->truncated && !complete) {
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the JPEG picture is truncated or corrupt (its last "
				"scans are missing); save it again");
		longjmp(reader->escape, 1);
	}
}

static bool read_pixels(struct reader *reader)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;

	if (setjmp(reader->escape) != 0) {
		return false;
	}
	reader->scanning = true;
	bool cmyk = jpeg->num_components == 4;
	jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
	if (image_check_bytes(jpeg->image_width, jpeg->image_height, bytes_of_pixel(jpeg),
			    reader->error)
			!= CNNVIZ_OK) {
		return false;
	}
	jpeg_start_decompress(jpeg);
	if (jpeg->output_components != (cmyk ? 4 : 3)) {
		error_set(reader->error, CNNVIZ_ERROR_INPUT,
				"the JPEG picture has an unknown pixel format; save it "
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
	finish_scans(reader);
	return true;
}

static void close_reader(struct reader *reader)
{
	jpeg_destroy_decompress(&reader->jpeg);
	free(reader->row);
	image_free(reader->image);
}

cnnviz_status image_decode_jpeg(const unsigned char *data, size_t size,
		struct image **image, bool *ended, struct error *error)
{
	struct error local = { 0 };
	struct reader reader = { .error = &local, .orientation = 1 };

	if (read_header(&reader, data, size) && read_pixels(&reader)
			&& orientation_apply(reader.orientation, &reader.image, &local)
					== CNNVIZ_OK) {
		*ended = !reader.truncated;
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
		bool swap = orientation_swaps_sides(reader.orientation);
		*width = swap ? reader.jpeg.image_height : reader.jpeg.image_width;
		*height = swap ? reader.jpeg.image_width : reader.jpeg.image_height;
	}
	close_reader(&reader);
	return local.status == CNNVIZ_OK
			? CNNVIZ_OK
			: error_set(error, local.status, "%s", local.text);
}
