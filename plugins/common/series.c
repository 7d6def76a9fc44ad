/**
 * \file    common/series.c
 * \brief   Pictures that a technique optimizes side by side, and their contact sheet
 */
#include "common/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * Maximum width of the sheet, to which many pictures are reduced, and the gap, in
 * pixels
 */
#define SHEET_WIDTH 2048
#define SHEET_GAP 4

/** How many pixels are optimized together: 64 pictures of the most common size */
#define PIXELS_TOGETHER (64 * 224 * 224)

cnnviz_status series_no_memory(const cnnviz_host *host, cnnviz_job *job)
{
	return host->fail(job, CNNVIZ_ERROR_MEMORY,
			"out of memory for this number of pictures");
}

void series_defaults(const cnnviz_host *host, cnnviz_optimization *recipe)
{
	host->optimize->defaults(recipe, sizeof(*recipe));
	recipe->spare_dead = 1;
	recipe->snapshot_name = "snapshot";
	recipe->animation_name = "animation";
	recipe->curve_name = "curve";
}

void series_modern(cnnviz_optimization *recipe)
{
	recipe->start = CNNVIZ_START_NORMAL;
	recipe->space = CNNVIZ_SPACE_FOURIER;
	recipe->decorrelate = 1;
	recipe->optimizer = CNNVIZ_OPTIMIZER_ADAM;
	recipe->learning_rate = 0.05;
	recipe->iterations = 512;
	recipe->pad = 12;
	recipe->jitter = 8;
	recipe->scale_low = 0.9;
	recipe->scale_high = 1.1;
	recipe->rotate = 10;
	recipe->jitter_last = 4;
}

void series_name(char *name, const char *text, int64_t number)
{
	char tail[24] = "";
	size_t length = strlen(text);

	if (number >= 0) {
		snprintf(tail, sizeof(tail), "-%lld", (long long)number);
	}
	size_t room = SERIES_NAME_MAX - strlen(tail);

	snprintf(name, SERIES_NAME_MAX + 1, "%s%s",
			length > room ? text + length - room : text, tail);
}

cnnviz_status series_begin(struct series *series)
{
	series->names = calloc(series->count, sizeof(*series->names));
	series->streams = calloc(series->count, sizeof(*series->streams));
	series->started = calloc(series->count, sizeof(*series->started));
	bool enough = series->names != NULL && series->streams != NULL
			&& series->started != NULL;

	for (uint32_t i = 0; enough && i < series->count; i++) {
		series->names[i] = calloc(1, SERIES_NAME_MAX + 1);
		enough = series->names[i] != NULL;
	}
	if (enough) {
		return CNNVIZ_OK;
	}
	series_end(series);
	return series_no_memory(series->host, series->job);
}

cnnviz_status series_begin_classes(struct series *series, int64_t **targets)
{
	const cnnviz_host *host = series->host;

	series->count = host->parameter->list_count(series->job, "target");
	int64_t *classes = calloc(series->count, sizeof(*classes));
	cnnviz_status status = classes != NULL ? series_begin(series)
					       : series_no_memory(host, series->job);

	for (uint32_t i = 0; i < series->count && status == CNNVIZ_OK; i++) {
		classes[i] = host->parameter->list_integer(series->job, "target", i);
		series->streams[i] = (uint64_t)CNNVIZ_CLASS_OF(classes[i]);
		snprintf(series->names[i], SERIES_NAME_MAX + 1, "%lld-%s",
				(long long)CNNVIZ_CLASS_OF(classes[i]),
				host->model->class_name(series->job, classes[i]));
	}
	if (status != CNNVIZ_OK) {
		series_end(series);
		free(classes);
		return status;
	}
	*targets = classes;
	return CNNVIZ_OK;
}

void series_end(struct series *series)
{
	for (uint32_t i = 0; series->names != NULL && i < series->count; i++) {
		free(series->names[i]);
	}
	free(series->names);
	free(series->streams);
	free(series->started);
	series->names = NULL;
	series->streams = NULL;
	series->started = NULL;
}

cnnviz_status series_scalar(const struct series *series, const char *name, uint32_t item,
		double value)
{
	return series->host->artifact->scalar(series->job, name, series->names[item],
			value);
}

