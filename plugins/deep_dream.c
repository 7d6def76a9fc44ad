/**
 * \file    deep_dream.c
 * \brief   Deep dream: a picture changed so that a layer answers more to it
 *
 *     x <- x + eta g / mean |g|,   g = d a / d x
 *
 * where a is, for the activations A of one or more layers,
 *
 *     1/2 ||A||^2                    without more
 *     1/Z sum_ij A_ij^k              of a filter k
 *     sum_ij max_mn A_ij . B_mn      guided by the activations B of another picture
 *
 * (the best match of each place is held fixed for the gradient). The picture goes through
 * sizes, octaves, from small to large; what was added in one is enlarged and added in the
 * next, whose own detail comes from the picture.
 *
 * A. Mordvintsev, C. Olah, M. Tyka: Inceptionism: Going Deeper into Neural Networks, and
 * DeepDream - a code example for visualizing Neural Networks. 2015, Google research blog
 * (4 octaves, factor 1.4, 10 steps of 1.5 gray levels each, jitter 32; guided dreams).
 *
 * The preset `octaves` is theirs. Gradients are taken by the pixels in place of Caffe's
 * zero-mean pixels, which is the same but for the channels' deviations. Pictures keep
 * their own size; those larger than `tile` go through the network in pieces, at another
 * offset in each step, so that memory is bounded and no seam stays. `traditional` is
 * widespread PyTorch code: plain gradient steps at the network's size, without octaves.
 */
#include "common/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum preset { PRESET_TRADITIONAL, PRESET_OCTAVES };

static const char *const presets[] = { "traditional", "octaves", NULL };

/** An octave smaller than this, in pixels, is left out: layers have no place for it */
#define SMALLEST_OCTAVE 32

static const cnnviz_parameter parameters[] = {
	{
			.name = "layer",
			.type = CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "last_conv",
			.summary = "layer, or several taken together, whose answer is "
				   "made large",
	},
	{
			.name = "filter",
			.type = CNNVIZ_PARAMETER_CHANNEL,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.layer = "layer",
			.summary = "channel of the layer, or several, one dream each; "
				   "unset: all together",
	},
	{
			.name = "guide",
			.type = CNNVIZ_PARAMETER_PATH,
			.summary = "picture whose features the dream shall take up",
	},
	{
			.name = "preset",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "octaves",
			.choices = presets,
			.summary = "where all other settings start from",
	},
	{
			.name = "octaves",
			.type = CNNVIZ_PARAMETER_INT,
			.minimum = 1,
			.maximum = 32,
			.summary = "number of sizes that the picture goes through",
	},
	{
			.name = "octave_scale",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "1.4",
			.minimum = 1.05,
			.maximum = 8,
			.summary = "factor from one size to the next",
	},
	{
			.name = "full_size",
			.type = CNNVIZ_PARAMETER_BOOL,
			.summary = "whether the dream has the picture's own size, not "
				   "the network's",
	},
	{
			.name = "tile",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "512",
			.minimum = 0,
			.maximum = 16384,
			.unit = "pixels",
			.summary = "side of the pieces that larger pictures are computed "
				   "in; 0 in one piece",
	},
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "dream",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the dream, by layer and filter" },
	{ .name = "snapshot",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture on the way, every `snapshots` steps of "
				   "an octave" },
	{ .name = "animation",
			.type = CNNVIZ_ARTIFACT_ANIMATION,
			.summary = "the snapshots of all octaves, animated" },
	{ .name = "curve",
			.type = CNNVIZ_ARTIFACT_CURVE,
			.summary = "what is minimized in each step: the objective, "
				   "negated, and regularizers" },
	{ .name = "objective_start",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "the objective in the first step of the last octave" },
	{ .name = "objective_end",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "the objective in the last step" },
};

struct dream {
	const cnnviz_host *host;
	cnnviz_job *job;

	int32_t *layers;
	uint32_t layer_count;

	/** One picture for each; -1: of the whole layers */
	int64_t *filters;
	uint32_t count;
	char (*names)[SERIES_NAME_MAX + 1];

	/** B, while there is a guide */
	cnnviz_pass *guide;

