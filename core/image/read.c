/**
 * \file    image/read.c
 * \brief   Reading pictures of any format
 */
#include "image/read.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "image/jpeg.h"
#include "image/png.h"

struct format {
	const char *signature;
	size_t signature_size;
	cnnviz_status (*decode)(const unsigned char *data, size_t size, bool opacity,
			struct image **image, bool *ended, struct error *error);
	cnnviz_status (*probe)(const unsigned char *data, size_t size, int64_t *width,
			int64_t *height, struct error *error);
};

/** Pictures of JPEG have no opacity. */
static cnnviz_status decode_jpeg(const unsigned char *data, size_t size, bool opacity,
		struct image **image, bool *ended, struct error *error)
{
	(void)opacity;
	return image_decode_jpeg(data, size, image, ended, error);
}

static const struct format formats[] = {
	{ "\x89PNG\r\n\x1a\n", 8, image_decode_png, image_probe_png },
	{ "\xff\xd8\xff", 3, decode_jpeg, image_probe_jpeg },
};

static const struct format *find_format(const struct mapping *file)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (file->size >= formats[i].signature_size
				&& memcmp(file->data, formats[i].signature,
						   formats[i].signature_size)
						== 0) {
			return &formats[i];
		}
	}
	return NULL;
}

/** Open a picture's file and detect its format; errors name the path. */
static cnnviz_status open_picture(const char *path, struct mapping **file,
		const struct format **format, struct error *error)
{
	cnnviz_status status = mapping_open(path, file, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	*format = find_format(*file);
	if (*format == NULL) {
		mapping_unref(*file);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s: is neither a PNG nor a JPEG picture; convert it to "
				"one of them",
				path);
	}
	return CNNVIZ_OK;
}

static cnnviz_status read_picture(const char *path, bool opacity, struct image **image,
		struct error *error)
{
	struct mapping *file;
	const struct format *format;
	bool ended;

	cnnviz_status status = open_picture(path, &file, &format, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = format->decode(file->data, file->size, opacity, image, &ended, error);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "%s", path);
	} else if (!ended) {
		log_warn_counted(NULL, path,
				"%s: the end of the file is missing or damaged, but all "
				"pixels are there, so it is used",
				path);
	}
	mapping_unref(file);
	return status;
}

cnnviz_status image_read(const char *path, struct image **image, struct error *error)
{
	return read_picture(path, false, image, error);
}

cnnviz_status image_read_with_opacity(const char *path, struct image **image,
		struct error *error)
{
	return read_picture(path, true, image, error);
}

cnnviz_status image_probe(const char *path, int64_t *width, int64_t *height,
		struct error *error)
{
	struct mapping *file;
	const struct format *format;

	cnnviz_status status = open_picture(path, &file, &format, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = format->probe(file->data, file->size, width, height, error);
	if (status != CNNVIZ_OK) {
		error_prefix(error, "%s", path);
	}
	mapping_unref(file);
	return status;
}
