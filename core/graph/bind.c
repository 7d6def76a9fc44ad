/**
 * \file    graph/bind.c
 * \brief   Tensors of a weights file into the places of a graph
 */
#include "graph/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"

/** How many tensors of one kind are named in messages */
#define NAMED 10

/** A tensor of the file under the name that the network has for it */
struct slot {
	char *name;
	struct weights_tensor *tensor;
	bool taken;
};

struct binder {
	const struct graph *graph;
	struct weights *weights;
	const char *path;
	struct problems *problems;
	struct slot *slots; /* sorted by name */
	size_t wanted;
	size_t missing;
	size_t misshapen;
	size_t extra;
};

static int compare_slots(const void *a, const void *b)
{
	return strcmp(((const struct slot *)a)->name, ((const struct slot *)b)->name);
}

/** Every OLD in a name replaced by its NEW */
static char *rename_tensor(const struct graph *graph, const char *name)
{
	char *result = memory_text(name);

	for (size_t i = 0; i < graph->rename_count; i++) {
		const struct graph_rename *rename = &graph->renames[i];
		char *found = strstr(result, rename->from);

		if (found != NULL) {
			char *next = memory_format("%.*s%s%s", (int)(found - result),
					result, rename->to, found + strlen(rename->from));

			free(result);
			result = next;
		}
	}
	return result;
}

static struct slot *find_slot(struct binder *binder, const char *name)
{
	struct slot key = { .name = (char *)(uintptr_t)name };

	if (binder->weights->count == 0) {
		return NULL;
	}
	return bsearch(&key, binder->slots, binder->weights->count,
			sizeof(*binder->slots), compare_slots);
}

/** A problem about [model] weights, unless enough of its kind were named */
static void name_problem(struct binder *binder, size_t *count, const char *text)
{
	if (++*count <= NAMED) {
		problems_add(binder->problems, NULL, 0, "model", "weights", "%s", text);
	}
}

static void name_rest(struct binder *binder, size_t count, const char *kind)
{
	if (count > NAMED) {
		problems_add(binder->problems, NULL, 0, "model", "weights",
				"%s: and %zu more tensors %s", binder->path,
				count - NAMED, kind);
	}
}

static void report_missing(struct binder *binder, const char *name, uint32_t rank,
		const int64_t *shape)
{
	char dimensions[96];
	char *text = memory_format("%s has no tensor %s, which %s needs with shape %s",
			binder->path, name, binder->graph->name,
			tensor_shape_text(rank, shape, dimensions, sizeof(dimensions)));

	name_problem(binder, &binder->missing, text);
	free(text);
}

static void report_shape(struct binder *binder, const struct graph_node *node,
		const struct slot *slot, uint32_t rank, const int64_t *shape)
{
	const struct weights_tensor *tensor = slot->tensor;
	bool input_size = (node->op->flags & OPERATION_LINEAR) != 0 && rank == 2
			&& tensor->rank == 2 && tensor->shape[0] == shape[0];
	char wanted[96], found[192];
	char *text = memory_format("%s: tensor %s has shape %s, but %s needs %s%s",
			binder->path, slot->name,
			tensor_shape_text(tensor->rank, tensor->shape, found,
					sizeof(found)),
			binder->graph->name,
			tensor_shape_text(rank, shape, wanted, sizeof(wanted)),
			input_size ? "; were these weights made for another input_size?"
				   : "");

	name_problem(binder, &binder->misshapen, text);
	free(text);
}

static bool same_shape(const struct weights_tensor *tensor, uint32_t rank,
		const int64_t *shape)
{
	return tensor->rank == rank
			&& memcmp(tensor->shape, shape, rank * sizeof(*shape)) == 0;
}

static void bind_role(struct binder *binder, struct graph_node *node, int32_t index,
		enum graph_weight role)
{
	int64_t shape[4];
	uint32_t rank = graph_weight_shape(binder->graph, index, role, shape);
	struct slot *slot;
	struct error error;
	char *name;

