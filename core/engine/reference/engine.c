/**
 * \file    engine/reference/engine.c
 * \brief   The reference engine's table
 *
 * Slow and simple: for `cnnviz test-plugin`, for tests, and for machines without
 * libtorch (`[run] engine = reference`).
 */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/reference/operation.h"
#include "graph/operation.h"

struct engine_network {
	struct engine_options options;
	const struct graph *graph;
};

struct engine_pass {
	struct engine_network *network;
	struct reference_run *run;
	bool *captured;
	bool backward;
};

static bool should_stop(void *context)
{
	const struct engine_options *options = context;

	return options->canceled != NULL && options->canceled(options->context);
}

/* ---- Tensors ---------------------------------------------------------------- */

static double *to_doubles(const cnnviz_tensor_api *api, const cnnviz_tensor *tensor)
{
	int64_t count = api->count(tensor);
	const float *data = api->data(tensor);
	double *values = calloc((size_t)count, sizeof(*values));

	for (int64_t i = 0; values != NULL && i < count; i++) {
		values[i] = (double)data[i];
	}
	return values;
}

/** A node's value or gradient, depending on doubles, as a tensor */
static cnnviz_status to_tensor(const cnnviz_tensor_api *api,
		const struct reference_value *value, const double *doubles,
		cnnviz_tensor **tensor, struct error *error)
{
	cnnviz_tensor *result = NULL;

	if (api->create(NULL, value->rank, value->shape, &result) != CNNVIZ_OK) {
		return reference_fail_memory(error);
	}
	float *data = api->mutable_data(result);

	for (int64_t i = 0; i < value->count; i++) {
		data[i] = (float)doubles[i];
	}
	*tensor = result;
	return CNNVIZ_OK;
}

static bool has_shape(const cnnviz_tensor_api *api, const cnnviz_tensor *tensor,
		const struct reference_value *value)
{
	return api->rank(tensor) == value->rank
			&& memcmp(api->shape(tensor), value->shape,
					   value->rank * sizeof(*value->shape))
			== 0;
}

/* ---- The table --------------------------------------------------------------- */

static const char *engine_describe(void)
{
	return "reference engine, double precision";
}

static const char *const *engine_devices(void)
{
	static const char *const devices[] = { "cpu", NULL };

	return devices;
}

static bool engine_supports(const struct graph *graph, int32_t node, const char **reason)
{
	bool known = reference_operation_find(graph->nodes[node].op->name) != NULL;

	if (!known) {
		*reason = "it does not support this operation";
	}
	return known;
}

static cnnviz_status engine_open(const struct engine_options *options,
		const struct graph *graph, struct engine_network **network,
		struct error *error)
{
	struct engine_network *made;

	if (options->device != NULL && strcmp(options->device, "cpu") != 0) {
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the reference engine has no device %s: use device = cpu",
				options->device);
	}
	made = calloc(1, sizeof(*made));
	if (made == NULL) {
		return reference_fail_memory(error);
	}
	made->options = *options;
	made->graph = graph;
	*network = made;
	return CNNVIZ_OK;
}

static void engine_close(struct engine_network *network)
{
	free(network);
}

static void engine_release(struct engine_pass *pass)
{
	if (pass == NULL) {
		return;
	}
	reference_free(pass->run);
	free(pass->captured);
	free(pass);
}

/** Without backward passes only the captures are kept. */
static void drop_values(struct engine_pass *pass)
{
	for (size_t i = 0; i < pass->network->graph->node_count; i++) {
		struct reference_value *value = &pass->run->values[i];

		if (!pass->captured[i]) {
			free(value->data);
			value->data = NULL;
		}
	}
}

/** Values of starts as doubles, each freed by free_starts(); false when out of memory */
static bool take_starts(const cnnviz_tensor_api *api, size_t count,
		const struct engine_start *starts, struct reference_start *taken)
{
	for (size_t i = 0; i < count; i++) {
		double *values = to_doubles(api, starts[i].value);

		if (values == NULL) {
			return false;
		}
		taken[i] = (struct reference_start){
			.node = starts[i].node,
			.rank = api->rank(starts[i].value),
			.shape = api->shape(starts[i].value),
			.values = values,
		};
	}
	return true;
}

static void free_starts(size_t count, struct reference_start *starts)
{
	for (size_t i = 0; starts != NULL && i < count; i++) {
		free((double *)(uintptr_t)starts[i].values);
	}
	free(starts);
}

static cnnviz_status engine_forward_from(struct engine_network *network,
		size_t start_count, const struct engine_start *starts,
		size_t capture_count, const int32_t *captures, bool backward,
		struct engine_pass **pass, struct error *error)
{
	const cnnviz_tensor_api *api = network->options.tensor;
	struct engine_pass *made = calloc(1, sizeof(*made));
	struct reference_start *taken = calloc(start_count, sizeof(*taken));
	cnnviz_status status = CNNVIZ_OK;
	struct error reason;

