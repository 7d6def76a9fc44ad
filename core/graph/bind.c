/**
 * \file    graph/bind.c
 * \brief   Binds the tensors of a weights file to a graph
 */
#include "graph/bind.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/fit.h"
#include "graph/head.h"
#include "graph/operation.h"

/** Largest number of tensors with the same problem that are named in messages */
#define NAMED_MAX 10

struct binder {
	const struct graph *graph;
	struct weights *weights;
	const struct bind_request *request;
	struct problems *problems;
	struct fit fit;
	size_t wanted;
	size_t missing;
	size_t misshapen;
	size_t nonfinite;
	size_t extra;
};

/** Add a problem about [model] weights, unless enough of its kind have been named */
static void name_problem(struct binder *binder, size_t *count, const char *text)
{
	if (++*count <= NAMED_MAX) {
		problems_add(binder->problems, NULL, 0, "model", "weights", "%s", text);
	}
}

static void name_rest(struct binder *binder, size_t count, const char *kind)
{
	if (count > NAMED_MAX) {
		problems_add(binder->problems, NULL, 0, "model", "weights",
				"%s: and %zu more tensors %s", binder->request->path,
				count - NAMED_MAX, kind);
	}
}

static void report_missing(struct binder *binder, const char *name, uint32_t rank,
		const int64_t *shape)
{
	char dimensions[96];
	char *text = memory_format(
			"%s has no tensor %s%s, which %s requires with shape %s",
			binder->request->path, binder->fit.prefix, name,
			binder->graph->name,
			tensor_shape_text(rank, shape, dimensions, sizeof(dimensions)));

	name_problem(binder, &binder->missing, text);
	free(text);
}

static void report_shape(struct binder *binder, const struct graph_node *node,
		const struct fit_slot *slot, uint32_t rank, const int64_t *shape)
{
	const struct weights_tensor *tensor = slot->tensor;
	bool input_size = (node->op->flags & OPERATION_LINEAR) != 0 && rank == 2
			&& tensor->rank == 2 && tensor->shape[0] == shape[0];
	char wanted[96], found[192];
	char *text = memory_format("%s: tensor %s has shape %s, but %s needs %s%s",
			binder->request->path, tensor->name,
			tensor_shape_text(tensor->rank, tensor->shape, found,
					sizeof(found)),
			binder->graph->name,
			tensor_shape_text(rank, shape, wanted, sizeof(wanted)),
			input_size ? "; were these weights made for another input_size?"
				   : "");

	name_problem(binder, &binder->misshapen, text);
	free(text);
}

/** Values of a tensor that are not numbers, or too large ones for float32 */
static void report_nonfinite(struct binder *binder, const char *name,
		const cnnviz_tensor *tensor)
{
	const float *values = tensor_data(tensor);
	int64_t count = tensor_count(tensor), nans = 0, infinities = 0;
	char *text;

	for (int64_t i = 0; i < count; i++) {
		nans += isnan(values[i]) != 0;
		infinities += isinf(values[i]) != 0;
	}
	text = memory_format("%s: tensor %s has values that are not finite (%" PRId64
			     " NaN and %" PRId64 " infinite of %" PRId64
			     "): the training diverged, or the file is damaged; "
			     "allow_nonfinite = yes uses them anyway",
			binder->request->path, name, nans, infinities, count);
	name_problem(binder, &binder->nonfinite, text);
	free(text);
}

