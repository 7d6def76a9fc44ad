/*
 * A technique that passes all its parameters to host->optimize: for each class of a
 * list, a picture with a high (or low) logit, or one that activates a layer.
 */
#include <cnnviz/cnnviz.h>

#define ITEMS_MAX 8

static const char *const objectives[] = { "logit", "norm", NULL };

static const cnnviz_parameter parameters[] = {
	{ "classes", CNNVIZ_PARAMETER_CLASS, CNNVIZ_PARAMETER_LIST, "0", 0, 0, NULL, NULL,
			NULL, "classes, one picture each" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, 0, "logits", 0, 0, NULL, NULL, NULL,
			"where the objective looks" },
	{ "objective", CNNVIZ_PARAMETER_ENUM, 0, "logit", 0, 0, objectives, NULL, NULL,
			"what is optimized" },
	{ "maximize", CNNVIZ_PARAMETER_BOOL, 0, "yes", 0, 0, NULL, NULL, NULL,
			"whether it is made large" },
	{ "named", CNNVIZ_PARAMETER_BOOL, 0, "no", 0, 0, NULL, NULL, NULL,
			"whether the pictures have names" },
	{ "freeze", CNNVIZ_PARAMETER_INT, 0, "0", 0, 1000, NULL, NULL, "steps",
			"when the first picture is left as it is; 0 never" },
	CNNVIZ_OPTIMIZE_PARAMETERS_START,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_BOUND,
	CNNVIZ_OPTIMIZE_PARAMETERS_TILE,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "input", CNNVIZ_ARTIFACT_ARRAY, .summary = "the inputs" },
	{ "image", CNNVIZ_ARTIFACT_ARRAY, .summary = "the images" },
	{ "values", CNNVIZ_ARTIFACT_ARRAY, .summary = "of each step" },
	{ "snapshot", CNNVIZ_ARTIFACT_IMAGE, .summary = "on the way" },
	{ "film", CNNVIZ_ARTIFACT_ANIMATION, .summary = "the same" },
	{ "loss", CNNVIZ_ARTIFACT_CURVE, .summary = "of each step" },
};

/** What the objective and the observer need */
struct goal {
	bool norm;
	int32_t layer;
	int64_t classes[ITEMS_MAX];
	uint32_t freeze;
};

static cnnviz_status objective(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct goal *goal = context;
	const cnnviz_tensor *activation = host->pass->activation(pass, goal->layer);
	int64_t targets[ITEMS_MAX];

	if (goal->norm) {
		return host->objective->half_squared_norm(job, activation, values, seeds);
	}
	for (uint32_t n = 0; n < count; n++) {
		targets[n] = goal->classes[items[n]];
	}
	return host->objective->logit(job, activation, targets, values, seeds);
}

static cnnviz_status observe(const cnnviz_host *host, cnnviz_job *job, void *context,
		uint32_t step, const cnnviz_tensor *inputs, const double *values,
		uint8_t *frozen)
{
	const struct goal *goal = context;

	(void)host;
	(void)job;
	(void)inputs;
	(void)values;
	if (step == goal->freeze) {
		frozen[0] = 1;
	}
	return CNNVIZ_OK;
}

static cnnviz_status keep(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_optimized *made)
{
	cnnviz_status status = host->artifact->array(job, "input", NULL, made->input,
			CNNVIZ_WHOLE);

	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "image", NULL, made->image,
				CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "values", NULL, made->values,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(made->input);
	host->tensor->unref(made->image);
	host->tensor->unref(made->values);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	static const char *const names[ITEMS_MAX] = { "a", "b", "c", "d", "e", "f", "g",
		"h" };
	struct goal goal = {
		.norm = host->parameter->integer(job, "objective") == 1,
		.layer = (int32_t)host->parameter->integer(job, "layer"),
		.freeze = (uint32_t)host->parameter->integer(job, "freeze"),
	};
	cnnviz_optimized made = { .struct_size = sizeof(made) };
	cnnviz_optimization recipe;

	(void)batch;
	host->optimize->defaults(&recipe, sizeof(recipe));
	recipe.count = host->parameter->list_count(job, "classes");
	for (uint32_t n = 0; n < recipe.count && n < ITEMS_MAX; n++) {
		goal.classes[n] = host->parameter->list_integer(job, "classes", n);
	}
	recipe.objective = objective;
	recipe.observer = observe;
	recipe.context = &goal;
	recipe.captures = &goal.layer;
	recipe.capture_count = 1;
	recipe.maximize = host->parameter->boolean(job, "maximize");
	recipe.start_high = 256;
	recipe.iterations = 10;
	recipe.learning_rate = 0.1;
	recipe.item_names = host->parameter->boolean(job, "named") ? names : NULL;
	recipe.snapshot_name = "snapshot";
	recipe.animation_name = "film";
	recipe.curve_name = "loss";

	cnnviz_status status = host->optimize->configure(job, &recipe);

	if (status == CNNVIZ_OK) {
		status = host->optimize->run(job, &recipe, &made);
	}
	return status == CNNVIZ_OK ? keep(host, job, &made) : status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("ascent", "1.0"),
	.summary = "Pictures of high logits",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