	cnnviz_optimization recipe;
	int64_t octaves;

	/** (1,C,H,W), 0..1: what is dreamt about */
	cnnviz_tensor *original;

	/** Whether the snapshots are animated, at the original's size */
	bool animated;
};

static cnnviz_status fall_short(const struct dream *dream)
{
	return series_short(dream->host, dream->job);
}

/* ---- Objective ------------------------------------------------------------- */

/** An activation of one item, (C,places) */
struct features {
	const float *values;
	int64_t channels;
	int64_t places;
};

static struct features view_item(const cnnviz_host *host, const cnnviz_tensor *activation,
		uint32_t n)
{
	const int64_t *shape = host->tensor->shape(activation);
	int64_t size = host->tensor->count(activation) / shape[0];

	return (struct features){ host->tensor->data(activation) + n * size, shape[1],
		size / shape[1] };
}

/** The place of B that answers most like place i of A, and how much */
static int64_t best_match(const struct features *A, const struct features *B, int64_t i,
		double *products, double *product)
{
	int64_t best = 0;

	memset(products, 0, (size_t)B->places * sizeof(*products));
	for (int64_t k = 0; k < A->channels; k++) {
		double value = A->values[k * A->places + i];
		const float *row = B->values + k * B->places;

		/* Behind a ReLU most values are zero. */
		for (int64_t m = 0; value != 0 && m < B->places; m++) {
			products[m] += value * row[m];
		}
	}
	for (int64_t m = 1; m < B->places; m++) {
		best = products[m] > products[best] ? m : best;
	}
	*product = products[best];
	return best;
}

/** sum_ij max_mn A_ij . B_mn, added to value, and its gradient, into seed */
static cnnviz_status follow(const struct dream *dream, const struct features *A,
		const struct features *B, double *value, float *seed)
{
	double *products = malloc((size_t)B->places * sizeof(*products));

	if (products == NULL) {
		return fall_short(dream);
	}
	for (int64_t i = 0; i < A->places; i++) {
		double product;
		int64_t m = best_match(A, B, i, products, &product);

		*value += product;
		for (int64_t k = 0; k < A->channels; k++) {
			seed[k * A->places + i] = B->values[k * B->places + m];
		}
	}
	free(products);
	return CNNVIZ_OK;
}

/** 1/2 ||A||^2 or the mean of filter k, added to value, and its gradient, into seed */
static void grow(const struct features *A, int64_t filter, double *value, float *seed)
{
	int64_t first = filter < 0 ? 0 : filter * A->places;
	int64_t last = filter < 0 ? A->channels * A->places : first + A->places;

	for (int64_t i = first; i < last; i++) {
		double a = A->values[i];

		*value += filter < 0 ? 0.5 * a * a : a / (double)A->places;
		seed[i] = (float)(filter < 0 ? a : 1 / (double)A->places);
	}
}

static cnnviz_status maximize_layer(const struct dream *dream, int32_t layer,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seed)
{
	const cnnviz_tensor_api *tensor = dream->host->tensor;
	const cnnviz_tensor *activation = dream->host->pass->activation(pass, layer);
	cnnviz_status status = CNNVIZ_OK;

	*seed = tensor->create(tensor->rank(activation), tensor->shape(activation));
	if (*seed == NULL) {
		return fall_short(dream);
	}
	for (uint32_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		struct features A = view_item(dream->host, activation, n);
		float *gradient = tensor->mutable_data(*seed) + n * A.channels * A.places;

		if (dream->guide != NULL) {
			struct features B = view_item(dream->host,
					dream->host->pass->activation(dream->guide,
							layer),
					0);

			status = follow(dream, &A, &B, &values[n], gradient);
		} else {
			grow(&A, dream->filters[items[n]], &values[n], gradient);
		}
	}
	return status;
}

static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct dream *dream = context;
	cnnviz_status status = CNNVIZ_OK;

	(void)host;
	(void)job;
	for (uint32_t n = 0; n < count; n++) {
		values[n] = 0;
	}
	for (uint32_t i = 0; i < dream->layer_count && status == CNNVIZ_OK; i++) {
		status = maximize_layer(dream, dream->layers[i], pass, count, items,
				values, &seeds[i]);
	}
	return status;
}

