/**
 * \file    image/jpeg_write.c
 * \brief   Writes JPEG, with libjpeg
 */
#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/file.h"

struct encoder {
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr messages;
	jmp_buf escape;
	struct writer *writer;
	const struct image *image;
	int quality;
	bool unwritten; /* the stream has failed; writer_commit() tells why */
	cnnviz_status status;
	struct error *error;
};

static void fail_writing(j_common_ptr jpeg)
{
	struct encoder *encoder = jpeg->client_data;
	const char *path = encoder->writer->path;
	char text[JMSG_LENGTH_MAX];

	if (jpeg->err->msg_code == JERR_FILE_WRITE) {
		encoder->unwritten = true;
	} else if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY) {
		encoder->status = error_set(encoder->error, CNNVIZ_ERROR_MEMORY,
				"%s: not enough memory to write a JPEG picture", path);
	} else {
		jpeg->err->format_message(jpeg, text);
		encoder->status = error_set(encoder->error, CNNVIZ_ERROR_IO,
				"%s: cannot be encoded as JPEG (%s)", path, text);
	}
	longjmp(encoder->escape, 1);
}

static void ignore_message(j_common_ptr jpeg)
{
	(void)jpeg;
}

/** Every sample of every channel, so that the edges in a color map's colors stay sharp */
static void keep_all_samples(struct jpeg_compress_struct *jpeg)
{
	for (int c = 0; c < jpeg->num_components; c++) {
		jpeg->comp_info[c].h_samp_factor = 1;
		jpeg->comp_info[c].v_samp_factor = 1;
	}
}

/**
 * Writes one scan and no marker that tells of time or place, so that the same picture gives the
 * same bytes. Errors leave it by longjmp(); what must survive a jump is kept in the encoder.
 */
static bool write_picture(struct encoder *encoder)
{
	struct jpeg_compress_struct *jpeg = &encoder->jpeg;
	const struct image *image = encoder->image;

	if (setjmp(encoder->escape) != 0) {
		return false;
	}
	jpeg_create_compress(jpeg);
	jpeg_stdio_dest(jpeg, encoder->writer->stream);
	jpeg->image_width = (JDIMENSION)image->width;
	jpeg->image_height = (JDIMENSION)image->height;
	jpeg->input_components = image->channels;
	jpeg->in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, encoder->quality, TRUE);
	keep_all_samples(jpeg);
	jpeg_start_compress(jpeg, TRUE);
	while (jpeg->next_scanline < jpeg->image_height) {
		JSAMPROW row = image->pixels
				+ (size_t)jpeg->next_scanline * (size_t)image->width
						* (size_t)image->channels;

		jpeg_write_scanlines(jpeg, &row, 1);
	}
	jpeg_finish_compress(jpeg);
	return true;
}

cnnviz_status image_write_jpeg(const char *path, const struct image *image, int quality,
		struct error *error)
{
	struct encoder encoder = { .image = image, .quality = quality, .error = error };
	cnnviz_status status = writer_open(path, &encoder.writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	encoder.jpeg.err = jpeg_std_error(&encoder.messages);
	encoder.messages.error_exit = fail_writing;
	encoder.messages.output_message = ignore_message;
	encoder.jpeg.client_data = &encoder;
	if (write_picture(&encoder) || encoder.unwritten) {
		status = writer_commit(encoder.writer, error);
	} else {
		writer_abort(encoder.writer);
		status = encoder.status;
	}
	jpeg_destroy_compress(&encoder.jpeg);
	return status;
}
