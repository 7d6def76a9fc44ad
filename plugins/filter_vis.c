/**
 * \file    filter_vis.c
 * \brief   Filter visualization: the picture that a part of a layer answers to most
 *
 *     x* = argmax_x  a(x)
 *
 * where a is, for the activations A of a layer, with channel k and place (i,j),
 *
 *     channel      1/Z sum_ij A_ij^k           each filter's mean
 *     neuron       A_ij^k                      each filter at one place
 *     direction    1/Z sum_ij sum_k v_k A_ij^k a direction v of length 1 among filters
 *     layer        1/2 sum_ijk (A_ij^k)^2      all of the layer
 *
 * D. Erhan, Y. Bengio, A. Courville, P. Vincent: Visualizing Higher-Layer Features of
 * a Deep Network. 2009, technical report 1341, University of Montreal, section 3.
 * C. Olah, A. Mordvintsev, L. Schubert: Feature Visualization. 2017, Distill,
 * doi:10.23915/distill.00007 (objectives; regularization; preconditioning).
 *
 * The preset `traditional` is what widespread PyTorch code does: pixels in float from
 * noise around a light gray, Adam on the network's input, nothing that keeps the result
 * a natural picture. `modern` optimizes the spectrum of decorrelated colors under
 * random transformations, with the constants of Olah et al. The forward pass stops at
 * the layer in both.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/series.h"

enum preset { PRESET_TRADITIONAL, PRESET_MODERN };

static const char *const presets[] = { "traditional", "modern", NULL };

enum objective { CHANNEL, NEURON, DIRECTION, LAYER };

static const char *const objectives[] = { "channel", "neuron", "direction", "layer",
	NULL };

static const cnnviz_parameter parameters[] = {
	{
			.name = "layer",
			.type = CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "last_conv",
			.summary = "layer, or several, one contact sheet each",
	},
	{
			.name = "filter",
			.type = CNNVIZ_PARAMETER_CHANNEL,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL
					| CNNVIZ_PARAMETER_UNIQUE,
			.layer = "layer",
			.summary = "channels of the layer: numbers, ranges such as 0-15, "
				   "or all; "
				   "unset: channel 0",
	},
	{
			.name = "objective",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "channel",
			.choices = objectives,
			.summary = "what is made large: the mean of each filter, its "
				   "value at one "
				   "place, the filters added up, or the whole layer",
	},
	{
			.name = "preset",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "traditional",
			.choices = presets,
			.summary = "where all other settings start from",
	},
	{
			.name = "row",
			.type = CNNVIZ_PARAMETER_INT,
			.minimum = 0,
			.maximum = 1000000,
			.summary = "row of the layer for objective = neuron, counted for "
				   "a picture of "
				   "the usual size, and in others as far from the "
				   "middle; unset: the "
				   "middle",
	},
	{
			.name = "column",
			.type = CNNVIZ_PARAMETER_INT,
			.minimum = 0,
			.maximum = 1000000,
			.summary = "column of the layer for objective = neuron, counted "
				   "for a picture of "
				   "the usual size, and in others as far from the "
				   "middle; unset: the "
				   "middle",
	},
	{
			.name = "weights",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.flags = CNNVIZ_PARAMETER_LIST,
			.summary = "weight of each filter for objective = direction; "
				   "unset: all alike",
	},
	{
			.name = "keep_array",
			.type = CNNVIZ_PARAMETER_BOOL,
			.default_value = "no",
			.summary = "whether to keep the network's inputs as .npy too",
	},
	CNNVIZ_OPTIMIZE_PARAMETERS_START,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ .name = "filter",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, by layer and filter" },
	{ .name = "sheet",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "contact sheet of a layer, row by row in the order of "
				   "the filters" },
	{ .name = "snapshot",
			.type = CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture on the way, every `snapshots` steps" },
	{ .name = "animation",
			.type = CNNVIZ_ARTIFACT_ANIMATION,
			.summary = "the snapshots, animated" },
	{ .name = "curve",
			.type = CNNVIZ_ARTIFACT_CURVE,
			.summary = "what is minimized in each step: the objective, "
				   "negated, and regularizers" },
	{ .name = "array",
			.type = CNNVIZ_ARTIFACT_ARRAY,
			.summary = "the network's input (C,H,W), not rounded" },
	{ .name = "activation_start",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "the objective in the first step" },
	{ .name = "activation_end",
			.type = CNNVIZ_ARTIFACT_FIGURE,
			.summary = "the objective for the picture as it was saved, at "
				   "its size" },
};

/** What is wanted of one layer */
struct goal {
	int32_t layer;
	const char *layer_name;
	enum objective objective;

