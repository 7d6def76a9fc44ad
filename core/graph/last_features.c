/**
 * \file    graph/last_features.c
 * \brief   Finds a graph's last feature map
 */
#include "graph/last_features.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/detector_features.h"
#include "graph/operation.h"
#include "graph/roles.h"

/* ---- Convolutions -------------------------------------------------------------- */

/** The only node that uses a node's output, or CNNVIZ_LAYER_NONE */
static int32_t only_consumer(const struct graph *graph, int32_t index)
{
	int32_t consumer = CNNVIZ_LAYER_NONE;

	for (size_t i = (size_t)index + 1; i < graph->node_count; i++) {
		for (size_t k = 0; k < graph->nodes[i].input_count; k++) {
			if (graph->nodes[i].inputs[k] != index) {
				continue;
			}
			if (consumer != CNNVIZ_LAYER_NONE && consumer != (int32_t)i) {
				return CNNVIZ_LAYER_NONE;
			}
			consumer = (int32_t)i;
		}
	}
	return consumer;
}

/**
 * The last convolution over space. One that computes the class scores itself, with no
 * linear layer after it, is used only if there is no other.
 */
static int32_t find_conv(const struct graph *graph)
{
	int64_t classes = graph->nodes[graph->logits].shape.extent[0];
	int32_t scores = CNNVIZ_LAYER_NONE;
	int32_t flat = CNNVIZ_LAYER_NONE;
	bool linear = false;

	for (int32_t i = graph->logits; i > 0; i--) {
		const struct graph_node *node = &graph->nodes[i];
		bool wide = node->shape.rank == 3
				&& node->shape.extent[1] * node->shape.extent[2] > 1;

		linear = linear || (node->op->flags & OPERATION_LINEAR) != 0;
		if ((node->op->flags & OPERATION_CONVOLUTION) == 0) {
			continue;
		}
		if (wide && (linear || node->shape.extent[0] != classes)) {
			return i;
		}
		if (wide && scores == CNNVIZ_LAYER_NONE) {
			scores = i;
		}
		if (flat == CNNVIZ_LAYER_NONE) {
			flat = i;
		}
	}
	return scores != CNNVIZ_LAYER_NONE ? scores : flat;
}

/** Go on from a convolution, or CNNVIZ_LAYER_NONE, to the end of what belongs to it. */
static int32_t refine(const struct graph *graph, int32_t index)
{
	while (index != CNNVIZ_LAYER_NONE) {
		int32_t next = only_consumer(graph, index);

		if (next == CNNVIZ_LAYER_NONE
				|| (graph->nodes[next].op->flags & OPERATION_REFINES)
						== 0) {
			break;
		}
		index = next;
	}
	return index;
}

/* ---- Tokens --------------------------------------------------------------------- */

/** What of a node's output has an influence on the logits */
struct reach {
	bool positions;
	bool others; /* class tokens */
};

static const struct graph_shape *node_shape(const struct graph *graph, int32_t node)
{
	return &graph->nodes[node].shape;
}

static bool is_wide(const struct graph *graph, int32_t node)
{
	const struct graph_roles *roles = &graph->roles[node];

	return graph_has_map(roles, node_shape(graph, node))
			&& roles->height * roles->width > 1;
}

/** Whether a slice leaves out all positions of its input */
static bool takes_class_tokens(const struct graph *graph, const struct graph_node *slice)
{
	const struct graph_roles *in = &graph->roles[slice->inputs[0]];
	int64_t axis = slice->settings.axis;
	int64_t last = slice->settings.output[0]
			+ (slice->shape.extent[axis] - 1) * slice->settings.step;

	return (slice->op->flags & OPERATION_PARTS) != 0 && in->known
			&& in->role[axis] == GRAPH_ROLE_TOKENS
			&& (last < in->prefix
					|| slice->settings.output[0]
							>= in->prefix + in->height * in->width);
}

/** Add what of one of a node's inputs reaches what of the node does. */
static void reach_input(const struct graph *graph, int32_t node, size_t i,
		struct reach *reach)
{
	const struct graph_node *to = &graph->nodes[node];
	int32_t input = to->inputs[i];
	bool any = reach[node].positions || reach[node].others;
	bool apart = graph->roles[node].known && graph->roles[input].known
			&& ((to->op->flags & OPERATION_MIXES) == 0 || i == 0);

