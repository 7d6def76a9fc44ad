/**
 * \file    graph/bind.c
 * \brief   Tensors of a weights file into the places of a graph; random weights
 */
#include "graph/bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"

/** How many tensors of one kind are named in messages */
#define NAMED 10

/* ---- Binding ----------------------------------------------------------- */

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
	bool input_size = node->op == GRAPH_LINEAR && rank == 2 && tensor->rank == 2
			&& tensor->shape[0] == shape[0];
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

/* ---- Random weights ---------------------------------------------------- */

/** SplitMix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** FNV-1a of a name, mixed with the seed */
static uint64_t stream_of(uint64_t seed, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++) {
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	}
	hash ^= seed * UINT64_C(0x9e3779b97f4a7c15);
	return next_random(&hash);
}

/**
 * Mean 0, variance 1, within 3.47: a sum of four uniform 16-bit numbers is near enough
 * to a normal one, quick, and exact arithmetic on every machine.
 */
static float next_normal(uint64_t *state)
{
	const float deviation = 37837.23f; /* sqrt(4 * (65536^2 - 1) / 12) */
	uint64_t bits = next_random(state);
	int32_t sum = 0;

	for (int i = 0; i < 4; i++) {
		sum += (int32_t)(bits >> 16 * i & 0xffff);
	}
	return ((float)sum - 131070.0f) / deviation;
}

/** Share of an unpooling's output that is not zero */
static double unpooled_share(const struct graph *graph, const struct graph_node *node)
{
	const int64_t *in = graph->nodes[node->inputs[0]].shape.extent;
	const int64_t *out = node->shape.extent;
	double share = (double)(in[1] * in[2]) / (double)(out[1] * out[2]);

	return share < 1 ? share : 1;
}

/**
 * Expected mean square of each node's output for an input of mean square 1, which
 * tells the batch norms what there is to normalize.
 */
static void estimate_power(const struct graph *graph, double *power)
{
	power[0] = 1;
	for (size_t i = 1; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];
		double in = power[node->inputs[0]];
		double sum = 0;
		double weighted = 0;

		for (size_t k = 0; k < node->input_count; k++) {
			int32_t input = node->inputs[k];

			sum += power[input];
			weighted += power[input]
					* (double)graph->nodes[input].shape.extent[0];
		}
		switch (node->op) {
		case GRAPH_CONV2D:
		case GRAPH_CONV_TRANSPOSE2D:
		case GRAPH_LINEAR:
			power[i] = 2 * in;
			break;
		case GRAPH_MAX_UNPOOL2D:
			power[i] = in * unpooled_share(graph, node);
			break;
		case GRAPH_RELU:
		case GRAPH_RELU6:
		case GRAPH_SILU:
			power[i] = in / 2;
			break;
		case GRAPH_BATCH_NORM2D:
			power[i] = 1;
			break;
		case GRAPH_ADD:
			power[i] = sum;
			break;
		case GRAPH_CONCAT:
			power[i] = weighted / (double)node->shape.extent[0];
			break;
		default:
			power[i] = in;
			break;
		}
	}
}

/** How many products of a weight's values make up one value of the output, on average */
static double fan_in(const struct graph_node *node, const int64_t *weight)
{
	const struct graph_settings *settings = &node->settings;

	switch (node->op) {
	case GRAPH_CONV2D:
		return (double)(weight[1] * weight[2] * weight[3]);
	case GRAPH_CONV_TRANSPOSE2D:
		return (double)(weight[0] / settings->groups * weight[2] * weight[3])
				/ (double)(settings->stride[0] * settings->stride[1]);
	default:
		return (double)weight[1];
	}
}

/** Mean and deviation of one tensor's values */
static void choose_values(const struct graph *graph, const struct graph_node *node,
		enum graph_weight role, const int64_t *shape, const double *power,
		float *mean, float *deviation)
{
	double in = power[node->inputs[0]];

	*mean = 0;
	if (node->op == GRAPH_BATCH_NORM2D) {
		if (role == GRAPH_RUNNING_VAR) {
			*mean = (float)in;
			*deviation = (float)(0.1 * in);
		} else if (role == GRAPH_RUNNING_MEAN) {
			*deviation = (float)(0.1 * sqrt(in));
		} else {
			*mean = role == GRAPH_WEIGHT ? 1 : 0;
			*deviation = 0.1f;
		}
	} else if (role == GRAPH_WEIGHT) {
		*deviation = (float)sqrt(2.0 / fan_in(node, shape));
	} else {
		*deviation = (float)(0.05 * sqrt(power[node - graph->nodes]));
	}
}

static bool fill_tensor(struct weights_tensor *entry, uint64_t seed, float mean,
		float deviation)
{
	uint64_t state = stream_of(seed, entry->name);
	float *values;
	int64_t count;

	entry->tensor = tensor_create(entry->rank, entry->shape);
	if (entry->tensor == NULL) {
		return false;
	}
	values = tensor_mutable_data(entry->tensor);
	count = tensor_count(entry->tensor);
	for (int64_t i = 0; i < count; i++) {
		values[i] = mean + deviation * next_normal(&state);
	}
	return true;
}

struct weights *weights_random(const struct graph *graph, uint64_t seed)
{
	struct weights *weights = memory_new(1, sizeof(*weights));
	double *power = memory_new(graph->node_count, sizeof(*power));
	bool filled = true;

	weights->tensors = memory_new(graph->node_count * GRAPH_WEIGHT_COUNT,
			sizeof(*weights->tensors));
	estimate_power(graph, power);
	for (size_t i = 1; i < graph->node_count && filled; i++) {
		const struct graph_node *node = &graph->nodes[i];

		for (int r = 0; r < GRAPH_WEIGHT_COUNT && filled; r++) {
			enum graph_weight role = (enum graph_weight)r;
			struct weights_tensor *entry = &weights->tensors[weights->count];
			float mean, deviation;

			entry->rank = graph_weight_shape(graph, (int32_t)i, role,
					entry->shape);
			if (entry->rank == 0) {
				continue;
			}
			entry->name = memory_format("%s%s", node->name,
					graph_weight_suffix[role]);
			entry->dtype = memory_text("float32");
			choose_values(graph, node, role, entry->shape, power, &mean,
					&deviation);
			weights->count++;
			filled = fill_tensor(entry, seed, mean, deviation);
		}
	}
	free(power);
	if (!filled) {
		weights_free(weights);
		weights = NULL;
	}
	return weights;
}