	/** Filters: one for each item, or those that a direction adds up */
	int64_t *filters;
	uint32_t filter_count;

	/** DIRECTION: v, of length 1 */
	double *weights;

	/** Of the layer, for an input of the usual size */
	int64_t channels;
	int64_t height;
	int64_t width;

	/** NEURON: (i,j) */
	int64_t row;
	int64_t column;
};

/* ---- Objective ------------------------------------------------------------- */

/** An item's activation (C,h,w) and the seed of its shape, or NULL for none */
struct view {
	const float *A;
	float *seed;
	int64_t height;
	int64_t width;
};

/** weight * mean over space of channel k */
static double channel_mean(const struct view *view, int64_t k, double weight)
{
	int64_t places = view->height * view->width;
	double sum = 0;

	for (int64_t i = k * places; i < (k + 1) * places; i++) {
		sum += view->A[i];
		if (view->seed != NULL) {
			view->seed[i] += (float)(weight / (double)places);
		}
	}
	return weight * sum / (double)places;
}

/** A_ij^k; a layer larger than usual, as under a border, is taken about its middle */
static double neuron(const struct goal *goal, const struct view *view, int64_t k)
{
	int64_t row = goal->row + (view->height - goal->height) / 2;
	int64_t column = goal->column + (view->width - goal->width) / 2;

	row = row < 0 ? 0 : row < view->height ? row : view->height - 1;
	column = column < 0 ? 0 : column < view->width ? column : view->width - 1;

	int64_t i = (k * view->height + row) * view->width + column;

	if (view->seed != NULL) {
		view->seed[i] = 1;
	}
	return view->A[i];
}

static double half_squared_norm(const struct goal *goal, const struct view *view)
{
	double sum = 0;

	for (int64_t i = 0; i < goal->channels * view->height * view->width; i++) {
		sum += 0.5 * view->A[i] * view->A[i];
		if (view->seed != NULL) {
			view->seed[i] = view->A[i];
		}
	}
	return sum;
}

/** a(x) of a series' item, and its gradient into view->seed, which is zero before */
static double evaluate(const struct goal *goal, uint32_t item, const struct view *view)
{
	double sum = 0;

	switch (goal->objective) {
	case CHANNEL:
		return channel_mean(view, goal->filters[item], 1);
	case NEURON:
		return neuron(goal, view, goal->filters[item]);
	case DIRECTION:
		for (uint32_t i = 0; i < goal->filter_count; i++) {
			sum += channel_mean(view, goal->filters[i], goal->weights[i]);
		}
		return sum;
	case LAYER:
		break;
	}
	return half_squared_norm(goal, view);
}

/** Item n of an activation (N,C,h,w) or (N,features) */
static struct view view_item(const cnnviz_host *host, const cnnviz_tensor *activation,
		cnnviz_tensor *seed, uint32_t n)
{
	const int64_t *shape = host->tensor->shape(activation);
	bool places = host->tensor->rank(activation) == 4;
	int64_t values = host->tensor->count(activation) / shape[0];

	return (struct view){
		.A = host->tensor->data(activation) + n * values,
		.seed = seed != NULL ? host->tensor->mutable_data(seed) + n * values
				     : NULL,
		.height = places ? shape[2] : 1,
		.width = places ? shape[3] : 1,
	};
}

static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	const struct series *series = context;
	const struct goal *goal = series->context;
	const cnnviz_tensor *A = host->pass->activation(pass, goal->layer);

	seeds[0] = host->tensor->create(host->tensor->rank(A), host->tensor->shape(A));
	if (seeds[0] == NULL) {
		return series_short(host, job);
	}
	for (uint32_t n = 0; n < count; n++) {
		struct view view = view_item(host, A, seeds[0], n);

		values[n] = evaluate(goal, series->first + items[n], &view);
	}
	return CNNVIZ_OK;
}

/** The figures of a picture as it was saved */
static cnnviz_status measure(const struct series *series, uint32_t item, double start,
		const cnnviz_tensor *input)
{
	const cnnviz_host *host = series->host;
	const struct goal *goal = series->context;
	char name[SERIES_NAME_MAX + 32];
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(series->job, input, 1, &goal->layer,
			&pass);

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct view view = view_item(host, host->pass->activation(pass, goal->layer),
			NULL, 0);

	snprintf(name, sizeof(name), "activation_start-%s", series->names[item]);
	status = host->artifact->figure(series->job, name, start);
	if (status == CNNVIZ_OK) {
		snprintf(name, sizeof(name), "activation_end-%s", series->names[item]);
		status = host->artifact->figure(series->job, name,
				evaluate(goal, item, &view));
	}
	host->pass->unref(pass);
	return status;
}