cnnviz_status series_change(const struct series *series, const char *what, uint32_t item,
		double start, double end)
{
	char name[SERIES_NAME_MAX];

	snprintf(name, sizeof(name), "%s_start", what);
	cnnviz_status status = series_scalar(series, name, item, start);

	snprintf(name, sizeof(name), "%s_end", what);
	return status == CNNVIZ_OK ? series_scalar(series, name, item, end) : status;
}

bool series_started(const struct series *series)
{
	uint32_t i = 0;

	while (i < series->count && !series->started[i]) {
		i++;
	}
	return i < series->count;
}

/* ---- Contact sheet --------------------------------------------------------- */

struct sheet {
	cnnviz_tensor *picture; /* (C,H,W); NULL before the first pictures */
	int64_t columns;
	int64_t height; /* of one picture on the sheet */
	int64_t width;
};

/** Lay the sheet out for count pictures of a shape (N,C,H,W) */
static cnnviz_status begin_sheet(const struct series *series, const int64_t *shape,
		struct sheet *sheet)
{
	int64_t count = series->count;

	sheet->columns = 1;
	while (sheet->columns * sheet->columns < count) {
		sheet->columns++;
	}
	int64_t rows = (count + sheet->columns - 1) / sheet->columns;
	int64_t most = SHEET_WIDTH / sheet->columns;

	sheet->width = shape[3] < most ? shape[3] : most > 8 ? most : 8;
	sheet->height = (shape[2] * sheet->width + shape[3] - 1) / shape[3];
	cnnviz_status status = series->host->tensor->create(series->job, 3,
			(const int64_t[]){ shape[1],
					rows * (sheet->height + SHEET_GAP) + SHEET_GAP,
					sheet->columns * (sheet->width + SHEET_GAP)
							+ SHEET_GAP },
			&sheet->picture);

	if (status != CNNVIZ_OK) {
		return status;
	}
	float *white = series->host->tensor->mutable_data(sheet->picture);

	for (int64_t i = 0; i < series->host->tensor->count(sheet->picture); i++) {
		white[i] = 1;
	}
	return CNNVIZ_OK;
}

/** Copy one picture (C,height,width) to its position; resampling may have left 0..1 */
static void paste_picture(const struct series *series, const struct sheet *sheet,
		const float *picture, uint32_t item)
{
	const int64_t *shape = series->host->tensor->shape(sheet->picture);
	float *data = series->host->tensor->mutable_data(sheet->picture);
	int64_t top = SHEET_GAP + item / sheet->columns * (sheet->height + SHEET_GAP);
	int64_t left = SHEET_GAP + item % sheet->columns * (sheet->width + SHEET_GAP);

	for (int64_t row = 0; row < shape[0] * sheet->height; row++) {
		int64_t channel = row / sheet->height;
		int64_t y = row % sheet->height;
		float *to = data + (channel * shape[1] + top + y) * shape[2] + left;

		for (int64_t x = 0; x < sheet->width; x++) {
			float v = picture[row * sheet->width + x];

			to[x] = v < 0 ? 0 : v > 1 ? 1 : v;
		}
	}
}

/**
 * Add pictures (N,C,H,W), the first of which is item series->first. Those that have not
 * started leave their places white, so that places still tell the numbers of items.
 */
static cnnviz_status add_to_sheet(const struct series *series, struct sheet *sheet,
		const cnnviz_tensor *images)
{
	const cnnviz_tensor_api *tensor = series->host->tensor;
	const int64_t *shape = tensor->shape(images);
	cnnviz_tensor *small = NULL;
	cnnviz_status status = sheet->picture != NULL ? CNNVIZ_OK
						      : begin_sheet(series, shape, sheet);

	if (status == CNNVIZ_OK) {
		status = series->host->image->resize(series->job, images, sheet->height,
				sheet->width, CNNVIZ_FILTER_LANCZOS, &small);
	}
	if (status != CNNVIZ_OK) {
		return status;
	}
	for (int64_t n = 0; n < shape[0]; n++) {
		const float *picture = tensor->data(small)
				+ n * shape[1] * sheet->height * sheet->width;

		if (series->started[series->first + n]) {
			paste_picture(series, sheet, picture,
					series->first + (uint32_t)n);
		}
	}
	tensor->unref(small);
	return CNNVIZ_OK;
}

/* ---- Pictures -------------------------------------------------------------- */

