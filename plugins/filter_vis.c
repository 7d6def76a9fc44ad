/**
 * \file    filter_vis.c
 * \brief   Filter visualization: the picture that a part of a layer responds to most
 *
 *     x* = argmax_x  a(x)
 *
 * where a is, for the activations A of a layer, with channel k and position (i,j),
 *
 *     channel      1/Z sum_ij A_ij^k           each filter's mean
 *     neuron       A_ij^k                      each filter at one position
 *     direction    1/Z sum_ij sum_k v_k A_ij^k a direction v of length 1 among filters
 *     layer        1/2 sum_ijk (A_ij^k)^2      all of the layer
 *
 * D. Erhan, Y. Bengio, A. Courville, P. Vincent: Visualizing Higher-Layer Features of
 * a Deep Network. 2009, technical report 1341, University of Montreal, section 3.
 * C. Olah, A. Mordvintsev, L. Schubert: Feature Visualization. 2017, Distill,
 * doi:10.23915/distill.00007 (objectives; regularization; preconditioning).
 *
 * The preset `traditional` is what common PyTorch implementations do: float pixels from
 * noise around a light gray, Adam, no regularizer toward natural pictures. `modern`
 * optimizes the spectrum of decorrelated colors under random transformations, with the
 * constants of Olah et al. The forward pass stops at the layer in both.
 */
#include "common/series.h"

#include <math.h>
#include <stdlib.h>

enum preset { PRESET_TRADITIONAL, PRESET_MODERN };
static const char *const presets[] = { "traditional", "modern", NULL };

enum objective { CHANNEL, NEURON, DIRECTION, LAYER };
static const char *const objectives[] = { "channel", "neuron", "direction", "layer",
	NULL };

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_UNIQUE,
			.default_value = "last_features",
			.summary = "layer, or several, one contact sheet each" },
	{ "filter", CNNVIZ_PARAMETER_CHANNEL,
			.flags = CNNVIZ_PARAMETER_LIST | CNNVIZ_PARAMETER_ALL
					| CNNVIZ_PARAMETER_UNIQUE,
			.layer = "layer",
			.summary = "channels of the layer: numbers, ranges such as 0-15, "
				   "or all; unset: channel 0, or the next that starts" },
	{ "objective", CNNVIZ_PARAMETER_ENUM, .default_value = "channel",
			.choices = objectives,
			.summary = "what is maximized: the mean of each filter, its "
				   "value at one position, the sum of the filters, or "
				   "the whole layer" },
	{ "preset", CNNVIZ_PARAMETER_ENUM, .default_value = "traditional",
			.choices = presets,
			.summary = "source of the defaults of all other settings" },
	{ "row", CNNVIZ_PARAMETER_INT, .minimum = 0, .maximum = 1000000,
			.summary = "objective = neuron: row of the layer, for a picture "
				   "of the default size; unset: the middle" },
	{ "column", CNNVIZ_PARAMETER_INT, .minimum = 0, .maximum = 1000000,
			.summary = "objective = neuron: column, likewise" },
	{ "weights", CNNVIZ_PARAMETER_FLOAT, .flags = CNNVIZ_PARAMETER_LIST,
			.summary = "weight of each filter for objective = direction; "
				   "unset: all equal" },
	{ SERIES_KEEP_ARRAY },
	CNNVIZ_OPTIMIZE_PARAMETERS_START,
	CNNVIZ_OPTIMIZE_PARAMETERS_OPTIMIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_REGULARIZER,
	CNNVIZ_OPTIMIZE_PARAMETERS_TRANSFORM,
	CNNVIZ_OPTIMIZE_PARAMETERS_PROGRESS,
};

