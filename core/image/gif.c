/**
 * \file    image/gif.c
 * \brief   Writes animated GIFs, with giflib
 *
 * Format: Graphics Interchange Format, version 89a (CompuServe, 1990); the block that
 * makes it repeat is Netscape's application extension.
 */
#include "image/gif.h"

#include <gif_lib.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "image/quantize.h"

struct gif {
	struct writer *writer;
	GifFileType *file;
	int width, height;
	/* The latest frame is held back: the last one is shown longer. */
	bool pending;
	int colors;
	unsigned char palette[QUANTIZE_COLORS][3];
	unsigned char *indices;
};

/** A short write sets the stream's error flag, which writer_commit() reports. */
static int write_bytes(GifFileType *file, const GifByteType *bytes, int count)
{
	struct gif *gif = file->UserData;

	(void)!fwrite(bytes, 1, (size_t)count, gif->writer->stream);
	return count;
}

static cnnviz_status encoder_error(const struct gif *gif, struct error *error)
{
	const char *reason = gif->file != NULL ? GifErrorString(gif->file->Error) : NULL;

	return error_set(error, CNNVIZ_ERROR_IO, "%s: cannot be encoded as GIF (%s)",
			gif->writer->path, reason != NULL ? reason : "out of memory");
}

static void close_encoder(struct gif *gif)
{
	int ignored;

	if (gif->file != NULL) {
		EGifCloseFile(gif->file, &ignored);
		gif->file = NULL;
	}
}

void gif_abort(struct gif *gif)
{
	if (gif != NULL) {
		close_encoder(gif);
		writer_abort(gif->writer);
		free(gif->indices);
		free(gif);
	}
}

/** The blocks before the first frame */
static bool write_start(struct gif *gif)
{
	static const unsigned char repeat[] = { 1, 0, 0 };

	EGifSetGifVersion(gif->file, true);
	return EGifPutScreenDesc(gif->file, gif->width, gif->height, 8, 0, NULL) == GIF_OK
			&& EGifPutExtensionLeader(gif->file, APPLICATION_EXT_FUNC_CODE)
			== GIF_OK
			&& EGifPutExtensionBlock(gif->file, 11, "NETSCAPE2.0") == GIF_OK
			&& EGifPutExtensionBlock(gif->file, sizeof(repeat), repeat)
			== GIF_OK
			&& EGifPutExtensionTrailer(gif->file) == GIF_OK;
}

cnnviz_status gif_start(struct writer *writer, int64_t width, int64_t height,
		struct gif **result, struct error *error)
{
	struct gif *gif = memory_new(1, sizeof(*gif));
	int ignored;

	gif->writer = writer;
	gif->width = (int)width;
	gif->height = (int)height;
	gif->indices = malloc((size_t)(width * height));
	gif->file = EGifOpen(gif, write_bytes, &ignored);
	if (gif->indices == NULL || gif->file == NULL || !write_start(gif)) {
		cnnviz_status status = encoder_error(gif, error);

		gif_abort(gif);
		return status;
	}
	*result = gif;
	return CNNVIZ_OK;
}

/** The palette as giflib needs it: with a power of two entries */
static ColorMapObject *make_color_map(const struct gif *gif)
{
	GifColorType colors[QUANTIZE_COLORS] = { { 0, 0, 0 } };
	int size = 2;

	while (size < gif->colors) {
		size *= 2;
	}
	for (int i = 0; i < gif->colors; i++) {
		colors[i] = (GifColorType){ gif->palette[i][0], gif->palette[i][1],
			gif->palette[i][2] };
	}
	return GifMakeMapObject(size, colors);
}

static bool write_pixels(struct gif *gif)
{
	for (int y = 0; y < gif->height; y++) {
		if (EGifPutLine(gif->file, gif->indices + (size_t)y * (size_t)gif->width,
				    gif->width)
				!= GIF_OK) {
			return false;
		}
	}
	return true;
}

/** Encode the frame that is held back. */
static cnnviz_status write_frame(struct gif *gif, int delay, struct error *error)
{
	const GraphicsControlBlock control = {
		.DisposalMode = DISPOSE_DO_NOT,
		.DelayTime = delay,
		.TransparentColor = NO_TRANSPARENT_COLOR,
	};
	GifByteType block[4];
	size_t size = EGifGCBToExtension(&control, block);
	ColorMapObject *map = make_color_map(gif);
	bool good = map != NULL
			&& EGifPutExtension(gif->file, GRAPHICS_EXT_FUNC_CODE, (int)size,
					   block)
					== GIF_OK
			&& EGifPutImageDesc(gif->file, 0, 0, gif->width, gif->height,
					   false, map)
					== GIF_OK
			&& write_pixels(gif);

	GifFreeMapObject(map);
	gif->pending = false;
	return good ? CNNVIZ_OK : encoder_error(gif, error);
}

cnnviz_status gif_add(struct gif *gif, const struct image *frame, struct error *error)
{
	cnnviz_status status = gif->pending ? write_frame(gif, GIF_DELAY, error)
					    : CNNVIZ_OK;

	if (status != CNNVIZ_OK) {
		return status;
	}
	gif->colors = image_quantize(frame, gif->palette, gif->indices);
	if (gif->colors == 0) {
		return error_set(error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for the colors of a frame of %s",
				gif->writer->path);
	}
	gif->pending = true;
	return CNNVIZ_OK;
}

cnnviz_status gif_commit(struct gif *gif, struct error *error)
{
	cnnviz_status status = gif->pending
			? write_frame(gif, GIF_DELAY_LAST, error)
			: error_set(error, CNNVIZ_ERROR_PLUGIN,
					"%s: the animation has no frames",
					gif->writer->path);

	close_encoder(gif);
	if (status != CNNVIZ_OK) {
		gif_abort(gif);
		return status;
	}
	status = writer_commit(gif->writer, error);
	free(gif->indices);
	free(gif);
	return status;
}