/* ---- Pictures ---------------------------------------------------------------- */

/** a + sign * b, kept within 0..1 where that is asked; both (N,C,H,W) or b (1,C,H,W) */
static void add(const cnnviz_tensor_api *tensor, cnnviz_tensor *a, const cnnviz_tensor *b,
		float sign, bool clip)
{
	float *to = tensor->mutable_data(a);
	const float *from = tensor->data(b);
	int64_t count = tensor->count(a);
	int64_t period = tensor->count(b);

	for (int64_t i = 0; i < count; i++) {
		float value = to[i] + sign * from[i % period];

		to[i] = !clip ? value : value < 0 ? 0 : value > 1 ? 1 : value;
	}
}

static cnnviz_status resize(const struct dream *dream, const cnnviz_tensor *image,
		int64_t height, int64_t width, uint32_t filter, cnnviz_tensor **resized)
{
	return dream->host->image->resize(dream->job, image, height, width, filter,
			resized);
}

/** Item n of (N,C,H,W) to a function that saves (C,H,W) */
static cnnviz_status save(const struct dream *dream, const cnnviz_tensor *images,
		uint32_t n, const char *stem,
		cnnviz_status (*sink)(cnnviz_job *job, const char *name,
				const cnnviz_tensor *image))
{
	const cnnviz_tensor_api *tensor = dream->host->tensor;
	cnnviz_tensor *image = tensor->create(3, tensor->shape(images) + 1);
	char name[SERIES_NAME_MAX + 32];

	if (image == NULL) {
		return fall_short(dream);
	}
	size_t count = (size_t)tensor->count(image);

	memcpy(tensor->mutable_data(image), tensor->data(images) + n * count,
			count * sizeof(float));
	snprintf(name, sizeof(name), "%s-%s", stem, dream->names[n]);
	cnnviz_status status = sink(dream->job, name, image);

	tensor->unref(image);
	return status;
}

/** One frame of each animation, at the original's size */
static cnnviz_status observe(const cnnviz_host *host, cnnviz_job *job, void *context,
		uint32_t step, const cnnviz_tensor *inputs, const double *values,
		uint8_t *frozen)
{
	const struct dream *dream = context;
	const int64_t *shape = host->tensor->shape(dream->original);
	cnnviz_tensor *images = NULL, *frames = NULL;

	(void)values;
	(void)frozen;
	if (step % dream->recipe.snapshots != 0) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->image->denormalize(job, inputs, &images);

	if (status == CNNVIZ_OK) {
		status = resize(dream, images, shape[2], shape[3], CNNVIZ_FILTER_BILINEAR,
				&frames);
	}
	for (uint32_t n = 0; n < dream->count && status == CNNVIZ_OK; n++) {
		status = save(dream, frames, n, "animation", host->artifact->frame);
	}
	host->tensor->unref(images);
	host->tensor->unref(frames);
	return status;
}

/* ---- Octaves ----------------------------------------------------------------- */

/** A side of the original in an octave; the last octave has the original's size */
static int64_t octave_side(const struct dream *dream, int64_t side, int64_t octave)
{
	double scale = dream->host->parameter->real(dream->job, "octave_scale");

	return (int64_t)lround((double)side
			/ pow(scale, (double)(dream->octaves - 1 - octave)));
}

/** The objective in the last octave */
static cnnviz_status give_figures(const struct dream *dream,
		const cnnviz_optimized *result)
{
	const float *values = dream->host->tensor->data(result->values);
	const float *last = values + (size_t)(result->steps - 1) * dream->count;
	char name[SERIES_NAME_MAX + 32];
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < dream->count && status == CNNVIZ_OK; n++) {
		snprintf(name, sizeof(name), "objective_start-%s", dream->names[n]);
		status = dream->host->artifact->figure(dream->job, name, values[n]);
		if (status == CNNVIZ_OK) {
			snprintf(name, sizeof(name), "objective_end-%s", dream->names[n]);
			status = dream->host->artifact->figure(dream->job, name, last[n]);
		}
	}
	return status;
}

