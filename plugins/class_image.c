/**
 * \file    class_image.c
 * \brief   Class images: what the network considers the best picture of a class
 *
 *     I* = argmax_I  S_c(I) - lambda ||I||_2^2
 *
 * where S_c is the score of class c before the softmax and I the normalized picture. For
 * the target `not c` it is -S_c: the picture with the least of the class.
 *
 * K. Simonyan, A. Vedaldi, A. Zisserman: Deep Inside Convolutional Networks: Visualizing
 * Image Classification Models and Saliency Maps. 2013, arXiv:1312.6034, section 2,
 * equation 1.
 * J. Yosinski, J. Clune, A. Nguyen, T. Fuchs, H. Lipson: Understanding Neural Networks
 * Through Deep Visualization. 2015, arXiv:1506.06579, section 3 (decay, blur, clipping).
 * C. Olah, A. Mordvintsev, L. Schubert: Feature Visualization. 2017, Distill,
 * doi:10.23915/distill.00007 (the preset `modern`).
 *
 * The preset `traditional` is what common PyTorch implementations do: uniform noise,
 * plain gradient steps of rate 6, and the picture rounded to 8 bits after each.
 * `regularizer` adds lambda ||I||_1 or lambda ||I||_2^2. Where a score is exactly 0, as
 * behind a last ReLU, the step follows log P_c instead; that code stops there. It also
 * clips gradients of the network's parameters, which changes nothing; clip_every here
 * sets pixels of little contribution to gray, as in the paper.
 */
#include "common/series.h"

#include <stdlib.h>
#include <string.h>

enum preset { PRESET_TRADITIONAL, PRESET_MODERN };

static const char *const presets[] = { "traditional", "modern", NULL };

enum regularizer { REGULARIZER_NONE, REGULARIZER_L1, REGULARIZER_L2 };

static const char *const regularizers[] = { "none", "l1", "l2", NULL };

/*
 * Weights of the regularizers. A step of rate 6 has to move a pixel by half a gray
 * level (0.0087 of the normalized input) to survive the rounding. L1 moves every pixel
 * by 6 * lambda towards the mean color, two gray levels, so that only those remain that
 * the class needs; L2 takes 12 * lambda of each pixel, a tenth, so that none remains
 * extreme.
 */
#define L1_WEIGHT 0.005
#define L2_WEIGHT 0.008

static const cnnviz_parameter parameters[] = {
	{ "target", CNNVIZ_PARAMETER_CLASS,
			.flags = CNNVIZ_PARAMETER_REQUIRED | CNNVIZ_PARAMETER_LIST
					| CNNVIZ_PARAMETER_UNIQUE | CNNVIZ_PARAMETER_NOT,
			.summary = "class, or several, one picture each" },
	{ "preset", CNNVIZ_PARAMETER_ENUM, .default_value = "traditional",
			.choices = presets,
			.summary = "source of the defaults of all other settings" },
	{ "regularizer", CNNVIZ_PARAMETER_ENUM, .default_value = "none",
			.choices = regularizers,
			.summary = "penalty on extreme pixels: none, l1 = 0.005 or l2 = "
				   "0.008" },
	{ SERIES_KEEP_ARRAY },
	CNNVIZ_OPTIMIZE_PARAMETERS_START,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "class", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, by the class's index and name" },
	{ "sheet", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "contact sheet, row by row in the order of the "
				   "classes" },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("the logit, negated, and regularizers") },
	{ SERIES_ARRAY },
	{ "logit", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the class's logit for the picture as it was saved" },
	{ "probability", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the class's probability for the picture as it was "
				   "saved" },
};

static const int32_t logits_layer = CNNVIZ_LAYER_LOGITS;

/* ---- Objective ------------------------------------------------------------- */

/**
 * \brief   Replace the gradient of items without a score by that of log P_c
 *
 * Behind a last ReLU (SqueezeNet's) a score is 0, and so is its gradient, where the
 * class has no evidence at all, as in most noise. Making the other classes less likely
 * changes the picture until there is some.
 */
static cnnviz_status use_log_probability(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *logits, const int64_t *targets, const double *values,
		cnnviz_tensor *seed)
{
	int64_t count = host->tensor->shape(logits)[0];
	size_t size = (size_t)(host->tensor->count(logits) / count);
	cnnviz_tensor *other = NULL;
	cnnviz_status status = host->objective->log_probability(job, logits, targets,
			NULL, &other);

	for (size_t n = 0; n < (size_t)count && status == CNNVIZ_OK; n++) {
		if (values[n] == 0) {
			memcpy(host->tensor->mutable_data(seed) + n * size,
					host->tensor->data(other) + n * size,
					size * sizeof(float));
		}
	}
	host->tensor->unref(other);
	return status;
}

/** S_c of each item, and 1 at c as its seed */
static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct series *series = context;
	const int64_t *targets = series->context;
	const cnnviz_tensor *logits = host->pass->activation(pass, logits_layer);
	int64_t *item_targets = calloc(count, sizeof(*item_targets));
	bool asleep = false;

	if (item_targets == NULL) {
		return series_no_memory(host, job);
	}
	for (uint32_t n = 0; n < count; n++) {
		item_targets[n] = targets[series->first + items[n]];
	}
	cnnviz_status status = host->objective->logit(job, logits, item_targets, values,
			seeds);

	for (uint32_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		asleep = asleep || values[n] == 0;
	}
	if (asleep) {
		status = use_log_probability(host, job, logits, item_targets, values,
				seeds[0]);
	}
	free(item_targets);
	return status;
}