static const cnnviz_artifact artifacts[] = {
	{ "filter", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the picture, by layer and filter" },
	{ "sheet", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "contact sheet of a layer, row by row in the order of "
				   "the filters" },
	{ SERIES_SNAPSHOT },
	{ SERIES_ANIMATION },
	{ SERIES_CURVE("the objective, negated, and regularizers") },
	{ SERIES_ARRAY },
	{ "activation_start", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the objective in the first step" },
	{ "activation_end", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the objective for the picture as it was saved" },
};

/** The objective at one layer */
struct goal {
	int32_t layer;
	const char *layer_name;
	enum objective objective;

	/** Filters: one for each item, or those that a direction adds up */
	int64_t *filters;
	uint32_t filter_count;
	/** If the user names none: how many of the next ones may be tried, if it never starts */
	uint32_t untried;
	bool started;
	cnnviz_optimization recipe;

	/** DIRECTION: v, of length 1 */
	double *weights;

	/** NEURON: (i,j) in the layer for an input of the default size */
	int64_t height, width;
	int64_t row, column;
};

/* ---- Objective ------------------------------------------------------------- */

/** A_ij^k of one item; a layer larger than by default, as with a border, is centered */
static double neuron(const struct goal *goal, const float *A, int64_t k, int64_t height,
		int64_t width, float *seed)
{
	int64_t row = goal->row + (height - goal->height) / 2;
	int64_t column = goal->column + (width - goal->width) / 2;

	row = row < 0 ? 0 : row < height ? row : height - 1;
	column = column < 0 ? 0 : column < width ? column : width - 1;

	int64_t i = (k * height + row) * width + column;

	seed[i] = 1;
	return A[i];
}

/** sum_k v_k times the mean of A^k, over some filters k of one item */
static double direction(const float *A, const int64_t *filters, const double *weights,
		uint32_t count, int64_t positions, float *seed)
{
	double total = 0;

	for (uint32_t f = 0; f < count; f++) {
		double sum = 0;

		for (int64_t i = filters[f] * positions; i < (filters[f] + 1) * positions;
				i++) {
			sum += A[i];
			seed[i] += (float)(weights[f] / (double)positions);
		}
		total += weights[f] * sum / (double)positions;
	}
	return total;
}

/** a(x) of some items, and its gradient with respect to the activations */
static cnnviz_status maximize(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_pass *pass, uint32_t count, const uint32_t *items,
		double *values, cnnviz_tensor **seeds)
{
	static const double one = 1;
	const struct series *series = context;
	const struct goal *goal = series->context;
	const cnnviz_tensor *activation = host->pass->activation(pass, goal->layer);
	const int64_t *shape = host->tensor->shape(activation);
	uint32_t rank = host->tensor->rank(activation);
	int64_t height = rank == 4 ? shape[2] : 1, width = rank == 4 ? shape[3] : 1;

	if (goal->objective == LAYER) {
		return host->objective->half_squared_norm(job, activation, values, seeds);
	}
	cnnviz_status status = host->tensor->create(job, rank, shape, seeds);

	for (uint32_t n = 0; n < count && status == CNNVIZ_OK; n++) {
		int64_t first = n * shape[1] * height * width;
		const float *A = host->tensor->data(activation) + first;
		float *seed = host->tensor->mutable_data(seeds[0]) + first;
		const int64_t *filter = &goal->filters[series->first + items[n]];

		values[n] = goal->objective == NEURON
				? neuron(goal, A, *filter, height, width, seed)
				: goal->objective == CHANNEL
				? direction(A, filter, &one, 1, height * width, seed)
				: direction(A, goal->filters, goal->weights,
						goal->filter_count, height * width, seed);
	}
	return status;
}

/** Emit the objective of the first step, and that of a picture as it was saved */
static cnnviz_status measure(struct series *series, uint32_t item, double start,
		const cnnviz_tensor *input)
{
	const cnnviz_host *host = series->host;
	const struct goal *goal = series->context;
	const uint32_t place = item - series->first;
	cnnviz_tensor *seed = NULL;
	cnnviz_pass *pass = NULL;
	double end = 0;
	cnnviz_status status = host->pass->forward(series->job, input, 1, &goal->layer,
			&pass);

	if (status == CNNVIZ_OK) {
		status = maximize(host, series->job, series, pass, 1, &place, &end,
				&seed);
	}
	if (status == CNNVIZ_OK) {
		status = series_change(series, "activation", item, start, end);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

/* ---- Goals ----------------------------------------------------------------- */

/** The filters that the user names, or all; by default the first */
static cnnviz_status choose_filters(const cnnviz_host *host, cnnviz_job *job,
		uint32_t channels, struct goal *goal)
{
	const cnnviz_parameter_api *parameter = host->parameter;
	uint32_t listed = parameter->list_count(job, "filter");
	bool all = parameter->is_set(job, "filter") && listed == 0;

	goal->filter_count = all ? channels : listed > 0 ? listed : 1;
	goal->untried = all || listed > 0 ? 0 : channels > 15 ? 15 : channels - 1;
	goal->filters = calloc(goal->filter_count, sizeof(*goal->filters));
	if (goal->filters == NULL) {
		return series_no_memory(host, job);
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
				"`weights` has %u values for %u filters; give one for "
				"each",
				listed, goal->filter_count);
	}
	goal->weights = calloc(goal->filter_count, sizeof(*goal->weights));
	if (goal->weights == NULL) {
		return series_no_memory(host, job);
	}
	for (uint32_t i = 0; i < goal->filter_count; i++) {
		goal->weights[i] = listed > 0
				? host->parameter->list_real(job, "weights", i)
				: 1;
		square += goal->weights[i] * goal->weights[i];
	}
	if (!(square > 0)) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"all `weights` are zero, which is no direction; give at "
				"least one nonzero weight");
	}
	for (uint32_t i = 0; i < goal->filter_count; i++) {
		goal->weights[i] /= sqrt(square);
	}
	return CNNVIZ_OK;
}

/** One coordinate of the neuron: as the user sets it, by default the middle */
static cnnviz_status choose_position(const cnnviz_host *host, cnnviz_job *job,
		const struct goal *goal, const char *key, int64_t extent, int64_t *place)
{
	*place = host->parameter->is_set(job, key) ? host->parameter->integer(job, key)
						   : extent / 2;
	if (*place >= extent) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"`%s` is %lld, but the layer \"%s\" has only %lld; it "
				"may be 0 to %lld",
				key, (long long)*place, goal->layer_name,
				(long long)extent, (long long)extent - 1);
	}
	return CNNVIZ_OK;
}

