/**
 * \file    graph/preprocessor.c
 * \brief   Reads what Hugging Face's libraries put beside a network: preprocessor_config.json
 */
#include "graph/preprocessor.h"

#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/file.h"

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
static bool read_numbers(const json_t *list, int channels, float values[3])
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
	*normalization = read;
	return true;
}

bool preprocessor_read(const char *path, struct normalization *normalization)
{
	char *folder = path_folder(path);
	char *beside = path_join(folder, "preprocessor_config.json");
	json_t *config = json_load_file(beside, 0, NULL);
	bool known = json_is_object(config) && read_config(config, normalization);

	json_decref(config);
	free(beside);
	free(folder);
	return known;
}