/** The values that the file of item n has, as an input of its own size */
static cnnviz_status saved_values(const struct series *series,
		const cnnviz_tensor *images, uint32_t n, cnnviz_tensor **input)
{
	const cnnviz_tensor_api *tensor = series->host->tensor;
	const int64_t *shape = tensor->shape(images);
	cnnviz_tensor *rounded = NULL;
	cnnviz_status status = tensor->create(series->job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, &rounded);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t count = tensor->count(rounded);
	const float *from = tensor->data(images) + n * count;
	float *to = tensor->mutable_data(rounded);

	for (int64_t i = 0; i < count; i++) {
		to[i] = roundf(from[i] * 255) / 255;
	}
	status = series->host->image->normalize(series->job, rounded, input);

	tensor->unref(rounded);
	return status;
}

/** Save the picture of item series->first + n, and measure what was saved */
static cnnviz_status finish_item(struct series *series, const cnnviz_optimized *result,
		uint32_t n)
{
	const cnnviz_artifact_api *artifact = series->host->artifact;
	const cnnviz_tensor_api *tensor = series->host->tensor;
	const char *name = series->names[series->first + n];
	cnnviz_tensor *input = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (series->keeps_array) {
		status = artifact->array(series->job, "array", name, result->input, n);
	}
	if (status == CNNVIZ_OK) {
		status = artifact->image(series->job, series->picture_name, name,
				result->image, n);
	}
	if (status == CNNVIZ_OK) {
		status = series->own_size
				? saved_values(series, result->image, n, &input)
				: artifact->read_back(series->job, series->picture_name,
						name, &input);
	}
	if (status == CNNVIZ_OK) {
		status = series->measure(series, series->first + n,
				tensor->data(result->values)[n], input);
	}
	tensor->unref(input);
	return status;
}

/** Save and measure a batch of pictures, and draw them on the sheet */
static cnnviz_status finish_batch(struct series *series, uint32_t count,
		cnnviz_optimized *result, struct sheet *sheet)
{
	cnnviz_status status = series->before_saving != NULL
			? series->before_saving(series, result)
			: CNNVIZ_OK;

	for (uint32_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		status = finish_item(series, result, n);
	}
	return status == CNNVIZ_OK && series->count > 1
			? add_to_sheet(series, sheet, result->image)
			: status;
}

/** Optimize, save and measure items series->first up to series->first + count */
static cnnviz_status run_batch(struct series *series, uint32_t count, struct sheet *sheet)
{
	const cnnviz_tensor_api *tensor = series->host->tensor;
	cnnviz_optimized result = {
		.struct_size = sizeof(result),
		.started = series->started + series->first,
	};
	bool last = series->first + count == series->count;

	series->recipe.count = count;
	series->recipe.streams = series->streams + series->first;
	series->recipe.item_names = (const char *const *)series->names + series->first;
	series->recipe.context = series;

	cnnviz_status status = series->host->optimize->run(series->job, &series->recipe,
			&result);

	/* Where nothing has started, the host lets the job fail. */
	if (status == CNNVIZ_OK && (series_started(series) || !last)) {
		status = finish_batch(series, count, &result, sheet);
	}
	tensor->unref(result.image);
	tensor->unref(result.input);
	tensor->unref(result.values);
	return status;
}

/**
 * How many pictures are optimized together: few enough for memory, in batches of
 * similar size
 */
static uint32_t choose_batch(const struct series *series)
{
	int64_t height = series->recipe.height > 0 ? series->recipe.height : 224;
	int64_t width = series->recipe.width > 0 ? series->recipe.width : 224;
	int64_t fit = PIXELS_TOGETHER / (height * width);
	int64_t most = fit > 1 ? fit : 1;
	int64_t batches = (series->count + most - 1) / most;

	return (uint32_t)((series->count + batches - 1) / batches);
}

cnnviz_status series_run(struct series *series)
{
	uint32_t batch = choose_batch(series);
	struct sheet sheet = { .picture = NULL };
	cnnviz_status status = CNNVIZ_OK;

	for (series->first = 0; series->first < series->count && status == CNNVIZ_OK;
			series->first += batch) {
		uint32_t left = series->count - series->first;

		status = run_batch(series, left < batch ? left : batch, &sheet);
	}
	if (status == CNNVIZ_OK && sheet.picture != NULL && series_started(series)) {
		status = series->host->artifact->image(series->job, "sheet",
				series->sheet_suffix, sheet.picture, CNNVIZ_WHOLE);
	}
	series->host->tensor->unref(sheet.picture);
	return status;
}
