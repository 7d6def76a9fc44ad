/**
 * \file    graph/build.c
 * \brief   Builds a graph from a file that has its own weights
 */
#include "graph/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/build_names.h"
#include "graph/operation.h"
#include "graph/settings.h"
#include "graph/shapes.h"

static void add_item(struct build *build, const struct graph_node *node, const char *path)
{
	struct graph *graph = build->graph;

	graph->nodes = memory_grow(graph->nodes, graph->node_count,
			sizeof(*graph->nodes));
	build->items = memory_grow(build->items, graph->node_count,
			sizeof(*build->items));
	build->shapes = memory_grow(build->shapes, graph->node_count,
			sizeof(*build->shapes));
	build->items[graph->node_count] =
			(struct build_item){ .path = memory_text(path) };
	build->shapes[graph->node_count] = node->shape;
	graph->nodes[graph->node_count++] = *node;
}

void build_start(struct build *build, struct graph *graph)
{
	const struct graph_node input = {
		.name = memory_text(operation_input.name),
		.op = &operation_input,
		.settings = settings_default(&operation_input),
		.shape = {
			.rank = 3,
			.extent = { graph->normalization.channels, graph->input_size[0],
					graph->input_size[1] },
		},
	};

	*build = (struct build){ .graph = graph };
	graph->logits = CNNVIZ_LAYER_NONE;
	graph->last_features = CNNVIZ_LAYER_NONE;
	add_item(build, &input, "");
}

struct graph_settings build_settings(const char *operation)
{
	return settings_default(operation_find(operation));
}

cnnviz_status build_add(struct build *build, const struct build_request *request,
		int32_t *index, struct error *error)
{
	const struct operation *operation = operation_find(request->operation);
	struct graph_node node = {
		.op = operation,
		.settings = request->settings,
		.input_count = request->input_count,
	};
	int32_t last = (int32_t)build->graph->node_count;
	cnnviz_status status = settings_check(operation, &node.settings, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	node.name = memory_text(request->path[0] != '\0' ? request->path
							 : request->operation);
	node.inputs = memory_new(node.input_count, sizeof(*node.inputs));
	memcpy(node.inputs, request->inputs, node.input_count * sizeof(*node.inputs));
	add_item(build, &node, request->path);
	status = graph_infer_node(build->graph, last, build->shapes, error);
	if (status == CNNVIZ_OK) {
		build->graph->nodes[last].shape = build->shapes[last];
		*index = last;
	}
	return status;
}

void build_weight(struct build *build, int32_t node, enum graph_weight role,
		const struct constant *constant)
{
	build->items[node].weights[role] = *constant;
	build->items[node].has[role] = true;
}

void build_alias(struct build *build, int32_t node, const char *name)
{
	if (name[0] == '\0') {
		return;
	}
	build->aliases = memory_grow(build->aliases, build->alias_count,
			sizeof(*build->aliases));
	build->aliases[build->alias_count++] = (struct build_alias){
		.name = memory_text(name),
		.node = node,
	};
}

const struct graph_shape *build_shape(const struct build *build, int32_t node)
{
	return &build->shapes[node];
}

/* ---- Nodes of no use ----------------------------------------------------------- */

static void free_item(struct build *build, size_t i)
{
	free(build->items[i].path);
	free(build->graph->nodes[i].name);
	free(build->graph->nodes[i].inputs);
}

/** New numbers of the nodes that an output needs; CNNVIZ_LAYER_NONE for the others */
static int32_t *number_needed(const struct graph *graph, int32_t output)
{
	int32_t *numbers = memory_new(graph->node_count, sizeof(*numbers));
	int32_t next = 0;

	for (size_t i = 0; i < graph->node_count; i++) {
		numbers[i] = i == 0 || (int32_t)i == output ? 0 : CNNVIZ_LAYER_NONE;
	}
	for (size_t i = graph->node_count; i-- > 0;) {
		const struct graph_node *node = &graph->nodes[i];

		for (size_t k = 0;
				numbers[i] != CNNVIZ_LAYER_NONE && k < node->input_count;
				k++) {
			numbers[node->inputs[k]] = 0;
		}
	}
	for (size_t i = 0; i < graph->node_count; i++) {
		numbers[i] = numbers[i] == CNNVIZ_LAYER_NONE ? CNNVIZ_LAYER_NONE : next++;
	}
	return numbers;
}

static void keep_needed(struct build *build, int32_t output)
{
	struct graph *graph = build->graph;
	int32_t *numbers = number_needed(graph, output);
	size_t kept = 0;

	for (size_t i = 0; i < graph->node_count; i++) {
		if (numbers[i] == CNNVIZ_LAYER_NONE) {
			free_item(build, i);
			continue;
		}
		for (size_t k = 0; k < graph->nodes[i].input_count; k++) {
			graph->nodes[i].inputs[k] = numbers[graph->nodes[i].inputs[k]];
		}
		graph->nodes[kept] = graph->nodes[i];
		build->items[kept] = build->items[i];
		build->shapes[kept++] = build->shapes[i];
	}
	graph->node_count = kept;
	for (size_t i = 0; i < build->alias_count; i++) {
		build->aliases[i].node = numbers[build->aliases[i].node];
	}
	free(numbers);
}

/* ---- Weights ------------------------------------------------------------------- */

/** A copy of a constant's elements, in the shape that a node needs */
static cnnviz_tensor *copy_constant(const struct constant *constant, uint32_t rank,
		const int64_t *shape)
{
	cnnviz_tensor *tensor = tensor_create_unset(rank, shape);
	float *values = tensor != NULL ? tensor_mutable_data(tensor) : NULL;

	for (int64_t i = 0; tensor != NULL && i < tensor_count(tensor); i++) {
		values[i] = (float)constant_real(constant, i);
	}
	return tensor;
}

static bool same_shape(const struct constant *constant, uint32_t rank,
		const int64_t *shape)
{
	return constant->rank == rank
			&& memcmp(constant->extent, shape, rank * sizeof(*shape)) == 0;
}

/** Bytes from a constant's first element to its last one */
static size_t reach(const struct constant *constant)
{
	int64_t last = 0;

	for (uint32_t d = 0; d < constant->rank; d++) {
		last += (constant->extent[d] - 1) * constant->stride[d];
	}
	return (size_t)(last + 1) * dtype_size(constant->dtype);
}

static cnnviz_status add_mapped(const struct constant *constant, const char *name,
		struct weights *weights, struct error *error)
{
	struct weights_entry entry = {
		.name = (const unsigned char *)name,
		.name_length = strlen(name),
		.dtype = constant->dtype,
		.data = constant->data,
		.size = reach(constant),
		.mapping = constant->mapping,
		.rank = constant->rank,
	};

	memcpy(entry.shape, constant->extent, sizeof(entry.shape));
	memcpy(entry.stride, constant->stride, sizeof(entry.stride));
	return weights_add(weights, &entry, error);
}

static cnnviz_status gather_weight(struct build *build, int32_t index,
		enum graph_weight role, struct weights *weights, struct error *error)
{
	const struct graph_node *node = &build->graph->nodes[index];
	const struct constant *constant = &build->items[index].weights[role];
	int64_t shape[4] = { 0 };
	uint32_t rank = graph_weight_shape(build->graph, index, role, shape);
	char *name = memory_format("%s%s", node->name, graph_weight_suffix[role]);
	cnnviz_tensor *tensor;
	cnnviz_status status = CNNVIZ_OK;
	int64_t needed = 1;
	char text[96];

	for (uint32_t d = 0; d < rank; d++) {
		needed *= shape[d];
	}
	if (rank == 0) {
		goto done;
	}
	if (!build->items[index].has[role] || constant_count(constant) != needed) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s (%s) needs a weight %s, which the file does not have",
				node->name, node->op->name,
				tensor_shape_text(rank, shape, text, sizeof(text)));
	} else if (constant->mapping != NULL && same_shape(constant, rank, shape)) {
		status = add_mapped(constant, name, weights, error);
	} else {
		tensor = copy_constant(constant, rank, shape);
		status = tensor != NULL ? weights_add_tensor(weights, name, tensor, error)
					: error_set(error, CNNVIZ_ERROR_MEMORY,
							"not enough memory for %s", name);
	}