/** Everything about layer number i of the list; filters and weights are new */
static cnnviz_status plan_goal(const cnnviz_host *host, cnnviz_job *job, uint32_t i,
		struct goal *goal)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	goal->layer = (int32_t)host->parameter->list_integer(job, "layer", i);
	goal->layer_name = host->parameter->list_text(job, "layer", i);
	goal->objective = (enum objective)host->parameter->integer(job, "objective");

	uint32_t rank = host->model->layer_shape(job, goal->layer, shape);

	goal->height = rank == 3 ? shape[1] : 1;
	goal->width = rank == 3 ? shape[2] : 1;
	if (goal->objective == LAYER) {
		return !host->parameter->is_set(job, "filter")
				? CNNVIZ_OK
				: host->fail(job, CNNVIZ_ERROR_INPUT,
						"objective = layer uses all filters "
						"together; remove `filter`");
	}
	cnnviz_status status = choose_filters(host, job, (uint32_t)shape[0], goal);

	if (status == CNNVIZ_OK && goal->objective == NEURON) {
		status = choose_position(host, job, goal, "row", goal->height,
				&goal->row);
		status = status != CNNVIZ_OK ? status
					     : choose_position(host, job, goal, "column",
							     goal->width, &goal->column);
	}
	return status == CNNVIZ_OK && goal->objective == DIRECTION
			? choose_weights(host, job, goal)
			: status;
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
		struct goal *goal)
{
	cnnviz_optimization *recipe = &goal->recipe;

	series_defaults(host, recipe);
	if (host->parameter->integer(job, "preset") == PRESET_TRADITIONAL) {
		traditional(recipe);
	} else {
		series_modern(recipe);
	}
	recipe->objective = maximize;
	recipe->captures = &goal->layer;
	recipe->capture_count = 1;
	return host->optimize->configure(job, recipe);
}

/* ---- Run --------------------------------------------------------------------- */

static cnnviz_status run_series(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal)
{
	bool each = goal->objective == CHANNEL || goal->objective == NEURON;
	struct series series = {
		.host = host,
		.job = job,
		.count = each ? goal->filter_count : 1,
		.picture_name = "filter",
		.sheet_suffix = goal->layer_name,
		.keeps_array = host->parameter->boolean(job, "keep_array"),
		.own_size = true,
		.recipe = goal->recipe,
		.measure = measure,
		.context = goal,
	};
	cnnviz_status status = series_begin(&series);

	for (uint32_t i = 0; i < series.count && status == CNNVIZ_OK; i++) {
		int64_t filter = each ? goal->filters[i] : -1;

		/* A filter starts from the same noise whichever list names it. */
		series.streams[i] = (uint64_t)(uint32_t)goal->layer << 32
				| (uint32_t)filter;
		series_name(series.names[i], goal->layer_name, filter);
	}
	status = status == CNNVIZ_OK ? series_run(&series) : status;
	goal->started = status == CNNVIZ_OK && series_started(&series);
	series_end(&series);
	return status;
}

static cnnviz_status visualize(const cnnviz_host *host, cnnviz_job *job,
		struct goal *goal)
{
	cnnviz_status status = choose_recipe(host, job, goal);

	while (status == CNNVIZ_OK) {
		status = run_series(host, job, goal);
		if (goal->started || goal->untried-- == 0) {
			break;
		}
		goal->filters[0]++;
	}
	return status;
}

/** Plan the goal of each layer and call `act` with it */
static cnnviz_status for_each_goal(const cnnviz_host *host, cnnviz_job *job,
		cnnviz_status (*act)(const cnnviz_host *host, cnnviz_job *job,
				struct goal *goal))
{
	uint32_t count = host->parameter->list_count(job, "layer");
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		struct goal goal = { .filters = NULL };

		status = plan_goal(host, job, i, &goal);
		if (status == CNNVIZ_OK) {
			status = act(host, job, &goal);
		}
		free(goal.filters);
		free(goal.weights);
	}
	return status;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	return for_each_goal(host, job, choose_recipe);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	(void)batch;
	return for_each_goal(host, job, visualize);
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("filter_vis", "1.0"),
	.summary = "Filter visualization: the picture that a filter responds to most "
		   "strongly",
	.description = "Optimizes pictures so that filters of a layer (or one position "
		       "of them, the sum of several, or the whole layer) become as "
		       "active as possible, with a contact sheet for each layer; a "
		       "filter that never starts is listed, and its place left white. "
		       "`traditional` is Adam on the input from gray noise, 30 steps; "
		       "`modern` optimizes the spectrum of decorrelated colors under "
		       "random shifts, scales and rotations in 512 steps, and gives far "
		       "clearer pictures; a quarter of the steps gives simpler ones.",
	.reference = "Erhan et al. 2009, Visualizing Higher-Layer Features of a Deep "
		     "Network, section 3; Olah et al. 2017, Feature Visualization, "
		     "doi:10.23915/distill.00007",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_ONCE,
	.run = run,
	.check = check,
	.family = CNNVIZ_FAMILY_OPTIMIZATION,
};

CNNVIZ_PLUGIN(technique)
