/**
 * \file    common/fooling.c
 * \brief   Pictures that a network assigns to a class, as measured on the saved files
 */
#include "common/fooling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum objective { LOGIT, LOG_ODDS };

const char *const fooling_objectives[] = { "logit", "log_odds", NULL };

/**
 * Rounding and measuring cost a pass: before the end, only pictures with at least this
 * fraction of the required confidence are rounded and measured.
 */
#define CLOSE_FRACTION 0.5

static const int32_t logits_layer = CNNVIZ_LAYER_LOGITS;

/* ---- Confidence -------------------------------------------------------------- */

/** Probabilities of the targets of a pass */
static cnnviz_status read_confidence(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_pass *pass, const int64_t *targets, double *values)
{
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = host->objective->probability(job,
			host->pass->activation(pass, logits_layer), targets, values,
			&seed);

	host->tensor->unref(seed);
	return status;
}

/** Confidence of one input (1,C,H,W) in an item's class */
static cnnviz_status measure_input(const struct fooling *fooling, uint32_t item,
		const cnnviz_tensor *input, double *value)
{
	const cnnviz_host *host = fooling->series.host;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(fooling->series.job, input, 1,
			&logits_layer, &pass);

	if (status == CNNVIZ_OK) {
		status = read_confidence(host, fooling->series.job, pass,
				&fooling->targets[item], value);
	}
	host->pass->unref(pass);
	return status;
}

/* ---- Pictures as in their files ------------------------------------------------ */

/** To 256 levels, (C,H,W) in place */
static void round_picture(const struct fooling *fooling, float *picture, int64_t count)
{
	const float *original = fooling->original == NULL
			? NULL
			: fooling->series.host->tensor->data(fooling->original);

	for (int64_t i = 0; i < count; i++) {
		float level = picture[i] * 255;
		float nearest = rintf(level);

		if (fooling->towards_original && original != NULL
				&& fabsf(level - nearest) > 1e-3F) {
			nearest = picture[i] > original[i] ? floorf(level) : ceilf(level);
		}
		picture[i] = nearest / 255;
	}
}

cnnviz_status fooling_read_picture(const struct fooling *fooling,
		const cnnviz_batch *batch, cnnviz_tensor **picture)
{
	const cnnviz_host *host = fooling->series.host;
	cnnviz_status status = host->image->denormalize(fooling->series.job,
			batch->inputs, picture);

	if (status == CNNVIZ_OK) {
		round_picture(fooling, host->tensor->mutable_data(*picture),
				host->tensor->count(*picture));
	}
	return status;
}

/** Keep an item's input (C,H,W), rounded, if it has more confidence than before */
static cnnviz_status try_item(struct fooling *fooling, uint32_t item, const float *input)
{
	const cnnviz_host *host = fooling->series.host;
	cnnviz_job *job = fooling->series.job;
	const int64_t *shape = host->tensor->shape(fooling->pictures);
	cnnviz_tensor *copy = NULL, *picture = NULL, *rounded = NULL;
	double confidence = 0;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, &copy);

	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t count = (size_t)host->tensor->count(copy);

	memcpy(host->tensor->mutable_data(copy), input, count * sizeof(*input));
	status = host->image->denormalize(job, copy, &picture);
	if (status == CNNVIZ_OK) {
		round_picture(fooling, host->tensor->mutable_data(picture),
				(int64_t)count);
		status = host->image->normalize(job, picture, &rounded);
	}
	if (status == CNNVIZ_OK) {
		status = measure_input(fooling, item, rounded, &confidence);
	}
	if (status == CNNVIZ_OK && confidence > fooling->best[item]) {
		fooling->best[item] = confidence;
		memcpy(host->tensor->mutable_data(fooling->pictures)
						+ (item - fooling->series.first) * count,
				host->tensor->data(picture), count * sizeof(*input));
	}
	host->tensor->unref(copy);
	host->tensor->unref(picture);
	host->tensor->unref(rounded);
	return status;
}

