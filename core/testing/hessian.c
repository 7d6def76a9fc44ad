/**
 * \file    testing/hessian.c
 * \brief   Second derivatives of the test host's small networks
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "testing/network.h"

/** What is wrong with the arguments, or NULL */
static const char *find_fault(const cnnviz_pass *pass, int32_t layer,
		const cnnviz_tensor *direction)
{
	const cnnviz_tensor *value = pass != NULL ? network_activation(pass, layer)
						  : NULL;

	return value == NULL ? "pass->hessian_product() got no pass, or a layer that was "
			       "not captured"
			: direction == NULL || !tensor_same_shape(value, direction)
			? "pass->hessian_product() got a direction whose shape is not "
			  "that of its layer"
			: NULL;
}

/** Run what lies behind a node once more, and differentiate it twice. */
static cnnviz_tensor *multiply(const cnnviz_pass *pass, int32_t node, double *const *sums,
		const cnnviz_tensor *direction)
{
	const struct graph *graph = pass->network->graph;
	const struct reference_value *value = &pass->run->values[node];
	const struct reference_start start = { node, value->rank, value->shape,
		value->data };
	bool *captured = memory_new(graph->node_count, sizeof(*captured));
	double *along = network_to_doubles(direction);
	double *product = memory_new((size_t)value->count, sizeof(*product));

	for (size_t i = 0; i < graph->node_count; i++) {
		captured[i] = sums[i] != NULL;
	}
	struct reference_run *run = reference_forward_from(graph, &tensor_api, 1, &start,
			captured, NULL, NULL, NULL);

	reference_hessian_product(run, (const double *const *)sums, node, along, product,
			NULL, NULL, NULL);
	cnnviz_tensor *result = network_to_tensor(value, product);

	reference_free(run);
	free(product);
	free(along);
	free(captured);
	return result;
}

cnnviz_status network_hessian_product(const cnnviz_pass *pass, int32_t layer,
		uint32_t seed_count, const int32_t *seed_layers,
		const cnnviz_tensor *const *seeds, const cnnviz_tensor *direction,
		cnnviz_tensor **product, const char **reason)
{
	const char *fault = find_fault(pass, layer, direction);

	if (fault != NULL) {
		*reason = fault;
		return CNNVIZ_ERROR_PLUGIN;
	}
	size_t count = pass->network->graph->node_count;
	double **sums = memory_new(count, sizeof(*sums));

	fault = network_sum_seeds(pass, seed_count, seed_layers, seeds, sums);
	if (fault == NULL) {
		*product = multiply(pass, network_node(pass->network, layer), sums,
				direction);
	} else {
		*reason = fault;
	}
	for (size_t i = 0; i < count; i++) {
		free(sums[i]);
	}
	free(sums);
	return fault == NULL ? CNNVIZ_OK : CNNVIZ_ERROR_PLUGIN;
}
