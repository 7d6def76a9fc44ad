/**
 * \file    deep_dream.c
 * \brief   Deep dream: a picture changed so that a layer responds more strongly
 *
 *     x <- x + eta g / mean |g|,   g = d a / d x
 *
 * where a is, for the activations A of one or more layers,
 *
 *     1/2 ||A||^2                    without more
 *     1/Z sum_ij A_ij^k              of a filter k
 *     sum_ij max_mn A_ij . B_mn      guided by the activations B of another picture
 *
 * (the best match of each position is held fixed for the gradient). The picture goes
 * through sizes, octaves, from small to large; what was added in one is enlarged and
 * added in the next, whose own detail comes from the picture.
 *
 * A. Mordvintsev, C. Olah, M. Tyka: Inceptionism: Going Deeper into Neural Networks, and
 * DeepDream - a code example for visualizing Neural Networks. 2015, Google research blog
 * (4 octaves, factor 1.4, 10 steps of 1.5 gray levels each, jitter 32; guided dreams).
 *
 * The preset `octaves` is theirs. Gradients are with respect to the pixels instead of
 * Caffe's zero-mean pixels, which is the same except for the channels' deviations.
 * Pictures keep their own size; those larger than `tile` go through the network in pieces,
 * at another offset in each step: memory is bounded and no seam remains. `traditional` is
 * what common PyTorch implementations do: plain steps at the network's size, no octaves.
 */
