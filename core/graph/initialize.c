/**
 * \file    graph/initialize.c
 * \brief   Seeded random weights
 */
#include "graph/bind.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "graph/operation.h"

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
 * Mean 0, variance 1, within 3.47: a sum of four uniform 16-bit numbers is a good
 * approximation of a normal one, fast, and exact on every machine.
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

/**
 * Expected mean square of each node's output for an input of mean square 1, by which
 * batch norms normalize.
 */
static void estimate_power(const struct graph *graph, double *power)
{
	power[0] = 1;
	for (size_t i = 1; i < graph->node_count; i++) {
		const struct graph_node *node = &graph->nodes[i];

		power[i] = node->op->power != NULL ? node->op->power(graph, node, power)
						   : power[node->inputs[0]];
	}
}

/** How the values of one tensor are distributed */
struct distribution {
	float mean;
	float deviation;
};

/** in: expected mean square of the input */
static struct distribution of_normalization(enum graph_weight role, double in)
{
	switch (role) {
	case GRAPH_RUNNING_VAR:
		return (struct distribution){ (float)in, (float)(0.1 * in) };
	case GRAPH_RUNNING_MEAN:
		return (struct distribution){ 0, (float)(0.1 * sqrt(in)) };
	default:
		return (struct distribution){ role == GRAPH_WEIGHT ? 1 : 0, 0.1f };
	}
}

static struct distribution choose_distribution(const struct graph *graph, size_t index,
		enum graph_weight role, const int64_t *shape, const double *power)
{
	const struct graph_node *node = &graph->nodes[index];

	if ((node->op->flags & OPERATION_NORMALIZES) != 0) {
		return of_normalization(role, power[node->inputs[0]]);
	}
	return (struct distribution){
		.deviation = role == GRAPH_WEIGHT
				? (float)sqrt(2.0 / node->op->fan_in(node, shape))
				: (float)(0.05 * sqrt(power[index])),
	};
}

static bool fill_tensor(struct weights_tensor *entry, uint64_t seed,
		struct distribution distribution)
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
		values[i] = distribution.mean
				+ distribution.deviation * next_normal(&state);
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

			entry->rank = graph_weight_shape(graph, (int32_t)i, role,
					entry->shape);
			if (entry->rank == 0) {
				continue;
			}
			entry->name = memory_format("%s%s", node->name,
					graph_weight_suffix[role]);
			entry->dtype = memory_text("float32");
			weights->count++;
			filled = fill_tensor(entry, seed,
					choose_distribution(graph, i, role, entry->shape,
							power));
		}
	}
	weights->groups = memory_new(1, sizeof(*weights->groups));
	weights->groups[0] = (struct weights_group){
		.name = memory_text(""),
		.count = weights->count,
	};
	weights->group_count = 1;
	free(power);
	if (!filled) {
		weights_free(weights);
		weights = NULL;
	}
	return weights;
}
