/**
 * \file    output/sink.c
 * \brief   The sink that writes files into the output folder
 */
#include "output/sink.h"

#include <stdlib.h>

#include "base/npy.h"
#include "image/png.h"
#include "image/write.h"
#include "output/thumbnail.h"

/** Full path of a relative one; creates its folder */
static cnnviz_status make_path(const struct sink *sink, const char *relative, char **path,
		struct error *error)
{
	char *full = path_join(sink->plan->output, relative);
	char *folder = path_folder(full);
	cnnviz_status status = folder_create(folder, error);

	free(folder);
	if (status == CNNVIZ_OK) {
		*path = full;
	} else {
		free(full);
	}
	return status;
}

/** Write a picture, and its smaller copy for the gallery if it is large */
static cnnviz_status put_image(struct sink *sink, const char *relative,
		const struct image *image, enum sink_form form, struct error *error)
{
	char *path = NULL;
	cnnviz_status status = make_path(sink, relative, &path, error);

	if (status == CNNVIZ_OK && form == SINK_LABELS) {
		status = image_write_labels(path, image, error);
	} else if (status == CNNVIZ_OK) {
		int quality = sink->plan->jpeg_quality;

		status = image_write(path, image, quality, error);
		if (status == CNNVIZ_OK) {
			status = thumbnail_write(sink->plan->output, relative, image,
					quality, error);
		}
	}
	free(path);
	return status;
}

static cnnviz_status put_array(struct sink *sink, const char *relative,
		const cnnviz_tensor *array, struct error *error)
{
	char *path = NULL;
	cnnviz_status status = make_path(sink, relative, &path, error);

	if (status == CNNVIZ_OK) {
		status = npy_write(path, array, error);
	}
	free(path);
	return status;
}

static cnnviz_status open_file(struct sink *sink, const char *relative,
		struct writer **writer, struct error *error)
{
	char *path = NULL;
	cnnviz_status status = make_path(sink, relative, &path, error);

	if (status == CNNVIZ_OK) {
		status = writer_open(path, writer, error);
	}
	free(path);
	return status;
}

static cnnviz_status locate_file(struct sink *sink, const char *relative, char **full,
		struct error *error)
{
	(void)error;
	*full = path_join(sink->plan->output, relative);
	return CNNVIZ_OK;
}

struct sink sink_of_files(const struct plan *plan)
{
	static const struct sink_operations operations = { put_image, put_array,
		open_file, locate_file };

	return (struct sink){ &operations, plan, plan->pack ? packs_create(plan) : NULL };
}