#include "common/octaves.h"
#include "common/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum preset { PRESET_TRADITIONAL, PRESET_OCTAVES };
static const char *const presets[] = { "traditional", "octaves", NULL };

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "last_features",
			.summary = "layer, or several together, to be maximized" },
	{ "filter", CNNVIZ_PARAMETER_CHANNEL,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.layer = "layer",
			.summary = "channel of the layer, or several, one dream each; "
				   "unset: all together" },
	{ "guide", CNNVIZ_PARAMETER_PATH,
			.summary = "picture whose features guide the dream" },
	{ "preset", CNNVIZ_PARAMETER_ENUM, .default_value = "octaves", .choices = presets,
			.summary = "source of the defaults of all other settings" },
	{ "octaves", CNNVIZ_PARAMETER_INT, .minimum = 1, .maximum = 32,
			.summary = "number of sizes that the picture goes through" },
	{ "octave_scale", CNNVIZ_PARAMETER_FLOAT, .default_value = "1.4", .minimum = 1.05,
			.maximum = 8, .summary = "factor from one size to the next" },
	{ "full_size", CNNVIZ_PARAMETER_BOOL,
			.summary = "whether the dream keeps the picture's own size" },
	{ "tile", CNNVIZ_PARAMETER_INT, .default_value = "512", .minimum = 0,
			.maximum = 16384, .unit = "pixels",
			.summary = "side of the tiles that larger pictures are computed "
				   "in; 0: no tiles" },
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "dream", CNNVIZ_ARTIFACT_IMAGE, .summary = "the dream, by layer and filter" },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("the objective, negated, and regularizers") },
	{ "objective_start", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the objective in the first step of the last octave" },
	{ "objective_end", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the objective in the last step" },
};

/** The pictures, one for each filter or one of whole layers, and their objectives */
struct dream {
	struct series series;
	int64_t *filters; /* of each picture; -1: whole layers */
	int32_t *layers;
	uint32_t layer_count;
	cnnviz_pass *guide;      /* B, or NULL */
	cnnviz_tensor *original; /* (1,C,H,W), 0..1: the picture to change */
	uint64_t stream;

	/**
	 * For the pictures in a pass: their filters, and a layer's contribution to
	 * their values
	 */
	int64_t *picked;
	double *added;
};

/* ---- Objective ------------------------------------------------------------- */

/**
 * The position of B (channels,positions) most similar to a position a of A, whose
 * channels are stride apart; products has the inner products with all positions
 */
static int64_t best_match(const float *a, int64_t stride, const float *B,
		int64_t channels, int64_t positions, double *products)
{
	int64_t best = 0;

	memset(products, 0, (size_t)positions * sizeof(*products));
	for (int64_t k = 0; k < channels; k++) {
		double value = a[k * stride];

		/* Behind a ReLU most values are zero. */
		for (int64_t m = 0; value != 0 && m < positions; m++) {
			products[m] += value * B[k * positions + m];
		}
	}
	for (int64_t m = 1; m < positions; m++) {
		best = products[m] > products[best] ? m : best;
	}
	return best;
}

/** sum_ij max_mn A_ij . B_mn of each item, and its gradient */
static cnnviz_status match_guide(const struct dream *dream, const cnnviz_tensor *A,
		const cnnviz_tensor *guide, cnnviz_tensor **seed)
{
	const cnnviz_tensor_api *tensor = dream->series.host->tensor;
	const int64_t *shape = tensor->shape(A);
	const float *B = tensor->data(guide);
	int64_t channels = shape[1], size = tensor->count(A) / shape[0];
	int64_t positions = size / channels, guided = tensor->count(guide) / channels;
	double *products = malloc((size_t)guided * sizeof(*products));
	cnnviz_status status = products == NULL
			? series_no_memory(dream->series.host, dream->series.job)
			: tensor->create(dream->series.job, tensor->rank(A), shape, seed);

	for (int64_t p = 0; p < shape[0] * positions && status == CNNVIZ_OK; p++) {
		int64_t n = p / positions, first = n * size + p % positions;
		int64_t m = best_match(tensor->data(A) + first, positions, B, channels,
				guided, products);

		dream->added[n] = (p % positions == 0 ? 0 : dream->added[n])
				+ products[m];
		for (int64_t k = 0; k < channels; k++) {
			tensor->mutable_data(*seed)[first + k * positions] =
					B[k * guided + m];
		}
	}
	free(products);
	return status;
}

static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct dream *dream = context;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < count; n++) {
		dream->picked[n] = dream->filters[items[n]];
		values[n] = 0;
	}
	for (uint32_t i = 0; i < dream->layer_count && status == CNNVIZ_OK; i++) {
		const cnnviz_tensor *A = host->pass->activation(pass, dream->layers[i]);

		if (dream->guide != NULL) {
			status = match_guide(dream, A,
					host->pass->activation(dream->guide,
							dream->layers[i]),
					&seeds[i]);
		} else if (dream->filters[0] >= 0) {
			status = host->objective->channel_means(job, A, dream->picked,
					dream->added, &seeds[i]);
		} else {
			status = host->objective->half_squared_norm(job, A, dream->added,
					&seeds[i]);
		}
		for (uint32_t n = 0; n < count; n++) {
			values[n] += dream->added[n];
		}
	}
	return status;
}

/* ---- Pictures ---------------------------------------------------------------- */

/** Emit the objective of the first and the last step */
static cnnviz_status emit_scalars(const struct series *series,
		const cnnviz_optimized *result)
{
	const float *first = series->host->tensor->data(result->values);
	const float *last = first + (size_t)(result->steps - 1) * series->count;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < series->count && status == CNNVIZ_OK; n++) {
		status = series_change(series, "objective", n, first[n], last[n]);
	}
	return status;
}

/** Optimize from start (N,C,h,w); random streams and names differ for each octave. */
static cnnviz_status dream_octave(const struct octaves *octaves, int64_t octave,
		const cnnviz_tensor *start, cnnviz_tensor **image)
{
	struct dream *dream = octaves->context;
	struct series *series = &dream->series;
	const int64_t *shape = series->host->tensor->shape(dream->original);
	cnnviz_optimized result = { .struct_size = sizeof(result) };
	char name[32];

	for (uint32_t n = 0; n < series->count; n++) {
		series->streams[n] = dream->stream << 40
				| (uint64_t)(dream->filters[n] + 1) << 8
				| (uint64_t)octave;
	}
	snprintf(name, sizeof(name), "octave-%lld", (long long)octave + 1);
	result.started = series->started;
	series->recipe.run_name = octaves->count > 1 ? name : NULL;
	series->recipe.start_images = start;
	series->recipe.frame_height = shape[2];
	series->recipe.frame_width = shape[3];
	cnnviz_status status = series->host->optimize->run(series->job, &series->recipe,
			&result);

	if (status == CNNVIZ_OK && octave == octaves->count - 1) {
		status = emit_scalars(series, &result);
	}
	if (status == CNNVIZ_OK) {
		*image = series->host->tensor->ref(result.image);
	}
	series->host->tensor->unref(result.image);
	series->host->tensor->unref(result.input);
	series->host->tensor->unref(result.values);
	return status;
}

