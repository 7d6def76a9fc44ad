/**
 * \file    graph/estimate.c
 * \brief   Estimates how much memory a pass needs
 */
#include "graph/estimate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/** The output of a node, for one item */
struct output {
	double bytes;
	size_t owner;   /* node that owns its memory: itself, or one of its inputs */
	size_t readers; /* of the owner: number of nodes that have not read it yet */
	bool kept;      /* of the owner: for a gradient, or as a result */
};

/** A simulated pass */
struct simulation {
	const struct graph *graph;
	const struct graph_shape *shapes;
	struct output *outputs; /* of every node */
	double now;
	double most;
};

/** Update the peak with memory that is used temporarily */
static void note_peak(struct simulation *simulation, double more)
{
	if (simulation->now + more > simulation->most) {
		simulation->most = simulation->now + more;
	}
}

static struct output *owner_of(struct simulation *simulation, size_t node)
{
	return &simulation->outputs[simulation->outputs[node].owner];
}

static bool is_view(const struct graph_node *node)
{
	return (node->op->flags & OPERATION_IDENTITY) != 0;
}

/** Determine who owns which memory, how often it is read, and what remains at the end */
static void prepare(struct simulation *simulation)
{
	const struct graph_node *nodes = simulation->graph->nodes;
	size_t count = simulation->graph->node_count;
	bool *read = memory_new(count, sizeof(*read));

	for (size_t i = 0; i < count; i++) {
		if (simulation->shapes[i].rank == 0) {
			continue;
		}
		simulation->outputs[i].owner = is_view(&nodes[i])
				? simulation->outputs[nodes[i].inputs[0]].owner
				: i;
		simulation->outputs[i].bytes =
				(double)shape_values(&simulation->shapes[i])
				* sizeof(float);
		for (size_t k = 0; k < nodes[i].input_count; k++) {
			read[nodes[i].inputs[k]] = true;
			owner_of(simulation, (size_t)nodes[i].inputs[k])->readers +=
					!is_view(&nodes[i]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (simulation->shapes[i].rank > 0 && !read[i]) {
			owner_of(simulation, i)->kept = true;
		}
	}
	free(read);
}

/**
 * After a node has run: release inputs that are no longer needed, and keep what its
 * gradient needs.
 */
static void finish(struct simulation *simulation, size_t index, bool backward)
{
	const struct graph_node *node = &simulation->graph->nodes[index];
	enum operation_kept kept = backward ? node->op->kept : OPERATION_KEEPS_NOTHING;

	if (kept == OPERATION_KEEPS_OUTPUT) {
		owner_of(simulation, index)->kept = true;
	}
	for (size_t k = 0; k < node->input_count && !is_view(node); k++) {
		struct output *input = owner_of(simulation, (size_t)node->inputs[k]);

		input->kept = input->kept || kept == OPERATION_KEEPS_INPUTS;
		if (--input->readers == 0 && !input->kept) {
			simulation->now -= input->bytes;
		}
	}
}

static void run(struct simulation *simulation, size_t index, bool backward)
{
	const struct graph_node *node = &simulation->graph->nodes[index];
	struct operation_memory own = { 0, 0 };

	if (node->op->memory != NULL) {
		own = node->op->memory(node, &simulation->shapes[node->inputs[0]],
				&simulation->shapes[index]);
	}
	if (simulation->outputs[index].owner == index) {
		simulation->now += simulation->outputs[index].bytes;
	}
	note_peak(simulation, (double)own.scratch + (double)own.kept);
	if (backward) {
		simulation->now += (double)own.kept;
	}
	finish(simulation, index, backward);
}

/**
 * Add the gradients of a node's output and inputs to what was kept; an engine has the first
 * of them twice, when it puts it into another order or another rule's mask is applied.
 */
static void run_back(struct simulation *simulation, size_t index)
{
	const struct graph_node *node = &simulation->graph->nodes[index];
	double bytes = 2 * simulation->outputs[index].bytes;

	for (size_t k = 0; k < node->input_count; k++) {
		bytes += simulation->outputs[node->inputs[k]].bytes;
	}
	note_peak(simulation, bytes);
}

double graph_memory(const struct graph *graph, const struct graph_shape *shapes,
		int64_t items, bool backward)
{
	struct simulation simulation = { .graph = graph, .shapes = shapes };

	simulation.outputs = memory_new(graph->node_count, sizeof(*simulation.outputs));
	prepare(&simulation);
	simulation.now = simulation.outputs[0].bytes;
	for (size_t i = 1; i < graph->node_count; i++) {
		if (shapes[i].rank > 0) {
			run(&simulation, i, backward);
		}
	}
	for (size_t i = graph->node_count; backward && --i > 0;) {
		if (shapes[i].rank > 0) {
			run_back(&simulation, i);
		}
	}
	free(simulation.outputs);
	return simulation.most * (double)items;
}

double graph_weight_memory(const struct graph *graph)
{
	double values = 0;

	for (size_t i = 0; i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			const cnnviz_tensor *weight = graph->nodes[i].weights[role];

			values += weight != NULL ? (double)tensor_count(weight) : 0;
		}
	}
	return values * sizeof(float);
}

void graph_explain_memory(const struct graph *graph, const int64_t input[4], size_t count,
		const int32_t *captures, bool backward, struct error *error)
{
	struct graph_shape *shapes;
	struct error ignored, before = *error;

	if (error->status != CNNVIZ_ERROR_MEMORY) {
		return;
	}
	shapes = memory_new(graph->node_count, sizeof(*shapes));
	if (graph_infer_part(graph, input[2], input[3], count, captures, shapes, &ignored)
			== CNNVIZ_OK) {
		error_set(error, before.status,
				"%s; a batch of %" PRId64 " at %" PRId64 "x%" PRId64
				" takes at least %.0f MiB, in addition to the weights",
				before.text, input[0], input[2], input[3],
				graph_memory(graph, shapes, input[0], backward)
						/ (1024 * 1024));
	}
	free(shapes);
}