/* ---- Goals ----------------------------------------------------------------- */

/** The filters that the user names, or all; else the first */
static cnnviz_status choose_filters(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal)
{
	const cnnviz_parameter_api *parameter = host->parameter;
	uint32_t listed = parameter->list_count(job, "filter");
	bool all = parameter->is_set(job, "filter") && listed == 0;

	goal->filter_count = all ? (uint32_t)goal->channels : listed > 0 ? listed : 1;
	goal->filters = calloc(goal->filter_count, sizeof(*goal->filters));
	if (goal->filters == NULL) {
		return series_short(host, job);
	}
	for (uint32_t i = 0; i < goal->filter_count; i++) {
		goal->filters[i] = listed > 0 ? parameter->list_integer(job, "filter", i)
					      : i;
	}
	return CNNVIZ_OK;
}

/** The direction v */
static cnnviz_status choose_weights(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal)
{
	uint32_t listed = host->parameter->list_count(job, "weights");
	double square = 0;

	if (listed > 0 && listed != goal->filter_count) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"`weights` has %u values for %u "
				"filters; give one for each",
				listed, goal->filter_count);
	}
	goal->weights = calloc(goal->filter_count, sizeof(*goal->weights));
	if (goal->weights == NULL) {
		return series_short(host, job);
	}
	for (uint32_t i = 0; i < goal->filter_count; i++) {
		goal->weights[i] = listed > 0
				? host->parameter->list_real(job, "weights", i)
				: 1;
		square += goal->weights[i] * goal->weights[i];
	}
	if (!(square > 0)) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"all `weights` are zero, which is "
				"no direction; give at least one that is not");
	}
	for (uint32_t i = 0; i < goal->filter_count; i++) {
		goal->weights[i] /= sqrt(square);
	}
	return CNNVIZ_OK;
}

/** One coordinate of the neuron: as the user sets it, or the middle */
static cnnviz_status choose_place(const cnnviz_host *host, cnnviz_job *job,
		const char *key, int64_t extent, const struct goal *goal, int64_t *place)
{
	*place = host->parameter->is_set(job, key) ? host->parameter->integer(job, key)
						   : extent / 2;
	if (*place >= extent) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"`%s` is %lld, but the layer "
				"\"%s\" has only %lld; it may be 0 to %lld",
				key, (long long)*place, goal->layer_name,
				(long long)extent, (long long)extent - 1);
	}
	return CNNVIZ_OK;
}

/** Everything about layer number i of the list; nothing is computed yet */
static cnnviz_status plan_goal(const cnnviz_host *host, cnnviz_job *job, uint32_t i,
		struct goal *goal)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	cnnviz_status status;

	goal->layer = (int32_t)host->parameter->list_integer(job, "layer", i);
	goal->layer_name = host->parameter->list_text(job, "layer", i);
	goal->objective = (enum objective)host->parameter->integer(job, "objective");

	uint32_t rank = host->model->layer_shape(job, goal->layer, shape);

	goal->channels = shape[0];
	goal->height = rank == 3 ? shape[1] : 1;
	goal->width = rank == 3 ? shape[2] : 1;
	if (goal->objective == LAYER) {
		return !host->parameter->is_set(job, "filter")
				? CNNVIZ_OK
				: host->fail(job, CNNVIZ_ERROR_INPUT,
						"objective = layer takes "
						"all filters together; leave `filter` "
						"out");
	}
	status = choose_filters(host, job, goal);
	if (status == CNNVIZ_OK && goal->objective == NEURON) {
		status = choose_place(host, job, "row", goal->height, goal, &goal->row);
		if (status == CNNVIZ_OK) {
			status = choose_place(host, job, "column", goal->width, goal,
					&goal->column);
		}
	}
	if (status == CNNVIZ_OK && goal->objective == DIRECTION) {
		status = choose_weights(host, job, goal);
	}
	return status;
}

/** Goals of all layers; free_goals() in any case */
static cnnviz_status plan_goals(const cnnviz_host *host, cnnviz_job *job, uint32_t count,
		struct goal **goals)
{
	cnnviz_status status = CNNVIZ_OK;

	*goals = calloc(count, sizeof(**goals));
	if (*goals == NULL) {
		return series_short(host, job);
	}
	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = plan_goal(host, job, i, &(*goals)[i]);
	}
	return status;
}

static void free_goals(struct goal *goals, uint32_t count)
{
	for (uint32_t i = 0; goals != NULL && i < count; i++) {
		free(goals[i].filters);
		free(goals[i].weights);
	}
	free(goals);
}