/* ---- Goals --------------------------------------------------------------------- */

/** Choose layers and filters, which determine the number of pictures */
static cnnviz_status choose_goals(struct dream *dream)
{
	struct series *series = &dream->series;
	const cnnviz_parameter_api *parameter = series->host->parameter;
	uint32_t filters = parameter->list_count(series->job, "filter");
	bool guided = parameter->is_set(series->job, "guide");

	dream->layer_count = parameter->list_count(series->job, "layer");
	if (filters > 0 && (guided || dream->layer_count > 1)) {
		return series->host->fail(series->job, CNNVIZ_ERROR_INPUT,
				"`filter` is for one layer without a guide; remove it, "
				"or %s",
				guided ? "remove guide" : "name one layer");
	}
	series->count = filters > 0 ? filters : 1;
	dream->layers = calloc(dream->layer_count, sizeof(*dream->layers));
	dream->filters = calloc(series->count, sizeof(*dream->filters));
	dream->picked = calloc(series->count, sizeof(*dream->picked));
	dream->added = calloc(series->count, sizeof(*dream->added));
	if (dream->layers == NULL || dream->filters == NULL || dream->picked == NULL
			|| dream->added == NULL) {
		return series_no_memory(series->host, series->job);
	}
	for (uint32_t i = 0; i < dream->layer_count; i++) {
		dream->layers[i] = (int32_t)parameter->list_integer(series->job, "layer",
				i);
	}
	cnnviz_status status = series_begin(series);

	for (uint32_t n = 0; n < series->count && status == CNNVIZ_OK; n++) {
		dream->filters[n] = filters > 0
				? parameter->list_integer(series->job, "filter", n)
				: -1;
		series_name(series->names[n],
				parameter->list_text(series->job, "layer", 0),
				dream->filters[n]);
	}
	return status;
}

/** B of all layers */
static cnnviz_status read_guide(struct dream *dream)
{
	const cnnviz_host *host = dream->series.host;
	cnnviz_job *job = dream->series.job;
	cnnviz_tensor *image = NULL, *input = NULL;

	if (!host->parameter->is_set(job, "guide")) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->image->read(job, host->parameter->text(job, "guide"),
			true, &image);

	if (status == CNNVIZ_OK) {
		status = host->image->normalize(job, image, &input);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward(job, input, dream->layer_count,
				dream->layers, &dream->guide);
	}
	host->tensor->unref(image);
	host->tensor->unref(input);
	return status;
}

static cnnviz_status choose_original(struct dream *dream, const cnnviz_batch *batch)
{
	const cnnviz_host *host = dream->series.host;
	cnnviz_job *job = dream->series.job;
	bool full = host->parameter->is_set(job, "full_size")
			? host->parameter->boolean(job, "full_size")
			: host->parameter->integer(job, "preset") == PRESET_OCTAVES;

	return full ? host->image->original(job, 0, &dream->original)
		    : host->image->denormalize(job, batch->inputs, &dream->original);
}

/* ---- Recipe ------------------------------------------------------------------ */