	if (made != NULL) {
		made->captured = calloc(network->graph->node_count,
				sizeof(*made->captured));
	}
	if (made == NULL || taken == NULL || made->captured == NULL
			|| !take_starts(api, start_count, starts, taken)) {
		status = reference_fail_memory(error);
		goto done;
	}
	made->network = network;
	made->backward = backward;
	for (size_t i = 0; i < capture_count; i++) {
		made->captured[captures[i]] = true;
	}
	made->run = reference_forward_from(network->graph, api, start_count, taken,
			made->captured, should_stop, &network->options, &reason);
	if (made->run == NULL) {
		status = error_set(error, reason.status, "%s", reason.text);
		goto done;
	}
	if (!backward) {
		drop_values(made);
	}
	*pass = made;
	made = NULL;
done:
	free_starts(start_count, taken);
	engine_release(made);
	return status;
}

static cnnviz_status engine_forward(struct engine_network *network,
		const cnnviz_tensor *input, size_t capture_count, const int32_t *captures,
		bool backward, struct engine_pass **pass, struct error *error)
{
	const struct engine_start start = { .value = input };

	return engine_forward_from(network, 1, &start, capture_count, captures, backward,
			pass, error);
}

static cnnviz_status engine_activation(struct engine_pass *pass, int32_t node,
		cnnviz_tensor **tensor, struct error *error)
{
	const struct reference_value *value = &pass->run->values[node];

	if (!pass->captured[node]) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"layer %s was not captured by this pass",
				pass->network->graph->nodes[node].name);
	}
	return to_tensor(pass->network->options.tensor, value, value->data, tensor,
			error);
}

/** Add a seed to those of its node, which starts as NULL. */
static cnnviz_status add_seed(const struct engine_pass *pass, int32_t node,
		const cnnviz_tensor *seed, double **sum, struct error *error)
{
	const cnnviz_tensor_api *api = pass->network->options.tensor;
	const struct reference_value *value = &pass->run->values[node];
	const char *name = pass->network->graph->nodes[node].name;

	if (!pass->captured[node]) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"layer %s was not captured by this pass", name);
	}
	if (!has_shape(api, seed, value)) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"the shape of the seed at layer %s is not that of its "
				"activation",
				name);
	}
	double *values = to_doubles(api, seed);

	if (values == NULL) {
		return reference_fail_memory(error);
	}
	for (int64_t i = 0; *sum != NULL && i < value->count; i++) {
		values[i] += (*sum)[i];
	}
	free(*sum);
	*sum = values;
	return CNNVIZ_OK;
}

/** Collect the gradients of the requested nodes after the backward run */
static cnnviz_status collect_gradients(const struct engine_pass *pass, size_t count,
		const int32_t *wanted, cnnviz_tensor **gradients, struct error *error)
{
	const cnnviz_tensor_api *api = pass->network->options.tensor;
	cnnviz_tensor **made = calloc(count, sizeof(cnnviz_tensor *));
	cnnviz_status status = made == NULL ? reference_fail_memory(error) : CNNVIZ_OK;

	for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		const struct reference_value *value = &pass->run->values[wanted[i]];

		status = value->rank == 0 ? error_set(error, CNNVIZ_ERROR_ENGINE,
					 "layer %s was not captured by this pass",
					 pass->network->graph->nodes[wanted[i]].name)
					  : to_tensor(api, value, value->gradient,
							  &made[i], error);
	}
	for (size_t i = 0; made != NULL && i < count; i++) {
		if (status == CNNVIZ_OK) {
			gradients[i] = made[i];
		} else {
			api->unref(made[i]);
		}
	}
	free(made);
	return status;
}

/** Sums of the seeds of each node, NULL where there are none; freed by free_seeds() */
static cnnviz_status add_seeds(const struct engine_pass *pass, size_t count,
		const int32_t *nodes, const cnnviz_tensor *const *seeds, double ***sums,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	*sums = calloc(pass->network->graph->node_count, sizeof(**sums));
	if (*sums == NULL) {
		return reference_fail_memory(error);
	}
	for (size_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		status = add_seed(pass, nodes[i], seeds[i], &(*sums)[nodes[i]], error);
	}
	return status;
}

static void free_seeds(const struct engine_network *network, double **sums)
{
	for (size_t i = 0; sums != NULL && i < network->graph->node_count; i++) {
		free(sums[i]);
	}
	free(sums);
}

