/**
 * \file    disguised_fooling.c
 * \brief   Disguised fooling images: photographs changed slightly, so that a network
 *          assigns them to another class
 *
 *     x <- x + eta d log (p_c / (1 - p_c)) / d x      until p_c(x) >= confidence
 *
 * where x_0 is a photograph and p_c the softmax probability of class c.
 *
 * C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow, R. Fergus:
 * Intriguing properties of neural networks. 2013, arXiv:1312.6199, section 4.
 * A. Nguyen, J. Yosinski, J. Clune: Deep Neural Networks are Easily Fooled. 2014,
 * arXiv:1412.1897.
 *
 * Step size and number of steps are those of common implementations. That code climbs
 * the logit and rounds the picture to 8 bits after each step, which loses all small
 * changes; we climb the logarithm of the odds (see fooling.c) and round a copy, which
 * must hold the confidence for the loop to end (objective = logit and quantize = yes
 * give the traditional method). bound_linf and bound_l2 bound the change, also that of
 * the saved file: it is rounded towards the photograph.
 */
#include "common/fooling.h"

#include <math.h>

static const cnnviz_parameter parameters[] = {
	{ FOOLING_TARGET },
	{ FOOLING_CONFIDENCE },
	{ FOOLING_OBJECTIVE },
	{ "bound_linf", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 255, .unit = "gray levels",
			.summary = "largest change of any value of a pixel; 0: no "
				   "bound" },
	{ "bound_l2", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 1e9, .unit = "gray levels",
			.summary = "largest Euclidean norm of the change; 0: no bound" },
	{ "amplification", CNNVIZ_PARAMETER_FLOAT, .default_value = "10", .minimum = 0.01,
			.maximum = 255,
			.summary = "factor of the change in the picture `difference`" },
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "fooling", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the changed picture, by the class's index and name" },
	{ "difference", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the change, amplified, around mid-gray" },
	{ FOOLING_SHEET },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("the objective, negated, and regularizers") },
	{ FOOLING_REACHED },
	{ "mean_change", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "mean absolute change of the file, in gray levels" },
	{ "largest_change", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "largest change of the file, in gray levels" },
};

/** The change of a picture (C,H,W): drawn around mid-gray, with its mean and maximum */
static cnnviz_status show_change(const struct fooling *fooling, uint32_t item,
		const float *picture)
{
	const struct series *series = &fooling->series;
	const cnnviz_host *host = series->host;
	const float *original = host->tensor->data(fooling->original);
	double factor = host->parameter->real(series->job, "amplification");
	double sum = 0, largest = 0;
	cnnviz_tensor *drawn = NULL;
	cnnviz_status status = host->tensor->create(series->job, 4,
			host->tensor->shape(fooling->original), &drawn);

	if (status != CNNVIZ_OK) {
		return status;
	}
	int64_t count = host->tensor->count(drawn);

	for (int64_t i = 0; i < count; i++) {
		double change = (double)picture[i] - original[i];

		sum += fabs(change);
		largest = fmax(largest, fabs(change));
		host->tensor->mutable_data(drawn)[i] =
				(float)fmin(fmax(0.5 + factor * change, 0), 1);
	}
	status = host->artifact->image(series->job, "difference", series->names[item],
			drawn, 0);
	if (status == CNNVIZ_OK) {
		status = series_scalar(series, "mean_change", item,
				255 * sum / (double)count);
	}
	if (status == CNNVIZ_OK) {
		status = series_scalar(series, "largest_change", item, 255 * largest);
	}
	host->tensor->unref(drawn);
	return status;
}

/** The recipe for pictures that start from the original */
static cnnviz_status choose_recipe(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *original, cnnviz_optimization *recipe)
{
	fooling_defaults(host, recipe);
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
	recipe->learning_rate = 0.7;
	recipe->iterations = 500;
	recipe->start = CNNVIZ_START_IMAGES;
	recipe->start_images = original;
	cnnviz_status status = host->optimize->configure(job, recipe);

	/* The parameters are in gray levels; a file cannot use a part of one. */
	recipe->bound_linf = floor(host->parameter->real(job, "bound_linf")) / 255;
	recipe->bound_l2 = host->parameter->real(job, "bound_l2") / 255;
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	double bound = host->parameter->real(job, "bound_linf");
	cnnviz_optimization recipe;

	if (bound > 0 && bound < 1) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"bound_linf = %g is less than one gray level, so no "
				"picture may change; set it to 1 or more",
				bound);
	}
	return choose_recipe(host, job, NULL, &recipe);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct fooling fooling = {
		.series = { .host = host, .job = job, .picture_name = "fooling" },
		.saved = show_change,
	};
	cnnviz_tensor *original = NULL;
	cnnviz_status status = fooling_read_picture(&fooling, batch, &original);

	if (status == CNNVIZ_OK) {
		status = choose_recipe(host, job, original, &fooling.series.recipe);
	}
	fooling.original = original;
	fooling.towards_original = fooling.series.recipe.bound_linf > 0
			|| fooling.series.recipe.bound_l2 > 0;
	if (status == CNNVIZ_OK) {
		status = fooling_run(&fooling);
	}
	host->tensor->unref(original);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("disguised_fooling", "1.0"),
	.summary = "Disguised fooling: a photograph, hardly changed, taken for a class",
	.description = "Changes a photograph in small steps until the network takes it "
		       "for another class with the required confidence; bound_linf and "
		       "bound_l2 keep the change small. Draws the change, amplified, and "
		       "gives its mean and largest size in gray levels. The confidence "
		       "is that of the saved file, read back; where a file does not have "
		       "it within the number of steps, the job fails and says how far it "
		       "came.",
	.reference = "Szegedy et al. 2013, Intriguing properties of neural networks, "
		     "arXiv:1312.6199, section 4; Nguyen et al. 2014, Deep Neural "
		     "Networks are Easily Fooled, arXiv:1412.1897",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
