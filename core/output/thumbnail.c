/**
 * \file    output/thumbnail.c
 * \brief   Smaller copies of large pictures, so that the gallery opens quickly
 */
#include "output/thumbnail.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "image/resample.h"
#include "image/write.h"

/** Beside the network's views, whose folder is no job's */
#define FOLDER "input/thumbnails"
/** Longer side of a copy: twice the widest cell, for screens of high density */
#define EXTENT 640

bool thumbnail_is_made(int64_t width, int64_t height)
{
	return width > EXTENT || height > EXTENT;
}

char *thumbnail_path(const char *path)
{
	return memory_format(FOLDER "/%s", path);
}

const char *thumbnail_origin(const char *path)
{
	size_t length = strlen(FOLDER "/");

	return strncmp(path, FOLDER "/", length) == 0 ? path + length : path;
}

/** Size of the copy in one direction */
static int64_t shrink(int64_t extent, int64_t longer)
{
	int64_t result = (extent * EXTENT + longer / 2) / longer;

	return result > 0 ? result : 1;
}

static cnnviz_status write_small(const char *output, const char *path,
		const struct image *small, int quality, struct error *error)
{
	char *relative = thumbnail_path(path);
	char *full = path_join(output, relative);
	char *folder = path_folder(full);
	cnnviz_status status = folder_create(folder, error);

	if (status == CNNVIZ_OK) {
		status = image_write(full, small, quality, error);
	}
	free(folder);
	free(full);
	free(relative);
	return status;
}

cnnviz_status thumbnail_write(const char *output, const char *path,
		const struct image *image, int quality, struct error *error)
{
	int64_t longer = image->width > image->height ? image->width : image->height;
	struct image *small = NULL;

	if (!thumbnail_is_made(image->width, image->height)) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = image_resize(image, shrink(image->width, longer),
			shrink(image->height, longer), CNNVIZ_FILTER_BILINEAR, NULL,
			&small, error);

	if (status == CNNVIZ_OK) {
		status = write_small(output, path, small, quality, error);
		image_free(small);
	}
	return status;
}