/* ---- Recipe ---------------------------------------------------------------- */

static void traditional(cnnviz_optimization *recipe)
{
	recipe->start = CNNVIZ_START_UNIFORM;
	recipe->start_low = 150;
	recipe->start_high = 180;
	recipe->space = CNNVIZ_SPACE_INPUT;
	recipe->optimizer = CNNVIZ_OPTIMIZER_ADAM;
	recipe->learning_rate = 0.1;
	recipe->weight_decay = 1e-6;
	recipe->iterations = 30;
}

static cnnviz_status choose_recipe(const cnnviz_host *host, cnnviz_job *job,
		const struct goal *goal, cnnviz_optimization *recipe)
{
	host->optimize->defaults(recipe, sizeof(*recipe));
	if (host->parameter->integer(job, "preset") == PRESET_TRADITIONAL) {
		traditional(recipe);
	} else {
		series_modern(recipe);
	}
	recipe->objective = maximize;
	recipe->captures = &goal->layer;
	recipe->capture_count = 1;
	recipe->spare_dead = 1;
	recipe->snapshot_name = "snapshot";
	recipe->animation_name = "animation";
	recipe->curve_name = "curve";
	return host->optimize->configure(job, recipe);
}

static cnnviz_status visualize(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal, const cnnviz_optimization *recipe)
{
	bool each = goal->objective == CHANNEL || goal->objective == NEURON;
	struct series series = {
		.host = host,
		.job = job,
		.count = each ? goal->filter_count : 1,
		.recipe = *recipe,
		.picture_name = "filter",
		.array_name = host->parameter->boolean(job, "keep_array") ? "array"
									  : NULL,
		.own_size = true,
		.measure = measure,
		.context = goal,
	};
	char sheet[SERIES_NAME_MAX + 32];
	cnnviz_status status = series_begin(&series);

	if (status != CNNVIZ_OK) {
		return status;
	}
	series.recipe.captures = &goal->layer;
	snprintf(sheet, sizeof(sheet), "sheet-");
	series_name(sheet + 6, goal->layer_name, -1);
	series.sheet_name = sheet;
	for (uint32_t i = 0; i < series.count; i++) {
		int64_t filter = each ? goal->filters[i] : -1;

		/* A filter starts from the same noise in whatever list it stands. */
		series.streams[i] = (uint64_t)(uint32_t)goal->layer << 32
				| (uint32_t)filter;
		series_name(series.names[i], goal->layer_name, filter);
	}
	status = series_run(&series);
	series_end(&series);
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	uint32_t count = host->parameter->list_count(job, "layer");
	struct goal *goals = NULL;
	cnnviz_optimization recipe;
	cnnviz_status status = plan_goals(host, job, count, &goals);

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = choose_recipe(host, job, &goals[i], &recipe);
	}
	free_goals(goals, count);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	uint32_t count = host->parameter->list_count(job, "layer");
	struct goal *goals = NULL;
	cnnviz_optimization recipe;
	cnnviz_status status = plan_goals(host, job, count, &goals);

	(void)batch;
	if (status == CNNVIZ_OK) {
		status = choose_recipe(host, job, &goals[0], &recipe);
	}
	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = visualize(host, job, &goals[i], &recipe);
	}
	free_goals(goals, count);
	return status;
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_GENERAL,
	.name = "filter_vis",
	.version = "1.0",
	.summary = "Filter visualization: the picture that a filter answers to most",
	.description = "Optimizes pictures so that filters of a layer (or one place of "
		       "them, "
		       "several added up, or the whole layer) become as active as can "
		       "be: many "
		       "filters together, with a contact sheet for each layer. The "
		       "preset "
		       "`traditional` is Adam on the input from gray noise, 30 steps; "
		       "`modern` "
		       "optimizes the spectrum of decorrelated colors under random "
		       "shifts, scales "
		       "and rotations in 512 steps, and gives far clearer pictures; a "
		       "quarter of "
		       "the steps gives calmer ones. Every setting of a preset can be "
		       "changed. The "
		       "figures are the objective in the first step and for the picture "
		       "as its "
		       "file has it.",
	.reference = "Erhan et al. 2009, Visualizing Higher-Layer Features of a Deep "
		     "Network, "
		     "section 3; Olah et al. 2017, Feature Visualization, "
		     "doi:10.23915/distill.00007",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.artifacts = artifacts,
	.artifact_count = sizeof(artifacts) / sizeof(artifacts[0]),
	.artifact_size = sizeof(cnnviz_artifact),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