/** Allocate the pictures of the current batch, which are (N,C,H,W) */
static cnnviz_status prepare_pictures(struct fooling *fooling,
		const cnnviz_tensor *inputs)
{
	const cnnviz_tensor_api *tensor = fooling->series.host->tensor;
	const int64_t *shape = tensor->shape(inputs);

	if (fooling->pictures != NULL
			&& tensor->shape(fooling->pictures)[0] == shape[0]) {
		return CNNVIZ_OK;
	}
	tensor->unref(fooling->pictures);
	fooling->pictures = NULL;
	return tensor->create(fooling->series.job, 4, shape, &fooling->pictures);
}

/* ---- Optimization ------------------------------------------------------------ */

/** Convert log p to log (p / (1 - p)) for each of count items with probabilities p */
static void convert_to_log_odds(const cnnviz_tensor_api *tensor, uint32_t count,
		const double *p, double *values, cnnviz_tensor *seed)
{
	int64_t classes = tensor->count(seed) / count;
	float *slope = tensor->mutable_data(seed);

	for (int64_t n = 0; n < count; n++) {
		double rest = fmax(1 - p[n], 1e-12);

		values[n] -= log(rest);
		for (int64_t i = n * classes; i < (n + 1) * classes; i++) {
			slope[i] = (float)(slope[i] / rest);
		}
	}
}

static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct series *series = context;
	struct fooling *fooling = series->context;
	const cnnviz_tensor *logits = host->pass->activation(pass, logits_layer);
	int64_t *targets = calloc(count, sizeof(*targets));
	double *likely = calloc(count, sizeof(*likely));
	cnnviz_status status = targets != NULL && likely != NULL
			? CNNVIZ_OK
			: series_no_memory(host, job);

	for (uint32_t n = 0; status == CNNVIZ_OK && n < count; n++) {
		targets[n] = fooling->targets[series->first + items[n]];
	}
	if (status == CNNVIZ_OK) {
		status = read_confidence(host, job, pass, targets, likely);
	}
	for (uint32_t n = 0; status == CNNVIZ_OK && n < count; n++) {
		fooling->likely[series->first + items[n]] = likely[n];
	}
	if (status == CNNVIZ_OK) {
		status = (fooling->objective == LOGIT
						? host->objective->logit
						: host->objective->log_probability)(job,
				logits, targets, values, &seeds[0]);
	}
	if (status == CNNVIZ_OK && fooling->objective == LOG_ODDS) {
		convert_to_log_odds(host->tensor, count, likely, values, seeds[0]);
	}
	free(targets);
	free(likely);
	return status;
}

/** Freeze the items that have the confidence after rounding */
static cnnviz_status observe(const cnnviz_host *host, cnnviz_job *job, void *context,
		uint32_t step, const cnnviz_tensor *inputs, const double *values,
		uint8_t *frozen)
{
	const struct series *series = context;
	struct fooling *fooling = series->context;
	const int64_t *shape = host->tensor->shape(inputs);
	int64_t size = shape[1] * shape[2] * shape[3];
	bool last = step == series->recipe.iterations;
	cnnviz_status status = prepare_pictures(fooling, inputs);

	(void)job;
	(void)values;
	for (uint32_t n = 0; status == CNNVIZ_OK && n < series->recipe.count; n++) {
		uint32_t item = series->first + n;
		double needed = fmax(CLOSE_FRACTION * fooling->confidence,
				fooling->best[item]);

		if (frozen[n] || !(last || fooling->likely[item] >= needed)) {
			continue;
		}
		status = try_item(fooling, item, host->tensor->data(inputs) + n * size);
		frozen[n] = fooling->best[item] >= fooling->confidence;
	}
	return status;
}

/* ---- Results ----------------------------------------------------------------- */

/** Save the best pictures, not the last ones */
static cnnviz_status use_best_pictures(struct series *series, cnnviz_optimized *result)
{
	struct fooling *fooling = series->context;
	const cnnviz_tensor_api *tensor = series->host->tensor;
	int64_t size = tensor->count(result->input) / series->recipe.count;
	cnnviz_status status = prepare_pictures(fooling, result->input);

	for (uint32_t n = 0; status == CNNVIZ_OK && n < series->recipe.count; n++) {
		if (fooling->best[series->first + n] < 0) {
			status = try_item(fooling, series->first + n,
					tensor->data(result->input) + n * size);
		}
	}
	if (status == CNNVIZ_OK) {
		memcpy(tensor->mutable_data(result->image),
				tensor->data(fooling->pictures),
				(size_t)tensor->count(result->image) * sizeof(float));
	}
	return status;
}