done:
	free(name);
	return status;
}

static cnnviz_status gather_weights(struct build *build, struct mapping *mapping,
		struct weights **result, struct error *error)
{
	struct weights *weights = memory_new(1, sizeof(*weights));
	cnnviz_status status = CNNVIZ_OK;

	weights->mapping = mapping_ref(mapping);
	weights_start_group(weights, "");
	for (size_t i = 1; i < build->graph->node_count && status == CNNVIZ_OK; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT && status == CNNVIZ_OK;
				role++) {
			status = gather_weight(build, (int32_t)i, (enum graph_weight)role,
					weights, error);
		}
	}
	weights_end_group(weights);
	if (status != CNNVIZ_OK) {
		weights_free(weights);
		weights = NULL;
	}
	*result = weights;
	return status;
}

/* ---- The end ------------------------------------------------------------------- */

cnnviz_status build_finish(struct build *build, int32_t output, struct mapping *mapping,
		struct weights **weights, struct error *error)
{
	cnnviz_status status;

	keep_needed(build, output);
	build_name_nodes(build);
	status = graph_finish(build->graph, error);
	return status == CNNVIZ_OK && weights != NULL
			? gather_weights(build, mapping, weights, error)
			: status;
}

void build_free(struct build *build)
{
	for (size_t i = 0; i < build->graph->node_count; i++) {
		free(build->items[i].path);
	}
	for (size_t i = 0; i < build->alias_count; i++) {
		free(build->aliases[i].name);
	}
	free(build->items);
	free(build->shapes);
	free(build->aliases);
}
