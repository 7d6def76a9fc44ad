/**
 * \file    inversion.c
 * \brief   Inversion: a picture reconstructed from a layer's activations
 *
 *     x* = argmin_x  l(Phi(x), Phi_0) + lambda_alpha R_alpha(x) + lambda_V R_V^beta(x)
 *
 *     l          = ||Phi(x) - Phi_0||^2 / ||Phi_0||^2,    Phi_0 = Phi(x_0)
 *     R_alpha    = sum |x|^alpha,                         alpha = 6
 *     R_V^beta   = sum ((x_right - x)^2 + (x_down - x)^2)^(beta/2),   beta = 2
 *
 * where Phi(x) are the activations of a layer for the normalized input x, and x_0 is
 * the picture.
 *
 * A. Mahendran, A. Vedaldi: Understanding Deep Image Representations by Inverting Them.
 * 2014, arXiv:1412.0035, sections 2 and 4.
 *
 * The preset `paper` has the constants of the authors' published code, converted from
 * gray levels to the normalized input: gradient descent with momentum, and a total
 * variation weighted 1, 10 or 100 in the first, second and last part of the network.
 * Their rate falls tenfold twice, after 100 and after 300 of 400 steps, and momentum is
 * reset; ours falls by sqrt(10) after each quarter, over the same range, without a
 * reset. The preset `traditional` has the constants of common PyTorch implementations.
 */
#include "common/series.h"

#include <math.h>

enum preset { PRESET_TRADITIONAL, PRESET_PAPER };

static const char *const presets[] = { "traditional", "paper", NULL };

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "last_features",
			.summary = "layer that is inverted, or several, one picture "
				   "each" },
	{ "preset", CNNVIZ_PARAMETER_ENUM, .default_value = "paper", .choices = presets,
			.summary = "source of the defaults of all other settings" },
	{ "weight", CNNVIZ_PARAMETER_FLOAT, .minimum = 1e-6, .maximum = 1e6,
			.summary = "weight of the layer's relative error, against the "
				   "regularizers' weights" },
	{ SERIES_KEEP_ARRAY },
	CNNVIZ_OPTIMIZE_PARAMETERS_START_FROM,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "inversion", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the reconstructed picture, by layer" },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("weight * l and regularizers") },
	{ SERIES_ARRAY },
	{ "relative_error", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "||Phi(x) - Phi_0|| / ||Phi_0|| of the saved file, "
				   "read back" },
};

/** One layer, and its activations for the picture */
struct representation {
	int32_t layer;
	const char *layer_name;
	const cnnviz_tensor *target; /* Phi_0 */
	double square;               /* ||Phi_0||^2 */
	double weight;
};

/**
 * l times weight, and its gradient with respect to Phi(x) into seed if that is not NULL
 */
static double relative_square(const cnnviz_tensor_api *tensor,
		const struct representation *representation, const cnnviz_tensor *phi,
		float *seed)
{
	const float *found = tensor->data(phi);
	const float *target = tensor->data(representation->target);
	double sum = 0;

	for (int64_t i = 0; i < tensor->count(phi); i++) {
		double difference = (double)found[i] - target[i];

		sum += difference * difference;
		if (seed != NULL) {
			seed[i] = (float)(2 * representation->weight * difference
					/ representation->square);
		}
	}
	return sum / representation->square;
}

static cnnviz_status minimize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct series *series = context;
	const struct representation *representation = series->context;
	const cnnviz_tensor *phi = host->pass->activation(pass, representation->layer);

	(void)count;
	(void)items;
	cnnviz_status status = host->tensor->create(job, host->tensor->rank(phi),
			host->tensor->shape(phi), seeds);

	if (status == CNNVIZ_OK) {
		values[0] = representation->weight
				* relative_square(host->tensor, representation, phi,
						host->tensor->mutable_data(seeds[0]));
	}
	return status;
}

/** Measure the error of a picture as its saved file has it */
static cnnviz_status measure(struct series *series, uint32_t item, double start,
		const cnnviz_tensor *input)
{
	const cnnviz_host *host = series->host;
	const struct representation *representation = series->context;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(series->job, input, 1,
			&representation->layer, &pass);

	(void)start;
	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *phi = host->pass->activation(pass, representation->layer);

	if (host->tensor->count(phi) == host->tensor->count(representation->target)) {
		status = series_scalar(series, "relative_error", item,
				sqrt(relative_square(host->tensor, representation, phi,
						NULL)));
	} else {
		host->warn(series->job, 0,
				"the saved picture is read back at another size, so its "
				"error at the layer \"%s\" is not measured",
				representation->layer_name);
	}
	host->pass->unref(pass);
	return status;
}

/* ---- Recipe ------------------------------------------------------------------ */

/*
 * The authors' x is in gray levels, ours in units of about 57.6 of them. A step of theirs is
 * 0.004 * sigma^2 times the gradient of E = l + (lambda_V R_V + lambda_alpha R_alpha) / (2
 * sigma^2), where sigma, the mean norm of their pictures, is 27098, that is 68.9 for each of
 * the 3 * 227^2 values; it grows with the size of a picture. lambda_alpha is 8e-10.
 */
#define UNIT 57.6
#define LEVEL 68.9

/** How strongly the paper smooths a layer at this fraction of the network's depth */
static double paper_smoothing(double depth)
{
	return depth <= 0.3 ? 1 : depth <= 0.6 ? 10 : 100;
}

