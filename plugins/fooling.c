/**
 * \file    fooling.c
 * \brief   Fooling images: noise that a network assigns to a class with high confidence
 *
 *     x <- x + eta d log (p_c / (1 - p_c)) / d x      until p_c(x) >= confidence
 *
 * where p_c is the softmax probability of class c.
 *
 * A. Nguyen, J. Yosinski, J. Clune: Deep Neural Networks are Easily Fooled: High
 * Confidence Predictions for Unrecognizable Images. 2014, arXiv:1412.1897, section 3.4
 * (gradient ascent).
 *
 * The preset `traditional` has the step size and number of steps of common
 * implementations. That code climbs the logit and rounds the picture to 8 bits after
 * each step. We climb the logarithm of the odds, the logit minus the log-sum-exp of the
 * other classes' logits: it has a gradient where the logit has none (behind
 * SqueezeNet's last ReLU) and where the probability has none (near 0 and 1). A copy is
 * rounded, which must hold the confidence for the loop to end (objective = logit and
 * quantize = yes give the traditional method). `modern` optimizes the spectrum under
 * random transformations, which gives pictures with more structure. A confidence counts
 * only as the saved file has it.
 */
#include "common/fooling.h"

enum preset { PRESET_TRADITIONAL, PRESET_MODERN };

static const char *const presets[] = { "traditional", "modern", NULL };

static const cnnviz_parameter parameters[] = {
	{ FOOLING_TARGET },
	{ FOOLING_CONFIDENCE },
	{ FOOLING_OBJECTIVE },
	{ "preset", CNNVIZ_PARAMETER_ENUM, .default_value = "traditional",
			.choices = presets,
			.summary = "source of the defaults of all other settings" },
	CNNVIZ_OPTIMIZE_PARAMETERS_START_FROM,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "fooling", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, by the class's index and name" },
	{ FOOLING_SHEET },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("the objective, negated, and regularizers") },
	{ FOOLING_REACHED },
};

static void traditional(cnnviz_optimization *recipe)
{
	recipe->start = CNNVIZ_START_UNIFORM;
	recipe->start_low = 0;
	recipe->start_high = 255;
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_SGD;
	recipe->learning_rate = 6;
	recipe->iterations = 200;
}

static cnnviz_status choose_recipe(const cnnviz_host *host, cnnviz_job *job,
		cnnviz_optimization *recipe)
{
	fooling_defaults(host, recipe);
	if (host->parameter->integer(job, "preset") == PRESET_TRADITIONAL) {
		traditional(recipe);
	} else {
		series_modern(recipe);
	}
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
	struct fooling fooling = {
		.series = { .host = host, .job = job, .picture_name = "fooling" },
	};
	cnnviz_status status = choose_recipe(host, job, &fooling.series.recipe);

	(void)batch;
	return status == CNNVIZ_OK ? fooling_run(&fooling) : status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("fooling", "1.0"),
	.summary = "Fooling images: noise that the network classifies with high "
		   "confidence",
	.description = "Changes noise, or a picture, until the network assigns it to a "
		       "class with the required confidence: one picture for each class, "
		       "all optimized together, each frozen once it is there. The preset "
		       "`traditional` takes plain gradient steps from noise, `modern` "
		       "optimizes the spectrum of decorrelated colors under random "
		       "transformations. The confidence is that of the saved file, read "
		       "back; if a file does not reach it within the number of steps, "
		       "the job fails and reports the best confidence. People see noise "
		       "in the pictures; disguised_fooling hides the change in a "
		       "photograph.",
	.reference = "Nguyen et al. 2014, Deep Neural Networks are Easily Fooled, "
		     "arXiv:1412.1897, section 3.4",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