/** A backward pass by one rule, or by rules of nodes where these are not NULL */
static cnnviz_status go_back(struct engine_pass *pass, uint32_t rule,
		const struct engine_rules *rules, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	struct engine_options *options = &pass->network->options;
	int32_t first = INT32_MAX;
	double **sums = NULL;

	if (!pass->backward) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"this pass was made without backward");
	}
	cnnviz_status status = add_seeds(pass, seed_count, seed_nodes, seeds, &sums,
			error);

	for (size_t i = 0; i < wanted_count; i++) {
		first = wanted[i] < first ? wanted[i] : first;
	}
	if (status == CNNVIZ_OK) {
		const double *const *given = (const double *const *)sums;

		status = rules == NULL
				? reference_backward(pass->run, rule, given, first,
						should_stop, options, error)
				: reference_backward_by_rules(pass->run, rules,
						rules->reference != NULL
								? rules->reference->run
								: NULL,
						given, first, should_stop, options,
						error);
	}
	if (status == CNNVIZ_OK) {
		status = collect_gradients(pass, wanted_count, wanted, gradients, error);
	}
	free_seeds(pass->network, sums);
	return status;
}

static cnnviz_status engine_backward(struct engine_pass *pass, uint32_t rule,
		size_t seed_count, const int32_t *seed_nodes,
		const cnnviz_tensor *const *seeds, size_t wanted_count,
		const int32_t *wanted, cnnviz_tensor **gradients, struct error *error)
{
	return rule <= CNNVIZ_RULE_REDIRECTED
			? go_back(pass, rule, NULL, seed_count, seed_nodes, seeds,
					wanted_count, wanted, gradients, error)
			: error_set(error, CNNVIZ_ERROR_ENGINE,
					"there is no backward rule %u", (unsigned)rule);
}

static cnnviz_status engine_backward_by_rules(struct engine_pass *pass,
		const struct engine_rules *rules, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		size_t wanted_count, const int32_t *wanted, cnnviz_tensor **gradients,
		struct error *error)
{
	return go_back(pass, CNNVIZ_RULE_PLAIN, rules, seed_count, seed_nodes, seeds,
			wanted_count, wanted, gradients, error);
}

/* ---- Second derivatives -------------------------------------------------------- */

/** The product for a pass that starts with a node */
static cnnviz_status multiply(const struct engine_pass *pass, int32_t first,
		const double *const *sums, const cnnviz_tensor *direction,
		cnnviz_tensor **product, struct error *error)
{
	struct engine_options *options = &pass->network->options;
	const struct reference_value *value = &pass->run->values[first];
	double *along = NULL, *result = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (!has_shape(options->tensor, direction, value)) {
		return error_set(error, CNNVIZ_ERROR_ENGINE,
				"the shape of the direction at layer %s is not that of "
				"its activation",
				pass->network->graph->nodes[first].name);
	}
	along = to_doubles(options->tensor, direction);
	result = calloc((size_t)value->count, sizeof(*result));
	status = along == NULL || result == NULL
			? reference_fail_memory(error)
			: reference_hessian_product(pass->run, sums, first, along, result,
					should_stop, options, error);
	if (status == CNNVIZ_OK) {
		status = to_tensor(options->tensor, value, result, product, error);
	}
	free(result);
	free(along);
	return status;
}

static cnnviz_status engine_hessian_product(struct engine_network *network,
		size_t start_count, const struct engine_start *starts, size_t seed_count,
		const int32_t *seed_nodes, const cnnviz_tensor *const *seeds,
		const cnnviz_tensor *direction, cnnviz_tensor **product,
		struct error *error)
{
	struct engine_pass *pass = NULL;
	double **sums = NULL;
	cnnviz_status status = engine_forward_from(network, start_count, starts,
			seed_count, seed_nodes, true, &pass, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	status = add_seeds(pass, seed_count, seed_nodes, seeds, &sums, error);
	if (status == CNNVIZ_OK) {
		status = multiply(pass, starts[0].node, (const double *const *)sums,
				direction, product, error);
	}
	free_seeds(network, sums);
	engine_release(pass);
	return status;
}

__attribute__((visibility("default"))) const struct engine *cnnviz_engine(void);

const struct engine *cnnviz_engine(void)
{
	static const struct engine engine = {
		.version = ENGINE_VERSION,
		.name = "reference",
		.describe = engine_describe,
		.devices = engine_devices,
		.supports = engine_supports,
		.open = engine_open,
		.close = engine_close,
		.forward = engine_forward,
		.forward_from = engine_forward_from,
		.activation = engine_activation,
		.backward = engine_backward,
		.release = engine_release,
		.hessian_product = engine_hessian_product,
		.backward_by_rules = engine_backward_by_rules,
	};

	return &engine;
}
