/**
 * \file    graph/block_find.c
 * \brief   Finds what comes again and again in a graph
 */
#include "graph/block_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/name_index.h"
#include "graph/operation.h"

/** A module that may be one of several */
struct candidate {
	struct block_use use;
	uint64_t hash; /* of all that is equal in a group */
	bool open;     /* neither refused nor taken */
};

struct search {
	const struct graph *graph;
	struct candidate *candidates;
	size_t count;
};

/* ---- Candidates ---------------------------------------------------------------- */

/** Add a node to the module of a name, which must be of neighbors. */
static void extend(struct search *search, struct name_index *index, const char *name,
		size_t node)
{
	bool known;
	int64_t *number = name_index_add(index, name, &known);

	if (!known) {
		*number = (int64_t)search->count++;
		search->candidates = memory_resize(search->candidates, search->count,
				sizeof(*search->candidates));
		search->candidates[*number] = (struct candidate){
			.use = { .first = node, .end = node, .name = memory_text(name) },
			.open = true,
		};
	}

	struct candidate *candidate = &search->candidates[*number];

	candidate->open = candidate->open && candidate->use.end == node;
	candidate->use.end = node + 1;
}

static void list_modules(struct search *search)
{
	struct name_index index = { 0 };

	for (size_t i = 1; i < search->graph->node_count; i++) {
		char *name = memory_text(search->graph->nodes[i].name);

		for (char *dot = strrchr(name, '.'); dot != NULL;
				dot = strrchr(name, '.')) {
			*dot = '\0';
			extend(search, &index, name, i);
		}
		free(name);
	}
	/* A line cannot have the name of a layer and of a block. */
	for (size_t i = 1; i < search->graph->node_count; i++) {
		const int64_t *number = name_index_find(&index,
				search->graph->nodes[i].name);

		if (number != NULL) {
			search->candidates[*number].open = false;
		}
	}
	name_index_free(&index);
}

/** A node's name within its module */
static const char *name_within(const struct search *search, const struct block_use *use,
		size_t node)
{
	return search->graph->nodes[node].name + strlen(use->name) + 1;
}

/** Number of an input within a module, from 1; 0 for what it takes */
static int64_t input_within(const struct block_use *use, int32_t input)
{
	return (size_t)input < use->first ? 0 : input - (int64_t)use->first + 1;
}

/** Whether all that a module takes is one node; finds it */
static bool find_input(const struct search *search, struct block_use *use)
{
	use->input = CNNVIZ_LAYER_NONE;
	for (size_t i = use->first; i < use->end; i++) {
		const struct graph_node *node = &search->graph->nodes[i];

		for (size_t k = 0; k < node->input_count; k++) {
			int32_t input = node->inputs[k];

			if (input_within(use, input) > 0) {
				continue;
			}
			if (use->input != CNNVIZ_LAYER_NONE && use->input != input) {
				return false;
			}
			use->input = input;
		}
	}
	return use->input != CNNVIZ_LAYER_NONE;
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++) {
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	}
	return hash;
}

/** Hash of what must be equal in a group; see is_alike() */
static uint64_t hash_module(const struct search *search, const struct block_use *use)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = use->first; i < use->end; i++) {
		const struct graph_node *node = &search->graph->nodes[i];
		const char *name = name_within(search, use, i);

		hash = hash_bytes(hash, name, strlen(name) + 1);
		hash = hash_bytes(hash, node->op->name, strlen(node->op->name) + 1);
		for (size_t k = 0; k < node->input_count; k++) {
			int64_t input = input_within(use, node->inputs[k]);

			hash = hash_bytes(hash, &input, sizeof(input));
		}
	}
	return hash;
}

static bool is_alike(const struct search *search, const struct block_use *a,
		const struct block_use *b)
{
	bool alike = a->end - a->first == b->end - b->first;

	for (size_t i = 0; alike && i < a->end - a->first; i++) {
		const struct graph_node *one = &search->graph->nodes[a->first + i];
		const struct graph_node *other = &search->graph->nodes[b->first + i];

		alike = one->op == other->op && one->input_count == other->input_count
				&& strcmp(name_within(search, a, a->first + i),
						   name_within(search, b, b->first + i))
						== 0;
		for (size_t k = 0; alike && k < one->input_count; k++) {
			alike = input_within(a, one->inputs[k])
					== input_within(b, other->inputs[k]);
		}
	}
	return alike;
}

