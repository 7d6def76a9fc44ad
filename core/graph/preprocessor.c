/**
 * \file    graph/preprocessor.c
 * \brief   Reads what Hugging Face's libraries put beside a network
 */
#include "graph/preprocessor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "graph/graph.h"
#include "graph/label_file.h"

/** The value of a white pixel: a pixel is 0 to 255 there, times rescale_factor. */
static float read_scale(const json_t *config)
{
	const json_t *factor = json_object_get(config, "rescale_factor");

	if (json_is_false(json_object_get(config, "do_rescale"))) {
		return 255;
	}
	return json_is_number(factor) ? (float)(255 * json_number_value(factor)) : 1;
}

/** A number for each channel */
static bool read_numbers(const json_t *list, int channels, float *values)
{
	if (json_array_size(list) != (size_t)channels) {
		return false;
	}
	for (int c = 0; c < channels; c++) {
		const json_t *number = json_array_get(list, (size_t)c);

		if (!json_is_number(number) || !isfinite(json_number_value(number))) {
			return false;
		}
		values[c] = (float)json_number_value(number);
	}
	return true;
}

static bool read_config(const json_t *config, struct normalization *normalization)
{
	struct normalization read = *normalization;

	read.scale = read_scale(config);
	if (!json_is_false(json_object_get(config, "do_normalize"))
			&& (!read_numbers(json_object_get(config, "image_mean"),
					    read.channels, read.mean)
					|| !read_numbers(json_object_get(config,
									 "image_std"),
							read.channels, read.std))) {
		return false;
	}
	for (int c = 0; c < read.channels; c++) {
		if (!(read.std[c] > 0)) {
			return false;
		}
	}
	if (!(read.scale > 0) || !isfinite(read.scale)) {
		return false;
	}
	read.bgr = json_is_true(json_object_get(config, "do_flip_channel_order"))
			&& read.channels >= 3;
	*normalization = read;
	return true;
}

/** A JSON file in the folder of another file; NULL without one */
static json_t *load_beside(const char *path, const char *name)
{
	char *folder = path_folder(path);
	char *beside = path_join(folder, name);
	struct mapping *file = NULL;
	json_t *config = NULL;

	if (path_is_file(beside) && mapping_open(beside, &file, NULL) == CNNVIZ_OK) {
		config = json_parse(file->data, file->size, 0, NULL);
		mapping_unref(file);
	}
	free(beside);
	free(folder);
	return config;
}

bool preprocessor_read(const char *path, struct normalization *normalization)
{
	json_t *config = load_beside(path, "preprocessor_config.json");
	bool known = json_is_object(config) && read_config(config, normalization);

	json_decref(config);
	return known;
}

/** One of the members of an object, from 1 to IMAGE_MAX_EXTENT, or 0 */
static int64_t read_extent(const json_t *size, const char *name, const char *otherwise)
{
	const json_t *extent = json_object_get(size, name);
	json_int_t value;

	if (json_is_integer(size)) {
		extent = size;
	} else if (extent == NULL) {
		extent = json_object_get(size, otherwise);
	}
	value = json_integer_value(extent);
	return value >= 1 && value <= IMAGE_MAX_EXTENT ? value : 0;
}

void preprocessor_read_size(const char *path, int64_t size[2])
{
	json_t *config = load_beside(path, "preprocessor_config.json");
	const json_t *crop = json_object_get(config, "crop_size");
	const json_t *given = crop == NULL
					|| json_is_false(json_object_get(config,
							"do_center_crop"))
			? json_object_get(config, "size")
			: crop;
	int64_t height = read_extent(given, "height", "shortest_edge");
	int64_t width = read_extent(given, "width", "shortest_edge");

	if (height > 0 && width > 0) {
		size[0] = height;
		size[1] = width;
	}
	json_decref(config);
}

char **config_read_labels(const char *path)
{
	json_t *config = load_beside(path, "config.json");
	char *text = json_dumps(json_object_get(config, "id2label"), 0);
	char **names = NULL;
	size_t count;

	if (text != NULL
			&& (label_text_read(text, strlen(text), &names, &count, NULL)
							!= CNNVIZ_OK
					|| count == 0)) {
		names_free(names);
		names = NULL;
	}
	free(text);
	json_decref(config);
	return names;
}