/** Dream from start (N,C,h,w); takes streams and names that differ for each octave */
static cnnviz_status run_octave(struct dream *dream, uint64_t stream, int64_t octave,
		const cnnviz_tensor *start, cnnviz_tensor **image)
{
	cnnviz_optimization recipe = dream->recipe;
	cnnviz_optimized result = { .struct_size = sizeof(result) };
	uint64_t *streams = calloc(dream->count, sizeof(*streams));
	char(*names)[SERIES_NAME_MAX + 1] = calloc(dream->count, sizeof(*names));
	const char **item_names = calloc(dream->count, sizeof(*item_names));
	cnnviz_status status = CNNVIZ_OK;

	if (streams == NULL || names == NULL || item_names == NULL) {
		status = fall_short(dream);
		goto done;
	}
	for (uint32_t n = 0; n < dream->count; n++) {
		char text[SERIES_NAME_MAX + 16];

		snprintf(text, sizeof(text), "%s-octave", dream->names[n]);
		series_name(names[n], text, octave + 1);
		item_names[n] = dream->octaves > 1 ? names[n] : dream->names[n];
		streams[n] = stream << 40 | (uint64_t)(dream->filters[n] + 1) << 8
				| (uint64_t)octave;
	}
	recipe.streams = streams;
	recipe.item_names = item_names;
	recipe.start_images = start;
	status = dream->host->optimize->run(dream->job, &recipe, &result);
	if (status == CNNVIZ_OK && octave == dream->octaves - 1) {
		status = give_figures(dream, &result);
	}
	if (status == CNNVIZ_OK) {
		*image = dream->host->tensor->ref(result.image);
	}
	dream->host->tensor->unref(result.image);
	dream->host->tensor->unref(result.input);
	dream->host->tensor->unref(result.values);

done:
	free(streams);
	free(names);
	free(item_names);
	return status;
}

/** The original of an octave, N times, and the detail of the octave before, enlarged */
static cnnviz_status prepare_octave(const struct dream *dream, const cnnviz_tensor *base,
		const cnnviz_tensor *detail, cnnviz_tensor **start)
{
	const cnnviz_tensor_api *tensor = dream->host->tensor;
	const int64_t *shape = tensor->shape(base);
	cnnviz_tensor *larger = NULL;
	cnnviz_status status = CNNVIZ_OK;
	cnnviz_tensor *made = tensor->create(4,
			(const int64_t[]){ dream->count, shape[1], shape[2], shape[3] });

	if (made == NULL) {
		return fall_short(dream);
	}
	add(tensor, made, base, 1, true);
	if (detail != NULL) {
		status = resize(dream, detail, shape[2], shape[3], CNNVIZ_FILTER_BILINEAR,
				&larger);
	}
	if (status == CNNVIZ_OK && larger != NULL) {
		add(tensor, made, larger, 1, true);
	}
	tensor->unref(larger);
	if (status != CNNVIZ_OK) {
		tensor->unref(made);
		return status;
	}
	*start = made;
	return CNNVIZ_OK;
}

/** One octave: from the detail of the one before to the picture and its own detail */
static cnnviz_status dream_octave(struct dream *dream, uint64_t stream, int64_t octave,
		cnnviz_tensor **detail, cnnviz_tensor **image)
{
	const cnnviz_tensor_api *tensor = dream->host->tensor;
	const int64_t *shape = tensor->shape(dream->original);
	int64_t height = octave_side(dream, shape[2], octave);
	int64_t width = octave_side(dream, shape[3], octave);
	cnnviz_tensor *base = NULL, *start = NULL;
	bool last = octave == dream->octaves - 1;

	if (!last && (height < SMALLEST_OCTAVE || width < SMALLEST_OCTAVE)) {
		dream->host->log(dream->job,
				"octave %lld would be %lldx%lld, which is too "
				"small, and is left out",
				(long long)octave + 1, (long long)width,
				(long long)height);
		return CNNVIZ_OK;
	}
	cnnviz_status status = resize(dream, dream->original, height, width,
			CNNVIZ_FILTER_LANCZOS, &base);

	if (status == CNNVIZ_OK) {
		status = prepare_octave(dream, base, *detail, &start);
	}
	if (status == CNNVIZ_OK) {
		status = run_octave(dream, stream, octave, start, image);
	}
	if (status == CNNVIZ_OK && !last) {
		tensor->unref(*detail);
		*detail = *image;
		*image = NULL;
		add(tensor, *detail, base, -1, false);
	}
	tensor->unref(base);
	tensor->unref(start);
	return status;
}