/** Bind a tensor that fits to a node. */
static void bind_tensor(struct binder *binder, struct weights_tensor *entry,
		const cnnviz_tensor **tensor)
{
	struct error error;

	if (weights_get(binder->weights, entry, tensor, &error) != CNNVIZ_OK) {
		problems_add(binder->problems, NULL, 0, "model", "weights", "%s",
				error.text);
	} else if (!binder->request->allow_nonfinite && entry->nonfinite) {
		report_nonfinite(binder, entry->name, *tensor);
	}
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
	struct fit_slot *slot;
	char *name;

	node->weights[role] = NULL;
	if (rank == 0) {
		return;
	}
	name = memory_format("%s%s", node->name, graph_weight_suffix[role]);
	slot = fit_find(&binder->fit, name);
	binder->wanted++;
	if (slot == NULL) {
		report_missing(binder, name, rank, shape);
	} else if (!same_shape(slot->tensor, rank, shape)) {
		report_shape(binder, node, slot, rank, shape);
	} else {
		bind_tensor(binder, slot->tensor, &node->weights[role]);
	}
	if (slot != NULL) {
		slot->taken = true;
	}
	free(name);
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), part = strlen(end);

	return length >= part && strcmp(name + length - part, end) == 0;
}

static bool may_be_extra(const struct graph *graph, const char *name)
{
	if (ends_in(name, "num_batches_tracked")) {
		return true;
	}
	for (char **prefix = graph->ignored; prefix != NULL && *prefix != NULL;
			prefix++) {
		if (**prefix == '*' ? ends_in(name, *prefix + 1)
				    : strncmp(name, *prefix, strlen(*prefix)) == 0) {
			return true;
		}
	}
	return false;
}

static void check_extra(struct binder *binder)
{
	for (size_t i = 0; i < binder->fit.count; i++) {
		const struct fit_slot *slot = &binder->fit.slots[i];
		const struct weights_tensor *tensor = slot->tensor;
		char shape[192];
		char *text;

		if (slot->taken || may_be_extra(binder->graph, slot->name)) {
			continue;
		}
		text = memory_format("%s has a tensor %s with shape %s, for which %s has "
				     "no layer; if it is not needed, add it to ignore in "
				     "the network's description",
				binder->request->path, tensor->name,
				tensor_shape_text(tensor->rank, tensor->shape, shape,
						sizeof(shape)),
				binder->graph->name);
		name_problem(binder, &binder->extra, text);
		free(text);
	}
}

/** If nothing fits, one message is better than twenty. */
static void report_other_architecture(struct binder *binder, size_t before)
{
	struct problems *problems = binder->problems;
	const char *example = binder->fit.count > 0 ? binder->fit.slots[0].tensor->name
						    : NULL;

	while (problems->count > before) {
		struct problem *last = &problems->items[--problems->count];

		free(last->file);
		free(last->section);
		free(last->key);
		free(last->text);
	}
	problems_add(problems, NULL, 0, "model", "weights",
			"%s has none of the %zu tensors that %s requires%s%s%s; it has "
			"the weights of a different architecture",
			binder->request->path, binder->wanted, binder->graph->name,
			example != NULL ? " (it has " : "",
			example != NULL ? example : "", example != NULL ? ")" : "");
}

void graph_bind(struct graph *graph, struct weights *weights,
		const struct bind_request *request, struct problems *problems)
{
	struct binder binder = {
		.graph = graph,
		.weights = weights,
		.request = request,
		.problems = problems,
	};
	size_t before = problems->count;
	struct error error;

	if (fit_weights(graph, weights, request->path, request->key, &binder.fit, &error)
			!= CNNVIZ_OK) {
		problems_add(problems, NULL, 0, "model", "weights_key", "%s", error.text);
		return;
	}
	head_adopt(graph, &binder.fit);
	for (size_t i = 0; i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			bind_role(&binder, &graph->nodes[i], (int32_t)i,
					(enum graph_weight)role);
		}
	}
	if (binder.missing > 0 && binder.missing == binder.wanted) {
		report_other_architecture(&binder, before);
	} else {
		name_rest(&binder, binder.missing, "are missing");
		name_rest(&binder, binder.misshapen, "have another shape");
		name_rest(&binder, binder.nonfinite, "have values that are not finite");
		check_extra(&binder);
		name_rest(&binder, binder.extra, "do not belong to the network");
	}
	fit_clear(&binder.fit);
}