	node->weights[role] = NULL;
	if (rank == 0) {
		return;
	}
	name = memory_format("%s%s", node->name, graph_weight_suffix[role]);
	slot = find_slot(binder, name);
	binder->wanted++;
	if (slot == NULL) {
		report_missing(binder, name, rank, shape);
	} else if (!same_shape(slot->tensor, rank, shape)) {
		report_shape(binder, node, slot, rank, shape);
	} else if (weights_get(binder->weights, slot->tensor, &node->weights[role],
				   &error)
			!= CNNVIZ_OK) {
		problems_add(binder->problems, NULL, 0, "model", "weights", "%s",
				error.text);
	}
	if (slot != NULL) {
		slot->taken = true;
	}
	free(name);
}

static bool may_be_extra(const struct graph *graph, const char *name)
{
	static const char counter[] = "num_batches_tracked";
	size_t length = strlen(name);

	if (length >= strlen(counter)
			&& strcmp(name + length - strlen(counter), counter) == 0) {
		return true;
	}
	for (char **prefix = graph->ignored; prefix != NULL && *prefix != NULL;
			prefix++) {
		if (strncmp(name, *prefix, strlen(*prefix)) == 0) {
			return true;
		}
	}
	return false;
}

static void check_extra(struct binder *binder)
{
	for (size_t i = 0; i < binder->weights->count; i++) {
		const struct slot *slot = &binder->slots[i];
		const struct weights_tensor *tensor = slot->tensor;
		char shape[192];
		char *text;

		if (slot->taken || may_be_extra(binder->graph, slot->name)) {
			continue;
		}
		text = memory_format("%s has a tensor %s with shape %s, for which %s has "
				     "no layer",
				binder->path, tensor->name,
				tensor_shape_text(tensor->rank, tensor->shape, shape,
						sizeof(shape)),
				binder->graph->name);
		name_problem(binder, &binder->extra, text);
		free(text);
	}
}

/** Nothing fits: one sentence says more than twenty. */
static void report_stranger(struct binder *binder, size_t before)
{
	struct problems *problems = binder->problems;
	const char *example = binder->weights->count > 0
			? binder->weights->tensors[0].name
			: NULL;

	while (problems->count > before) {
		struct problem *last = &problems->items[--problems->count];

		free(last->file);
		free(last->section);
		free(last->key);
		free(last->text);
	}
	problems_add(problems, NULL, 0, "model", "weights",
			"%s has none of the %zu tensors that %s needs%s%s%s; it holds "
			"the "
			"weights of another architecture",
			binder->path, binder->wanted, binder->graph->name,
			example != NULL ? " (it has " : "",
			example != NULL ? example : "", example != NULL ? ")" : "");
}

void graph_bind(struct graph *graph, struct weights *weights, const char *path,
		struct problems *problems)
{
	struct binder binder = {
		.graph = graph,
		.weights = weights,
		.path = path,
		.problems = problems,
	};
	size_t before = problems->count;

	binder.slots = memory_new(weights->count + 1, sizeof(*binder.slots));
	for (size_t i = 0; i < weights->count; i++) {
		binder.slots[i].name = rename_tensor(graph, weights->tensors[i].name);
		binder.slots[i].tensor = &weights->tensors[i];
	}
	qsort(binder.slots, weights->count, sizeof(*binder.slots), compare_slots);

	for (size_t i = 0; i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			bind_role(&binder, &graph->nodes[i], (int32_t)i,
					(enum graph_weight)role);
		}
	}
	if (binder.missing > 0 && binder.missing == binder.wanted) {
		report_stranger(&binder, before);
	} else {
		name_rest(&binder, binder.missing, "are missing");
		name_rest(&binder, binder.misshapen, "have another shape");
		check_extra(&binder);
		name_rest(&binder, binder.extra, "have no place in the network");
	}
	for (size_t i = 0; i < weights->count; i++) {
		free(binder.slots[i].name);
	}
	free(binder.slots);
}