static cnnviz_status dream_all(struct dream *dream, uint64_t stream)
{
	const cnnviz_tensor_api *tensor = dream->host->tensor;
	cnnviz_tensor *detail = NULL, *image = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t octave = 0; octave < dream->octaves && status == CNNVIZ_OK;
			octave++) {
		status = dream_octave(dream, stream, octave, &detail, &image);
	}
	for (uint32_t n = 0; n < dream->count && status == CNNVIZ_OK; n++) {
		status = save(dream, image, n, "dream", dream->host->artifact->image);
	}
	tensor->unref(detail);
	tensor->unref(image);
	return status;
}

/* ---- What is wanted ------------------------------------------------------------ */

static cnnviz_status choose_layers(struct dream *dream)
{
	const cnnviz_parameter_api *parameter = dream->host->parameter;

	dream->layer_count = parameter->list_count(dream->job, "layer");
	dream->layers = calloc(dream->layer_count, sizeof(*dream->layers));
	if (dream->layers == NULL) {
		return fall_short(dream);
	}
	for (uint32_t i = 0; i < dream->layer_count; i++) {
		dream->layers[i] = (int32_t)parameter->list_integer(dream->job, "layer",
				i);
	}
	return CNNVIZ_OK;
}

/** The filters, and with them the pictures' number and names */
static cnnviz_status choose_filters(struct dream *dream)
{
	const cnnviz_parameter_api *parameter = dream->host->parameter;
	uint32_t listed = parameter->list_count(dream->job, "filter");
	bool guided = parameter->is_set(dream->job, "guide");

	if (listed > 0 && (guided || dream->layer_count > 1)) {
		return dream->host->fail(dream->job, CNNVIZ_ERROR_INPUT,
				"`filter` is for one "
				"layer without a guide; leave it out, or %s",
				guided ? "leave guide out" : "name one layer");
	}
	dream->count = listed > 0 ? listed : 1;
	dream->filters = calloc(dream->count, sizeof(*dream->filters));
	dream->names = calloc(dream->count, sizeof(*dream->names));
	if (dream->filters == NULL || dream->names == NULL) {
		return fall_short(dream);
	}
	for (uint32_t n = 0; n < dream->count; n++) {
		dream->filters[n] = listed > 0
				? parameter->list_integer(dream->job, "filter", n)
				: -1;
		series_name(dream->names[n], parameter->list_text(dream->job, "layer", 0),
				dream->filters[n]);
	}
	return CNNVIZ_OK;
}

/** B of all layers */
static cnnviz_status read_guide(struct dream *dream)
{
	const cnnviz_host *host = dream->host;
	cnnviz_tensor *image = NULL, *input = NULL;
	cnnviz_status status;

	if (!host->parameter->is_set(dream->job, "guide")) {
		return CNNVIZ_OK;
	}
	status = host->image->read(dream->job, host->parameter->text(dream->job, "guide"),
			true, &image);
	if (status == CNNVIZ_OK) {
		status = host->image->normalize(dream->job, image, &input);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward(dream->job, input, dream->layer_count,
				dream->layers, &dream->guide);
	}
	host->tensor->unref(image);
	host->tensor->unref(input);
	return status;
}

/* ---- Recipe ------------------------------------------------------------------ */

static void traditional(cnnviz_optimization *recipe)
{
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
	recipe->learning_rate = 12;
	recipe->weight_decay = 1e-4;
	recipe->iterations = 250;
}

static void octaves(cnnviz_optimization *recipe)
{
	recipe->space = CNNVIZ_SPACE_PIXEL;
	recipe->optimizer = CNNVIZ_OPTIMIZER_NORMALIZED;
	recipe->learning_rate = 1.5 / 255;
	recipe->iterations = 10;
	recipe->jitter = 32;
}

