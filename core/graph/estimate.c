/**
 * \file    graph/estimate.c
 * \brief   How much memory a pass needs
 */
#include "graph/estimate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/operation.h"
#include "graph/shapes.h"

/** The output of a node, for one item */
struct output {
	double bytes;
	size_t owner;   /* the node whose memory it is: its own, or that of an input */
	size_t readers; /* of the owner: how many nodes have yet to read it */
	bool kept;      /* of the owner: for a gradient, or as a result */
};

/** A pass that is played through */
struct play {
	const struct graph *graph;
	const struct graph_shape *shapes;
	struct output *outputs; /* of every node */
	double now;
	double most;
};

/** Something that is there for a moment */
static void note(struct play *play, double more)
{
	if (play->now + more > play->most) {
		play->most = play->now + more;
	}
}

static struct output *owner_of(struct play *play, size_t node)
{
	return &play->outputs[play->outputs[node].owner];
}

static bool is_view(const struct graph_node *node)
{
	return (node->op->flags & OPERATION_IDENTITY) != 0;
}

/** Who owns which memory, how often it is read, and what is there at the end */
static void prepare(struct play *play)
{
	const struct graph_node *nodes = play->graph->nodes;
	size_t count = play->graph->node_count;
	bool *read = memory_new(count, sizeof(*read));

	for (size_t i = 0; i < count; i++) {
		if (play->shapes[i].rank == 0) {
			continue;
		}
		play->outputs[i].owner = is_view(&nodes[i])
				? play->outputs[nodes[i].inputs[0]].owner
				: i;
		play->outputs[i].bytes = (double)shape_values(&play->shapes[i])
				* sizeof(float);
		for (size_t k = 0; k < nodes[i].input_count; k++) {
			read[nodes[i].inputs[k]] = true;
			owner_of(play, (size_t)nodes[i].inputs[k])->readers +=
					!is_view(&nodes[i]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (play->shapes[i].rank > 0 && !read[i]) {
			owner_of(play, i)->kept = true;
		}
	}
	free(read);
}

/** A node has read its inputs, and may keep some of what there is for its gradient. */
static void finish(struct play *play, size_t index, bool backward)
{
	const struct graph_node *node = &play->graph->nodes[index];
	enum operation_kept kept = backward ? node->op->kept : OPERATION_KEEPS_NOTHING;

	if (kept == OPERATION_KEEPS_OUTPUT) {
		owner_of(play, index)->kept = true;
	}
	for (size_t k = 0; k < node->input_count && !is_view(node); k++) {
		struct output *input = owner_of(play, (size_t)node->inputs[k]);

		input->kept = input->kept || kept == OPERATION_KEEPS_INPUTS;
		if (--input->readers == 0 && !input->kept) {
			play->now -= input->bytes;
		}
	}
}

static void run(struct play *play, size_t index, bool backward)
{
	const struct graph_node *node = &play->graph->nodes[index];
	struct operation_memory own = { 0, 0 };

	if (node->op->memory != NULL) {
		own = node->op->memory(node, &play->shapes[node->inputs[0]],
				&play->shapes[index]);
	}
	if (play->outputs[index].owner == index) {
		play->now += play->outputs[index].bytes;
	}
	note(play, (double)own.scratch + (double)own.kept);
	if (backward) {
		play->now += (double)own.kept;
	}
	finish(play, index, backward);
}

/** The gradients of a node's output and of its inputs, beside what was kept */
static void run_back(struct play *play, size_t index)
{
	const struct graph_node *node = &play->graph->nodes[index];
	double bytes = play->outputs[index].bytes;

	for (size_t k = 0; k < node->input_count; k++) {
		bytes += play->outputs[node->inputs[k]].bytes;
	}
	note(play, bytes);
}

double graph_memory(const struct graph *graph, const struct graph_shape *shapes,
		int64_t items, bool backward)
{
	struct play play = { .graph = graph, .shapes = shapes };

	play.outputs = memory_new(graph->node_count, sizeof(*play.outputs));
	prepare(&play);
	play.now = play.outputs[0].bytes;
	for (size_t i = 1; i < graph->node_count; i++) {
		if (shapes[i].rank > 0) {
			run(&play, i, backward);
		}
	}
	for (size_t i = graph->node_count; backward && --i > 0;) {
		if (shapes[i].rank > 0) {
			run_back(&play, i);
		}
	}
	free(play.outputs);
	return play.most * (double)items;
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
				" takes %.0f MiB at least, beside the weights",
				before.text, input[0], input[2], input[3],
				graph_memory(graph, shapes, input[0], backward)
						/ (1024 * 1024));
	}
	free(shapes);
}