/* ---- Measurements ---------------------------------------------------------- */

/**
 * Warn if the network assigns a picture, with logits (1,classes), to another class, or
 * to the one that a target is not. A single logit is above 0 for its class.
 */
static void warn_about_other_class(const struct series *series, int64_t target,
		const cnnviz_tensor *logits, double probability)
{
	const cnnviz_host *host = series->host;
	const float *values = host->tensor->data(logits);
	int64_t count = host->tensor->count(logits);
	int64_t best = count == 1 && values[0] < 0 ? CNNVIZ_NOT(0) : 0;

	for (int64_t i = 1; i < count; i++) {
		best = values[i] > values[best] ? i : best;
	}
	if (CNNVIZ_IS_NOT(target) && count > 1 ? best == CNNVIZ_CLASS_OF(target)
					       : best != target) {
		host->warn(series->job, -1,
				"the network classifies the picture of \"%s\" "
				"(probability %.3f) as \"%s\"; more iterations or "
				"another regularizer may help",
				host->model->class_name(series->job, target), probability,
				host->model->class_name(series->job, best));
	}
}

typedef cnnviz_status (*objective)(cnnviz_job *job, const cnnviz_tensor *logits,
		const int64_t *targets, double *values, cnnviz_tensor **seed);

/** Emit an objective's value for the logits of a saved picture as a scalar */
static cnnviz_status emit_objective(const struct series *series, uint32_t item,
		const char *name, objective evaluate, const cnnviz_tensor *logits,
		double *value)
{
	const int64_t *targets = series->context;
	cnnviz_tensor *seed = NULL;
	cnnviz_status status = evaluate(series->job, logits, &targets[item], value,
			&seed);

	series->host->tensor->unref(seed);
	return status == CNNVIZ_OK ? series_scalar(series, name, item, *value) : status;
}

/** Measure a picture as its saved file has it */
static cnnviz_status measure(struct series *series, uint32_t item, double start,
		const cnnviz_tensor *input)
{
	const cnnviz_host *host = series->host;
	const int64_t *targets = series->context;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(series->job, input, 1,
			&logits_layer, &pass);
	double value;

	(void)start;
	if (status != CNNVIZ_OK) {
		return status;
	}
	const cnnviz_tensor *logits = host->pass->activation(pass, logits_layer);

	status = emit_objective(series, item, "logit", host->objective->logit, logits,
			&value);
	if (status == CNNVIZ_OK) {
		status = emit_objective(series, item, "probability",
				host->objective->probability, logits, &value);
	}
	if (status == CNNVIZ_OK && host->tensor->rank(logits) == 2) {
		warn_about_other_class(series, targets[item], logits, value);
	}
	host->pass->unref(pass);
	return status;
}

/* ---- Recipe ---------------------------------------------------------------- */

static void traditional(cnnviz_optimization *recipe)
{
	recipe->start = CNNVIZ_START_UNIFORM;
	recipe->start_low = 0;
	recipe->start_high = 255;
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
	recipe->learning_rate = 6;
	recipe->iterations = 150;
	recipe->quantize = 1;
}

static cnnviz_status choose_recipe(const cnnviz_host *host, cnnviz_job *job,
		cnnviz_optimization *recipe)
{
	series_defaults(host, recipe);
	if (host->parameter->integer(job, "preset") == PRESET_TRADITIONAL) {
		traditional(recipe);
	} else {
		series_modern(recipe);
	}
	switch ((enum regularizer)host->parameter->integer(job, "regularizer")) {
	case REGULARIZER_NONE:
		break;
	case REGULARIZER_L1:
		recipe->l1 = L1_WEIGHT;
		break;
	case REGULARIZER_L2:
		recipe->l2 = L2_WEIGHT;
		break;
	}
	recipe->objective = maximize;
	recipe->captures = &logits_layer;
	recipe->capture_count = 1;
	return host->optimize->configure(job, recipe);
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_optimization recipe;

	return choose_recipe(host, job, &recipe);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct series series = {
		.host = host,
		.job = job,
		.picture_name = "class",
		.keeps_array = host->parameter->boolean(job, "keep_array"),
		.measure = measure,
	};
	int64_t *targets = NULL;
	cnnviz_status status = series_begin_classes(&series, &targets);

	(void)batch;
	if (status != CNNVIZ_OK) {
		return status;
	}
	series.context = targets;
	status = choose_recipe(host, job, &series.recipe);
	if (status == CNNVIZ_OK) {
		status = series_run(&series);
	}
	series_end(&series);
	free(targets);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("class_image", "1.0"),
	.summary = "Class images: what the network considers the best picture of a class",
	.description = "Optimizes one picture for each class so that the class's score "
		       "becomes as large as possible, with a contact sheet of all. The "
		       "preset `traditional` is plain gradient steps from noise, rounded "
		       "to 8 bits after each, 150 of them; `regularizer` adds L1 or L2. "
		       "`modern` optimizes the spectrum of decorrelated colors under "
		       "random shifts, scales and rotations in 512 steps. Blurring, "
		       "clipping, total variation and all settings of a preset can be "
		       "changed. The scalars describe the saved picture, read back from "
		       "its file.",
	.reference = "Simonyan et al. 2013, Deep Inside Convolutional Networks, "
		     "arXiv:1312.6034, section 2; Yosinski et al. 2015, Understanding "
		     "Neural Networks Through Deep Visualization, arXiv:1506.06579; Olah "
		     "et al. 2017, Feature Visualization, doi:10.23915/distill.00007",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