static cnnviz_status choose_recipe(struct dream *dream)
{
	const cnnviz_host *host = dream->host;
	cnnviz_optimization *recipe = &dream->recipe;
	bool tradition = host->parameter->integer(dream->job, "preset")
			== PRESET_TRADITIONAL;

	host->optimize->defaults(recipe, sizeof(*recipe));
	if (tradition) {
		traditional(recipe);
	} else {
		octaves(recipe);
	}
	dream->octaves = host->parameter->is_set(dream->job, "octaves")
			? host->parameter->integer(dream->job, "octaves")
			: tradition ? 1
				    : 4;
	recipe->count = dream->count;
	recipe->start = CNNVIZ_START_IMAGES;
	recipe->start_images = dream->original;
	recipe->objective = maximize;
	recipe->context = dream;
	recipe->captures = dream->layers;
	recipe->capture_count = dream->layer_count;
	recipe->spare_dead = 1;
	recipe->snapshot_name = "snapshot";
	recipe->curve_name = "curve";
	cnnviz_status status = host->optimize->configure(dream->job, recipe);

	/* Octaves differ in size, the frames of an animation must not. */
	dream->animated = recipe->animation != 0;
	recipe->animation = 0;
	recipe->observer = dream->animated ? observe : NULL;
	return status;
}

static cnnviz_status choose_original(struct dream *dream, const cnnviz_batch *batch)
{
	const cnnviz_parameter_api *parameter = dream->host->parameter;
	bool full = parameter->is_set(dream->job, "full_size")
			? parameter->boolean(dream->job, "full_size")
			: parameter->integer(dream->job, "preset") == PRESET_OCTAVES;

	return full ? dream->host->image->original(dream->job, 0, &dream->original)
		    : dream->host->image->denormalize(dream->job, batch->inputs,
				    &dream->original);
}

/* ---- Run --------------------------------------------------------------------- */

static cnnviz_status choose_goals(struct dream *dream)
{
	cnnviz_status status = choose_layers(dream);

	return status == CNNVIZ_OK ? choose_filters(dream) : status;
}

static void wake_up(struct dream *dream)
{
	dream->host->pass->unref(dream->guide);
	dream->host->tensor->unref(dream->original);
	free(dream->layers);
	free(dream->filters);
	free(dream->names);
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	struct dream dream = { .host = host, .job = job };
	cnnviz_status status = choose_goals(&dream);

	if (status == CNNVIZ_OK) {
		status = choose_recipe(&dream);
	}
	wake_up(&dream);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct dream dream = { .host = host, .job = job };
	cnnviz_status status = choose_goals(&dream);

	if (status == CNNVIZ_OK) {
		status = choose_original(&dream, batch);
	}
	if (status == CNNVIZ_OK) {
		status = choose_recipe(&dream);
	}
	if (status == CNNVIZ_OK) {
		status = read_guide(&dream);
	}
	if (status == CNNVIZ_OK) {
		status = dream_all(&dream, batch->streams[0]);
	}
	wake_up(&dream);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "deep_dream",
	.version = "1.0",
	.summary = "Deep dream: a picture changed so that a layer answers more to it",
	.description = "Adds to a picture what a layer, or one of its filters, sees in "
		       "it, over "
		       "and over. The preset `octaves` goes from a small picture to the "
		       "full-sized "
		       "one and carries the added detail along; with `guide` the dream "
		       "takes up the "
		       "features of a second picture. Large pictures are computed in "
		       "tiles. Lower "
		       "layers give strokes and patterns, higher ones parts of animals "
		       "and things. "
		       "The preset `traditional` is 250 plain gradient steps at the "
		       "network's size, "
		       "usually for one filter. learning_rate is in gray levels / 255 "
		       "for `octaves`.",
	.reference = "Mordvintsev, Olah, Tyka 2015, Inceptionism: Going Deeper into "
		     "Neural "
		     "Networks, Google research blog, and DeepDream, "
		     "github.com/google/deepdream",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(artifacts[0]),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