/** Whether a layer in a module has the name that stands for what the module takes */
static bool names_input(const struct search *search, const struct block_use *use)
{
	for (size_t i = use->first; i < use->end; i++) {
		if (strcmp(name_within(search, use, i), operation_input.name) == 0) {
			return true;
		}
	}
	return false;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;

	if (one->hash != other->hash) {
		return one->hash < other->hash ? -1 : 1;
	}
	return (one->use.first > other->use.first) - (one->use.first < other->use.first);
}

/** Find what modules take, and put those beside each other that may be alike. */
static void check_candidates(struct search *search)
{
	for (size_t i = 0; i < search->count; i++) {
		struct candidate *candidate = &search->candidates[i];
		struct block_use *use = &candidate->use;

		candidate->open = candidate->open && use->end - use->first > 1
				&& find_input(search, use) && !names_input(search, use);
		candidate->hash = candidate->open ? hash_module(search, use) : 0;
	}
	if (search->count == 0) {
		return;
	}
	qsort(search->candidates, search->count, sizeof(*search->candidates),
			compare_candidates);
}

/* ---- Groups -------------------------------------------------------------------- */

/** How many nodes a group need not be written; end: behind its last candidate */
static size_t count_saved(const struct search *search, size_t first, size_t *end)
{
	const struct candidate *model = &search->candidates[first];
	size_t nodes = model->use.end - model->use.first, count = 0;

	for (*end = first; *end < search->count
			&& search->candidates[*end].hash == model->hash;
			++*end) {
		const struct candidate *candidate = &search->candidates[*end];

		count += candidate->open
				&& is_alike(search, &model->use, &candidate->use);
	}
	/* The block is written once, and a line each time that it is used. */
	return count > 1 && count * nodes > count + nodes ? count * nodes - count - nodes
							  : 0;
}

/** First candidate of the group that saves most, or count */
static size_t choose_group(const struct search *search)
{
	size_t best = search->count, most = 0, end;

	for (size_t i = 0; i < search->count; i = end) {
		end = i + 1;
		if (search->candidates[i].open) {
			size_t saved = count_saved(search, i, &end);

			if (saved > most) {
				best = i;
				most = saved;
			}
		}
	}
	return best;
}

/** Close candidates that have nodes in common with one that is taken. */
static void close_others(struct search *search, const struct block_use *taken)
{
	for (size_t i = 0; i < search->count; i++) {
		const struct block_use *use = &search->candidates[i].use;

		if (use->first < taken->end && taken->first < use->end) {
			search->candidates[i].open = false;
		}
	}
}

static void take_group(struct search *search, size_t first, struct block_uses *uses)
{
	const struct block_use model = search->candidates[first].use;
	uint64_t hash = search->candidates[first].hash;

	for (size_t i = first; i < search->count && search->candidates[i].hash == hash;
			i++) {
		struct block_use *use = &search->candidates[i].use;

		if (!search->candidates[i].open || !is_alike(search, &model, use)) {
			continue;
		}
		uses->items = memory_resize(uses->items, uses->count + 1,
				sizeof(*uses->items));
		uses->items[uses->count] = *use;
		uses->items[uses->count].name = memory_text(use->name);
		uses->items[uses->count++].group = uses->group_count;
		close_others(search, use);
	}
	uses->group_count++;
}

static int compare_uses(const void *a, const void *b)
{
	const struct block_use *one = a, *other = b;

	return (one->first > other->first) - (one->first < other->first);
}

struct block_uses block_find_uses(const struct graph *graph)
{
	struct search search = { .graph = graph };
	struct block_uses uses = { .items = NULL };
	size_t group;

	list_modules(&search);
	check_candidates(&search);
	while ((group = choose_group(&search)) < search.count) {
		take_group(&search, group, &uses);
	}
	if (uses.count > 0) {
		qsort(uses.items, uses.count, sizeof(*uses.items), compare_uses);
	}
	for (size_t i = 0; i < search.count; i++) {
		free(search.candidates[i].use.name);
	}
	free(search.candidates);
	return uses;
}

void block_uses_free(struct block_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		free(uses->items[i].name);
	}
	free(uses->items);
	*uses = (struct block_uses){ .items = NULL };
}