/** The paper's constants for inputs of this number of values */
static void paper(cnnviz_optimization *recipe, int64_t values, double depth)
{
	double square = LEVEL * LEVEL * (double)values; /* sigma^2 */

	recipe->start_high = LEVEL / UNIT;
	recipe->learning_rate = 0.004 * sqrt(10) * square / (UNIT * UNIT);
	recipe->rate_factor = 1 / sqrt(10);
	recipe->iterations = 400;
	recipe->norm = 8e-10 / (2 * square) * pow(UNIT, 6);
	recipe->variation = paper_smoothing(depth) / (2 * square) * UNIT * UNIT;
}

static void traditional(cnnviz_optimization *recipe)
{
	recipe->start_high = 0.1;
	recipe->learning_rate = 1e4;
	recipe->rate_factor = 0.1;
	recipe->rate_every = 40;
	recipe->iterations = 201;
	recipe->norm = 1e-7;
	recipe->variation = 1e-8;
}

static cnnviz_status choose_recipe(const cnnviz_host *host, cnnviz_job *job,
		const int64_t *shape, struct representation *representation,
		cnnviz_optimization *recipe)
{
	bool tradition = host->parameter->integer(job, "preset") == PRESET_TRADITIONAL;
	int32_t layers = host->model->layer_count(job) - 1;
	double depth = representation->layer < 0 ? 1
						 : (double)representation->layer / layers;

	series_defaults(host, recipe);
	recipe->height = shape[2];
	recipe->width = shape[3];
	recipe->start = CNNVIZ_START_NORMAL;
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
	recipe->momentum = 0.9;
	recipe->norm_exponent = 6;
	recipe->variation_exponent = 2;
	if (tradition) {
		traditional(recipe);
	} else {
		paper(recipe, shape[1] * shape[2] * shape[3], depth);
	}
	representation->weight = host->parameter->is_set(job, "weight")
			? host->parameter->real(job, "weight")
			: tradition ? 0.1
				    : 1;
	recipe->maximize = 0;
	recipe->objective = minimize;
	recipe->captures = &representation->layer;
	recipe->capture_count = 1;
	cnnviz_status status = host->optimize->configure(job, recipe);

	if (!tradition) {
		recipe->rate_every = (recipe->iterations + 3) / 4;
	}
	return status;
}

/* ---- Run --------------------------------------------------------------------- */

/** Reconstruct the picture from representation->target */
static cnnviz_status invert(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, struct representation *representation)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	struct series series = {
		.host = host,
		.job = job,
		.count = 1,
		.picture_name = "inversion",
		.keeps_array = host->parameter->boolean(job, "keep_array"),
		.measure = measure,
		.context = representation,
	};
	cnnviz_status status = series_begin(&series);

	if (status != CNNVIZ_OK) {
		return status;
	}
	series_name(series.names[0], representation->layer_name, -1);
	series.streams[0] = batch->streams[0];
	status = choose_recipe(host, job, shape, representation, &series.recipe);
	if (status == CNNVIZ_OK) {
		status = series_run(&series);
	}
	series_end(&series);
	return status;
}

/** Invert layer number i of the list */
static cnnviz_status run_layer(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t i)
{
	struct representation representation = {
		.layer = (int32_t)host->parameter->list_integer(job, "layer", i),
		.layer_name = host->parameter->list_text(job, "layer", i),
	};
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(job, batch->inputs, 1,
			&representation.layer, &pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	representation.target = host->pass->activation(pass, representation.layer);
	const float *target = host->tensor->data(representation.target);

	for (int64_t k = 0; k < host->tensor->count(representation.target); k++) {
		representation.square += (double)target[k] * target[k];
	}
	status = representation.square > 0
			? invert(host, job, batch, &representation)
			: host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" is zero everywhere for this "
					"picture, so there is nothing to reconstruct it "
					"from; choose another layer with `layer`",
					representation.layer_name);
	host->pass->unref(pass);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	uint32_t count = host->parameter->list_count(job, "layer");
	cnnviz_status status = CNNVIZ_OK;
	int64_t shape[1 + CNNVIZ_MAX_RANK] = { 1 };

	host->model->layer_shape(job, CNNVIZ_LAYER_INPUT, shape + 1);
	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		struct representation representation = {
			.layer = (int32_t)host->parameter->list_integer(job, "layer", i),
		};
		cnnviz_optimization recipe;

		status = choose_recipe(host, job, shape, &representation, &recipe);
	}
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	uint32_t count = host->parameter->list_count(job, "layer");
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = run_layer(host, job, batch, i);
	}
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("inversion", "1.0"),
	.summary = "Inversion: a picture reconstructed from a layer's activations",
	.description = "Searches for a picture that has the same activations in a layer "
		       "as the given one, with an alpha-norm and total variation as the "
		       "only regularizers. The result shows what the layer preserves: "
		       "early layers nearly everything, late ones the kinds of objects "
		       "but not their positions. The scalar is the relative error of the "
		       "layer's activations for the saved picture, read back; it rises "
		       "with depth, at least through the convolutions. `paper` has the "
		       "authors' constants and schedule, `traditional` those of common "
		       "PyTorch implementations.",
	.reference = "Mahendran, Vedaldi 2014, Understanding Deep Image Representations "
		     "by Inverting Them, arXiv:1412.0035, sections 2 and 4",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
