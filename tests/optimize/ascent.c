/*
 * A technique that passes all its parameters to host->optimize: for each class of a
 * list, a picture with a high (or low) logit, or one that activates a layer. With `turns` it
 * transforms them in ways of its own, and keeps the numbers that were drawn for that.
 */
#include <math.h>

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
	{ "turns", CNNVIZ_PARAMETER_BOOL, 0, "no", 0, 0, NULL, NULL, NULL,
			"whether pictures are mirrored, blurred and bent" },
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
	{ "draws", CNNVIZ_ARTIFACT_ARRAY, .summary = "numbers of each step and item" },
	{ "snapshot", CNNVIZ_ARTIFACT_IMAGE, .summary = "on the way" },
	{ "film", CNNVIZ_ARTIFACT_ANIMATION, .summary = "the same" },
	{ "loss", CNNVIZ_ARTIFACT_CURVE, .summary = "of each step" },
};

/** What the objective, the observer and the transformations need */
struct goal {
	bool norm;
	int32_t layer;
	int64_t classes[ITEMS_MAX];
	uint32_t freeze;
	uint32_t count;
	cnnviz_tensor *draws; /* (steps,count,3) */
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

/* ---- Transformations ------------------------------------------------------------ */

/** Keep what was drawn for a transformation. */
static void note(const cnnviz_host *host, const struct goal *goal, int which,
		const cnnviz_optimize_draw *draw)
{
	float *draws = host->tensor->mutable_data(goal->draws);

	draws[((int64_t)draw->step * goal->count + draw->item) * 3 + which] =
			draw->numbers[0];
}

static cnnviz_status turn(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *values,
		cnnviz_tensor **turned)
{
	int64_t width = host->tensor->shape(values)[3];
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(values),
			turned);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(values); i++) {
		int64_t place = draw->numbers[0] < 0.5f ? i + width - 1 - 2 * (i % width)
							: i;

		host->tensor->mutable_data(*turned)[i] =
				host->tensor->data(values)[place];
	}
	return status;
}

static cnnviz_status mirror(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **transformed)
{
	note(host, context, 0, draw);
	return turn(host, job, draw, input, transformed);
}

static cnnviz_status mirror_back(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		const cnnviz_tensor *gradient, cnnviz_tensor **pulled)
{
	(void)context;
	(void)input;
	return turn(host, job, draw, gradient, pulled);
}

static cnnviz_status soften(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **transformed)
{
	note(host, context, 1, draw);
	return host->image->blur(job, input, 0.4 + (double)draw->numbers[0],
			CNNVIZ_EDGE_MIRROR, transformed);
}

/* Between mirrored edges a blur is its own transpose. */
static cnnviz_status soften_back(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		const cnnviz_tensor *gradient, cnnviz_tensor **pulled)
{
	(void)context;
	(void)input;
	return host->image->blur(job, gradient, 0.4 + (double)draw->numbers[0],
			CNNVIZ_EDGE_MIRROR, pulled);
}

/** x + u sin(x) / 2 */
static cnnviz_status bend(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **transformed)
{
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(input),
			transformed);

	note(host, context, 2, draw);
	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(input); i++) {
		float x = host->tensor->data(input)[i];

		host->tensor->mutable_data(*transformed)[i] = x
				+ draw->numbers[0] * sinf(x) / 2;
	}
	return status;
}

static cnnviz_status bend_back(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		const cnnviz_tensor *gradient, cnnviz_tensor **pulled)
{
	cnnviz_status status = host->tensor->create(job, 4, host->tensor->shape(input),
			pulled);

	(void)context;
	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(input); i++) {
		float x = host->tensor->data(input)[i];

		host->tensor->mutable_data(*pulled)[i] = host->tensor->data(gradient)[i]
				* (1 + draw->numbers[0] * cosf(x) / 2);
	}
	return status;
}

#define TURNS 3

/** Let a recipe transform its pictures. */
static cnnviz_status add_turns(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal, cnnviz_transformation turns[TURNS],
		const cnnviz_transformation *pointers[TURNS], cnnviz_optimization *recipe)
{
	const int64_t shape[] = { recipe->iterations, recipe->count, TURNS };
	const cnnviz_transformation made[TURNS] = {
		{ .name = "mirror", .apply = mirror, .pull_back = mirror_back },
		{ .name = "soften", .apply = soften, .pull_back = soften_back },
		{ .name = "bend", .apply = bend, .pull_back = bend_back },
	};

	for (int i = 0; i < TURNS; i++) {
		turns[i] = made[i];
		turns[i].struct_size = sizeof(turns[i]);
		turns[i].number_count = 1;
		turns[i].context = goal;
		pointers[i] = &turns[i];
	}
	recipe->transformations = pointers;
	recipe->transformation_count = TURNS;
	return host->tensor->create(job, 3, shape, &goal->draws);
}

/* ---- Results -------------------------------------------------------------------- */

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
	cnnviz_transformation turns[TURNS];
	const cnnviz_transformation *pointers[TURNS];
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

	if (status == CNNVIZ_OK && host->parameter->boolean(job, "turns")) {
		goal.count = recipe.count;
		status = add_turns(host, job, &goal, turns, pointers, &recipe);
	}
	if (status == CNNVIZ_OK) {
		status = host->optimize->run(job, &recipe, &made);
	}
	if (status == CNNVIZ_OK) {
		status = keep(host, job, &made);
	}
	if (status == CNNVIZ_OK && goal.draws != NULL) {
		status = host->artifact->array(job, "draws", NULL, goal.draws,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(goal.draws);
	return status;
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
