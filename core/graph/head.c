/**
 * \file    graph/head.c
 * \brief   Adapts a network to the number of classes in its weights
 */
#include "graph/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/operation.h"

static bool has_weights(const struct graph *graph, int32_t node)
{
	int64_t shape[4];

	return graph_weight_shape(graph, node, GRAPH_WEIGHT, shape) > 0;
}

/** The layer whose outputs are the classes, or CNNVIZ_LAYER_NONE */
static int32_t find_head(const struct graph *graph)
{
	int32_t node = graph->logits;

	while (node > 0 && graph->nodes[node].input_count == 1
			&& !has_weights(graph, node)) {
		node = graph->nodes[node].inputs[0];
	}
	return node > 0
					&& ((graph->nodes[node].op->flags
							    & OPERATION_LINEAR)
									!= 0
							|| strcmp(graph->nodes[node].op->name,
									   "conv2d")
									== 0)
			? node
			: CNNVIZ_LAYER_NONE;
}

/** Length of "NUMBER." at the start of a text, or 0 */
static size_t number_length(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && text[digits] == '.' ? digits + 1 : 0;
}

/** Map a container's name to its only layer with weights. */
static void unwrap(struct fit *fit, const char *name)
{
	size_t length = strlen(name), inside = 0;
	char *container = NULL;

	for (size_t i = 0; i < fit->count; i++) {
		const char *rest = fit->slots[i].name + length;
		size_t number;

		if (strncmp(fit->slots[i].name, name, length) != 0 || *rest != '.') {
			continue;
		}
		number = number_length(rest + 1);
		if (number > 0 && strcmp(rest + 1 + number, "weight") == 0) {
			inside++;
			free(container);
			container = memory_format("%s%.*s", name, (int)(number + 1),
					rest);
		}
	}
	if (inside == 1) {
		char *plain = memory_format("%s.", name);

		fit_rename(fit, container, plain);
		free(plain);
	}
	free(container);
}

/** Whether a tensor differs from a layer's weight only in the number of outputs */
static bool differs_in_outputs(const struct weights_tensor *tensor, uint32_t rank,
		const int64_t *shape)
{
	return tensor->rank == rank && tensor->shape[0] != shape[0]
			&& tensor->shape[0] > 0
			&& memcmp(tensor->shape + 1, shape + 1,
					   (rank - 1) * sizeof(*shape))
			== 0;
}

void head_adopt(struct graph *graph, struct fit *fit)
{
	int32_t head = find_head(graph);
	const struct fit_slot *slot;
	struct graph_node *node;
	struct error error;
	int64_t shape[4], before;
	uint32_t rank;
	char *name;

	if (head == CNNVIZ_LAYER_NONE) {
		return;
	}
	node = &graph->nodes[head];
	name = memory_format("%s%s", node->name, graph_weight_suffix[GRAPH_WEIGHT]);
	if (fit_find(fit, name) == NULL) {
		unwrap(fit, node->name);
	}
	slot = fit_find(fit, name);
	rank = graph_weight_shape(graph, head, GRAPH_WEIGHT, shape);
	before = node->settings.out;
	if (slot != NULL && differs_in_outputs(slot->tensor, rank, shape)) {
		node->settings.out = slot->tensor->shape[0];
		if (graph_finish(graph, &error) != CNNVIZ_OK) {
			node->settings.out = before;
			graph_finish(graph, &error);
		}
	}
	free(name);
}