/** Measure a picture as its saved file has it */
static cnnviz_status measure(struct series *series, uint32_t item, double start,
		const cnnviz_tensor *input)
{
	struct fooling *fooling = series->context;
	const cnnviz_tensor_api *tensor = series->host->tensor;
	cnnviz_status status = measure_input(fooling, item, input,
			&fooling->measured[item]);

	(void)start;
	if (status == CNNVIZ_OK) {
		status = series_scalar(series, "confidence", item,
				fooling->measured[item]);
	}
	if (status == CNNVIZ_OK && fooling->saved != NULL) {
		int64_t size = tensor->count(fooling->pictures) / series->recipe.count;

		status = fooling->saved(fooling, item,
				tensor->data(fooling->pictures)
						+ (item - series->first) * size);
	}
	return status;
}

/** Fail if a file does not have the required confidence */
static cnnviz_status check_confidence(const struct fooling *fooling)
{
	const struct series *series = &fooling->series;
	uint32_t failed = 0, worst = 0;

	for (uint32_t i = 0; i < series->count; i++) {
		if (fooling->measured[i] >= fooling->confidence) {
			continue;
		}
		worst = failed++ == 0 || fooling->measured[i] < fooling->measured[worst]
				? i
				: worst;
	}
	if (failed == 0) {
		return CNNVIZ_OK;
	}
	const char *label = series->host->model->class_name(series->job,
			fooling->targets[worst]);

	if (fooling->best[worst] >= fooling->confidence) {
		return series->host->fail(series->job, CNNVIZ_ERROR_UNSUPPORTED,
				"the picture for the class \"%s\" has a confidence of "
				"%.4f, but its file, read back as [input] says, has "
				"%.4f, not %g; set resize = stretch in [input], and no "
				"size",
				label, fooling->best[worst], fooling->measured[worst],
				fooling->confidence);
	}
	return series->host->fail(series->job, CNNVIZ_ERROR_UNSUPPORTED,
			"%u of %u pictures did not reach a confidence of %g within %u "
			"steps: the best one for the class \"%s\" has %.4f; raise "
			"iterations or learning_rate, or lower confidence (the pictures "
			"are kept)",
			failed, series->count, fooling->confidence,
			series->recipe.iterations, label, fooling->measured[worst]);
}

/* ---- Run --------------------------------------------------------------------- */

void fooling_defaults(const cnnviz_host *host, cnnviz_optimization *recipe)
{
	series_defaults(host, recipe);
	recipe->objective = maximize;
	recipe->observer = observe;
	recipe->captures = &logits_layer;
	recipe->capture_count = 1;
}

static cnnviz_status prepare(struct fooling *fooling)
{
	struct series *series = &fooling->series;

	fooling->objective = (uint32_t)series->host->parameter->integer(series->job,
			"objective");
	fooling->confidence = series->host->parameter->real(series->job, "confidence");
	fooling->likely = calloc(series->count, sizeof(*fooling->likely));
	fooling->best = calloc(series->count, sizeof(*fooling->best));
	fooling->measured = calloc(series->count, sizeof(*fooling->measured));
	if (fooling->likely == NULL || fooling->best == NULL
			|| fooling->measured == NULL) {
		return series_no_memory(series->host, series->job);
	}
	for (uint32_t i = 0; i < series->count; i++) {
		fooling->best[i] = -1;
	}
	series->context = fooling;
	series->measure = measure;
	series->before_saving = use_best_pictures;
	return CNNVIZ_OK;
}

cnnviz_status fooling_run(struct fooling *fooling)
{
	struct series *series = &fooling->series;
	cnnviz_status status = series_begin_classes(series, &fooling->targets);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = prepare(fooling);
	if (status == CNNVIZ_OK) {
		status = series_run(series);
	}
	if (status == CNNVIZ_OK && series_started(series)) {
		status = check_confidence(fooling);
	}
	series->host->tensor->unref(fooling->pictures);
	series_end(series);
	free(fooling->targets);
	free(fooling->likely);
	free(fooling->best);
	free(fooling->measured);
	return status;
}