	if (takes_class_tokens(graph, to)) {
		reach[input].others = reach[input].others || any;
		return;
	}
	reach[input].positions = reach[input].positions
			|| (apart ? reach[node].positions : any);
	reach[input].others = reach[input].others || (apart ? reach[node].others : any);
}

/** For each node, what of it reaches the logits; new */
static struct reach *find_reach(const struct graph *graph)
{
	struct reach *reach = memory_new(graph->node_count, sizeof(*reach));

	reach[graph->logits] = (struct reach){ true, true };
	for (int32_t i = graph->logits; i > 0; i--) {
		const struct graph_node *node = &graph->nodes[i];

		for (size_t k = 0; k < node->input_count
				&& (node->op->flags & OPERATION_CONSTANT) == 0;
				k++) {
			reach_input(graph, i, k, reach);
		}
	}
	return reach;
}

/** Whether a layer with weights acts on tokens, or on maps with channels last */
static bool acts_on_tokens(const struct graph *graph, int32_t node)
{
	const struct graph_roles *roles = &graph->roles[node];
	uint32_t rank = node_shape(graph, node)->rank;

	return is_wide(graph, node) && roles->role[rank - 1] != GRAPH_ROLE_WIDTH
			&& (graph->nodes[node].op->flags
					   & (OPERATION_LINEAR | OPERATION_NORMALIZES))
			!= 0;
}

/** Whether a layer's channels are on one axis, not on one for heads and one for theirs */
static bool has_whole_channels(const struct graph *graph, int32_t node)
{
	const struct graph_shape *shape = node_shape(graph, node);
	uint32_t count = 0;

	for (uint32_t d = 0; d < shape->rank; d++) {
		count += graph->roles[node].role[d] == GRAPH_ROLE_CHANNELS
				&& shape->extent[d] > 1;
	}
	return count <= 1;
}

/** The last layer before a pool over positions, and not one that only moves its values */
static int32_t before_pool(const struct graph *graph, int32_t node)
{
	const struct graph_node *nodes = graph->nodes;

	while ((nodes[node].op->flags & (OPERATION_IDENTITY | OPERATION_REORDERS)) != 0
			&& is_wide(graph, nodes[node].inputs[0])) {
		node = nodes[node].inputs[0];
	}
	return node;
}

/** The last node behind the convolution that a class token still reads positions of */
static int32_t before_attention(const struct graph *graph, const struct reach *reach,
		int32_t conv)
{
	int32_t last = CNNVIZ_LAYER_NONE;

	for (int32_t i = graph->logits; i > conv; i--) {
		if (!reach[i].positions || !is_wide(graph, i)) {
			continue;
		}
		if ((graph->nodes[i].op->flags & OPERATION_NORMALIZES) != 0
				&& has_whole_channels(graph, i)) {
			return i;
		}
		if (last == CNNVIZ_LAYER_NONE) {
			last = i;
		}
	}
	return last;
}

/** The last feature map behind a convolution where tokens follow, or else NONE */
static int32_t find_tokens(const struct graph *graph, int32_t conv)
{
	struct reach *reach = find_reach(graph);
	int32_t last = CNNVIZ_LAYER_NONE;
	bool tokens = false;

	for (int32_t i = graph->logits; i > conv; i--) {
		bool reaches = reach[i].positions || reach[i].others;

		if (reaches && last == CNNVIZ_LAYER_NONE && is_wide(graph, i)) {
			last = i;
		}
		tokens = tokens || (reaches && acts_on_tokens(graph, i));
	}
	if (!tokens) {
		last = CNNVIZ_LAYER_NONE;
	} else {
		last = reach[last].positions ? before_pool(graph, last)
					     : before_attention(graph, reach, conv);
	}
	free(reach);
	return last;
}

int32_t graph_find_features(const struct graph *graph)
{
	int32_t shared = graph_find_detector_features(graph);
	int32_t conv, tokens;

	if (shared != CNNVIZ_LAYER_NONE) {
		return shared;
	}
	conv = find_conv(graph);
	tokens = conv != CNNVIZ_LAYER_NONE ? find_tokens(graph, conv) : CNNVIZ_LAYER_NONE;
	return tokens != CNNVIZ_LAYER_NONE ? tokens : refine(graph, conv);
}

bool graph_is_past_features(const struct graph *graph, int32_t node)
{
	struct reach *reach = find_reach(graph);
	bool past = is_wide(graph, node) && reach[node].others && !reach[node].positions;

	free(reach);
	return past;
}