static cnnviz_status choose_recipe(struct dream *dream)
{
	const cnnviz_host *host = dream->series.host;
	cnnviz_job *job = dream->series.job;
	cnnviz_optimization *recipe = &dream->series.recipe;

	series_defaults(host, recipe);
	if (host->parameter->integer(job, "preset") == PRESET_TRADITIONAL) {
		recipe->space = CNNVIZ_SPACE_INPUT;
		recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
		recipe->learning_rate = 12;
		recipe->weight_decay = 1e-4;
		recipe->iterations = 250;
	} else {
		recipe->space = CNNVIZ_SPACE_PIXEL;
		recipe->optimizer = CNNVIZ_OPTIMIZER_NORMALIZED;
		recipe->learning_rate = 1.5 / 255;
		recipe->iterations = 10;
		recipe->jitter = 32;
	}
	recipe->count = dream->series.count;
	recipe->streams = dream->series.streams;
	recipe->item_names = (const char *const *)dream->series.names;
	recipe->start = CNNVIZ_START_IMAGES;
	recipe->start_images = dream->original;
	recipe->objective = maximize;
	recipe->context = dream;
	recipe->captures = dream->layers;
	recipe->capture_count = dream->layer_count;
	return host->optimize->configure(job, recipe);
}

/* ---- Run --------------------------------------------------------------------- */

static cnnviz_status dream_all(struct dream *dream)
{
	const cnnviz_host *host = dream->series.host;
	cnnviz_job *job = dream->series.job;
	const struct octaves octaves = {
		.host = host,
		.job = job,
		.original = dream->original,
		.count = host->parameter->is_set(job, "octaves")
				? host->parameter->integer(job, "octaves")
				: host->parameter->integer(job, "preset")
						== PRESET_OCTAVES
				? 4
				: 1,
		.scale = host->parameter->real(job, "octave_scale"),
		.versions = dream->series.count,
		.change = dream_octave,
		.context = dream,
	};
	cnnviz_tensor *image = NULL;
	cnnviz_status status = octaves_run(&octaves, &image);

	for (uint32_t n = 0; n < dream->series.count && status == CNNVIZ_OK; n++) {
		if (dream->series.started[n]) {
			status = host->artifact->image(job, "dream",
					dream->series.names[n], image, n);
		}
	}
	host->tensor->unref(image);
	return status;
}

/** Plan and dream; without a batch, only check the plan */
static cnnviz_status plan_and_dream(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct dream dream = { .series = { .host = host, .job = job } };
	cnnviz_status status = choose_goals(&dream);

	if (status == CNNVIZ_OK && batch != NULL) {
		dream.stream = batch->streams[0];
		status = choose_original(&dream, batch);
	}
	if (status == CNNVIZ_OK) {
		status = choose_recipe(&dream);
	}
	if (status == CNNVIZ_OK && batch != NULL) {
		status = read_guide(&dream);
	}
	if (status == CNNVIZ_OK && batch != NULL) {
		status = dream_all(&dream);
	}
	host->pass->unref(dream.guide);
	host->tensor->unref(dream.original);
	series_end(&dream.series);
	free(dream.layers);
	free(dream.filters);
	free(dream.picked);
	free(dream.added);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	return plan_and_dream(host, job, NULL);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	return plan_and_dream(host, job, batch);
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("deep_dream", "1.0"),
	.summary = "Deep dream: a picture changed so that a layer responds more strongly",
	.description = "Repeatedly strengthens in a picture what a layer, or one of its "
		       "filters, detects in it. The preset `octaves` goes from a small "
		       "picture to the full-sized one and carries the added detail "
		       "along; with `guide` the features of a second picture guide the "
		       "dream. Large pictures are computed in tiles. Lower layers give "
		       "strokes and patterns, higher ones parts of animals and things. "
		       "The preset `traditional` is 250 plain gradient steps at the "
		       "network's size, usually for one filter. learning_rate is in gray "
		       "levels / 255 for `octaves`.",
	.reference = "Mordvintsev, Olah, Tyka 2015, Inceptionism: Going Deeper into "
		     "Neural Networks, Google research blog, and DeepDream, "
		     "github.com/google/deepdream",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
