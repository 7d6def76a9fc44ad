/**
 * \file    image_tool.c
 * \brief   Calls core/image by commands, so that a script can compare it with other
 *                     libraries
 *
 * Reads one command a line from standard input, words between tabs, and answers each
 * with "ok", "ok WIDTH HEIGHT" or "error STATUS TEXT". Arrays are .npy files; pictures
 * are returned as (H,W,C).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/npy.h"
#include "base/tensor.h"
#include "image/fit.h"
#include "image/png.h"
#include "image/read.h"
#include "image/render.h"
#include "image/resample.h"

#define MAX_WORDS 24

static int64_t to_int(const char *text)
{
	return strtoll(text, NULL, 10);
}

static uint32_t index_of(const char *const *names, const char *name)
{
	uint32_t i = 0;

	while (names[i] != NULL && strcmp(names[i], name) != 0) {
		i++;
	}
	return i;
}

static uint32_t to_filter(const char *name)
{
	return index_of(image_filter_names, name);
}

static cnnviz_status save_image(const char *path, const struct image *image,
		struct error *error)
{
	const int64_t shape[3] = { image->height, image->width, image->channels };
	cnnviz_tensor *tensor = tensor_create(3, shape);

	for (int64_t i = 0; i < tensor_count(tensor); i++) {
		tensor_mutable_data(tensor)[i] = image->pixels[i];
	}
	cnnviz_status status = npy_write(path, tensor, error);
	tensor_unref(tensor);
	return status;
}

/** Save a result that a call made, if it did, and free it */
static cnnviz_status finish_image(cnnviz_status status, const char *path,
		struct image *image, struct error *error)
{
	if (status == CNNVIZ_OK) {
		status = save_image(path, image, error);
		image_free(image);
	}
	return status;
}

/** read PICTURE OUT.npy */
static cnnviz_status do_read(char **words, struct error *error)
{
	struct image *image = NULL;

	cnnviz_status status = image_read(words[1], &image, error);
	return finish_image(status, words[2], image, error);
}

/** copy PICTURE OUT.png */
static cnnviz_status do_copy(char **words, struct error *error)
{
	struct image *image;

	cnnviz_status status = image_read(words[1], &image, error);
	if (status == CNNVIZ_OK) {
		status = image_write_png(words[2], image, error);
		image_free(image);
	}
	return status;
}

/** probe PICTURE */
static cnnviz_status do_probe(char **words, struct error *error)
{
	int64_t width;
	int64_t height;

	cnnviz_status status = image_probe(words[1], &width, &height, error);
	if (status == CNNVIZ_OK) {
		printf("ok %lld %lld\n", (long long)width, (long long)height);
	}
	return status;
}

/** resize PICTURE OUT.npy WIDTH HEIGHT FILTER [X0 Y0 X1 Y1] */
static cnnviz_status do_resize(char **words, struct error *error)
{
	struct image *source;
	struct image *result = NULL;
	double box[4];
	bool boxed = words[6] != NULL;

	for (int i = 0; boxed && i < 4; i++) {
		box[i] = strtod(words[6 + i], NULL);
	}
	cnnviz_status status = image_read(words[1], &source, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = image_resize(source, to_int(words[3]), to_int(words[4]),
			to_filter(words[5]), boxed ? box : NULL, &result, error);
	image_free(source);
	return finish_image(status, words[2], result, error);
}

/** fit PICTURE OUT.npy WIDTH HEIGHT FIT FILTER */
static cnnviz_status do_fit(char **words, struct error *error)
{
	struct image *source;
	struct image *result = NULL;

	cnnviz_status status = image_read(words[1], &source, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = image_fit(source, to_int(words[3]), to_int(words[4]),
			(enum image_fit)index_of(image_fit_names, words[5]),
			to_filter(words[6]), &result, error);
	image_free(source);
	return finish_image(status, words[2], result, error);
}

/** tensor PICTURE OUT.npy CHANNELS BGR SCALE MEAN... STD... */
static cnnviz_status do_tensor(char **words, struct error *error)
{
	struct image *image;
	struct normalization normalization = {
		.channels = (int)to_int(words[3]),
		.bgr = to_int(words[4]) != 0,
		.scale = strtof(words[5], NULL),
	};

	for (int c = 0; c < normalization.channels; c++) {
		normalization.mean[c] = strtof(words[6 + c], NULL);
		normalization.std[c] = strtof(words[6 + normalization.channels + c],
				NULL);
	}
	cnnviz_status status = image_read(words[1], &image, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	/* Item 1 of 2: item 0 must stay zero. */
	const int64_t shape[4] = { 2, normalization.channels, image->height,
		image->width };
	cnnviz_tensor *tensor = tensor_create(4, shape);
	status = image_to_tensor(image, &normalization, tensor, 1, error);
	if (status == CNNVIZ_OK) {
		status = npy_write(words[2], tensor, error);
	}
	image_free(image);
	tensor_unref(tensor);
	return status;
}

/** picture IN.npy OUT.npy ITEM */
static cnnviz_status do_picture(char **words, struct error *error)
{
	cnnviz_tensor *tensor;
	struct image *image = NULL;

	cnnviz_status status = npy_read(words[1], &tensor, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = image_from_tensor(tensor, to_int(words[3]), &image, error);
	tensor_unref(tensor);
	return finish_image(status, words[2], image, error);
}

/** resize-tensor IN.npy OUT.npy WIDTH HEIGHT FILTER */
static cnnviz_status do_resize_tensor(char **words, struct error *error)
{
	cnnviz_tensor *source;
	cnnviz_tensor *result;

	cnnviz_status status = npy_read(words[1], &source, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = tensor_resize(source, to_int(words[4]), to_int(words[3]),
			to_filter(words[5]), &result, error);
	tensor_unref(source);
	if (status == CNNVIZ_OK) {
		status = npy_write(words[2], result, error);
		tensor_unref(result);
	}
	return status;
}

struct renderer {
	const char *name;
	cnnviz_status (*render)(const cnnviz_tensor *maps, int64_t n,
			const struct render_style *style,
			const struct render_frame *frame, struct image **image,
			struct error *error);
};

static const struct renderer renderers[] = {
	{ "color", render_color },
	{ "gray", render_gray },
	{ "positive", render_positive },
	{ "negative", render_negative },
	{ "heatmap", render_heatmap },
};

static cnnviz_status render_by_name(const char *name, const cnnviz_tensor *maps,
		int64_t n, const struct render_style *style,
		const struct render_frame *frame, struct image **image,
		struct error *error)
{
	for (size_t i = 0; i < sizeof(renderers) / sizeof(renderers[0]); i++) {
		if (strcmp(renderers[i].name, name) == 0) {
			return renderers[i].render(maps, n, style, frame, image, error);
		}
	}
	return error_set(error, CNNVIZ_ERROR_INPUT, "no renderer %s", name);
}

/**
 * render MAPS.npy OUT.npy [signed_]KIND ITEM WIDTH HEIGHT COLORMAP UPSAMPLE PERCENTILE
 * FIT INPUT_WIDTH INPUT_HEIGHT [OPACITY PICTURE]
 */
static cnnviz_status do_render(char **words, struct error *error)
{
	cnnviz_tensor *maps;
	struct image *picture = NULL;
	struct image *image = NULL;
	struct render_style style = {
		.colormap = (int)index_of(colormap_names, words[7]),
		.upsample = to_filter(words[8]),
		.percentile = strtod(words[9], NULL),
		.evidence = strncmp(words[3], "signed_", 7) == 0,
	};
	const struct render_frame frame = {
		.width = to_int(words[5]),
		.height = to_int(words[6]),
		.input = { to_int(words[12]), to_int(words[11]) },
		.fit = (enum image_fit)index_of(image_fit_names, words[10]),
	};

	cnnviz_status status = npy_read(words[1], &maps, error);
	if (status != CNNVIZ_OK) {
		return status;
	}
	const char *kind = words[3] + (style.evidence ? 7 : 0);

	if (strcmp(kind, "overlay") == 0) {
		style.opacity = strtod(words[13], NULL);
		status = image_read(words[14], &picture, error);
		if (status == CNNVIZ_OK) {
			status = render_overlay(maps, to_int(words[4]), &style, &frame,
					picture, &image, error);
		}
		image_free(picture);
	} else {
		status = render_by_name(kind, maps, to_int(words[4]), &style, &frame,
				&image, error);
	}
	tensor_unref(maps);
	return finish_image(status, words[2], image, error);
}

/** colors COLORMAP OUT.npy: all 256 colors as (1,256,3) */
static cnnviz_status do_colors(char **words, struct error *error)
{
	struct image *image = image_create(256, 1, 3);

	for (int i = 0; i < 256; i++) {
		colormap_color((int)index_of(colormap_names, words[1]),
				((float)i + 0.5f) / 256.0f, image->pixels + 3 * i);
	}
	return finish_image(CNNVIZ_OK, words[2], image, error);
}

struct command {
	const char *name;
	int words; /* at least, the name included */
	cnnviz_status (*run)(char **words, struct error *error);
};

static const struct command commands[] = {
	{ "read", 3, do_read },
	{ "copy", 3, do_copy },
	{ "probe", 2, do_probe },
	{ "resize", 6, do_resize },
	{ "fit", 7, do_fit },
	{ "tensor", 8, do_tensor },
	{ "picture", 4, do_picture },
	{ "resize-tensor", 6, do_resize_tensor },
	{ "render", 13, do_render },
	{ "colors", 3, do_colors },
};

static void run_line(char *line)
{
	char *words[MAX_WORDS + 1] = { NULL };
	struct error error = { 0 };
	int count = 0;

	for (char *word = strtok(line, "\t\n"); word != NULL && count < MAX_WORDS;
			word = strtok(NULL, "\t\n")) {
		words[count++] = word;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (count < commands[i].words
				|| strcmp(commands[i].name, words[0]) != 0) {
			continue;
		}
		cnnviz_status status = commands[i].run(words, &error);
		if (status != CNNVIZ_OK) {
			printf("error %d %s\n", (int)status, error.text);
		} else if (commands[i].run != do_probe) {
			puts("ok");
		}
		fflush(stdout);
		return;
	}
	puts("error -1 no such command");
	fflush(stdout);
}

int main(void)
{
	char line[8192];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		run_line(line);
	}
	return tensor_live_count() == 0 ? 0 : 1;
}
