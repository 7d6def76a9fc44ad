/**
 * \file    graph/fit.c
 * \brief   Matches the tensors of a weights file with the names in a network
 */
#include "graph/fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

/**
 * Largest number of prefixes that are counted; more only occur with many similar
 * blocks.
 */
#define PREFIXES_MAX 256

/** Number of keys named in messages */
#define NAMED 8

/** A prefix within a group, and the number of the network's names that follow it */
struct candidate {
	const struct weights_group *group;
	char *prefix;
	char *label;
	size_t found;
};

struct search {
	const struct graph *graph;
	const struct weights *weights;
	char **names; /* names of the network's tensors, sorted */
	size_t wanted_count;
	struct candidate *candidates; /* the best for each prefix; best first */
	size_t count;
};

/* ---- Names --------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_names(struct search *search)
{
	const struct graph *graph = search->graph;

	search->names = memory_new(graph->node_count * GRAPH_WEIGHT_COUNT + 1,
			sizeof(*search->names));
	for (size_t i = 0; i < graph->node_count; i++) {
		for (int role = 0; role < GRAPH_WEIGHT_COUNT; role++) {
			int64_t shape[4];

			if (graph_weight_shape(graph, (int32_t)i, (enum graph_weight)role,
					    shape)
					> 0) {
				search->names[search->wanted_count++] = memory_format(
						"%s%s", graph->nodes[i].name,
						graph_weight_suffix[role]);
			}
		}
	}
	qsort(search->names, search->wanted_count, sizeof(*search->names), compare_texts);
}

/** Position and length of the text to replace in a name; NULL if it is not there */
static const char *find_old(const char *name, const char *old, size_t *length)
{
	size_t size = strlen(old);
	bool first = old[0] == '^', last = size > 0 && old[size - 1] == '$';
	const char *place = name;

	*length = size - first - (size > first ? last : 0);
	if (first || last) {
		place += !first && strlen(name) > *length ? strlen(name) - *length : 0;
		return strncmp(place, old + first, *length) == 0
						&& (!last || place[*length] == '\0')
				? place
				: NULL;
	}
	return strstr(name, old);
}

/** Whether an OLD of that length stands there as the beginning of its NEW already */
static bool is_renamed(const char *found, size_t length, const char *new)
{
	return strlen(new) > length && strncmp(found, new, strlen(new)) == 0;
}

/** Replace every OLD in a name by its NEW */
static char *rename_tensor(const struct graph *graph, const char *name)
{
	char *result = memory_text(name);

	for (size_t i = 0; i < graph->rename_count; i++) {
		const struct graph_rename *rename = &graph->renames[i];
		size_t length;
		const char *found = find_old(result, rename->from, &length);

		if (found != NULL && !is_renamed(found, length, rename->to)) {
			char *next = memory_format("%.*s%s%s", (int)(found - result),
					result, rename->to, found + length);

			free(result);
			result = next;
		}
	}
	return result;
}

static bool is_name(const struct search *search, const char *name)
{
	char *renamed = rename_tensor(search->graph, name);
	bool names = search->wanted_count > 0
			&& bsearch(&renamed, search->names, search->wanted_count,
					   sizeof(*search->names), compare_texts)
					!= NULL;

	free(renamed);
	return names;
}

/** "GROUP.PREFIX" without the last dot; malloc'ed */
static char *make_label(const char *group, const char *prefix)
{
	size_t length = strlen(prefix);

	return memory_format("%s%s%.*s", group, group[0] != '\0' && length > 0 ? "." : "",
			(int)(length > 0 ? length - 1 : 0), prefix);
}

/* ---- Candidates ---------------------------------------------------------------- */

/** Count a name of the network that follows a prefix of a group. */
static void count_prefix(struct search *search, size_t first,
		const struct weights_group *group, const char *prefix, size_t length)
{
	struct candidate *candidate;

	for (size_t i = first; i < search->count; i++) {
		candidate = &search->candidates[i];
		if (strlen(candidate->prefix) == length
				&& memcmp(candidate->prefix, prefix, length) == 0) {
			candidate->found++;
			return;
		}
	}
	if (search->count - first == PREFIXES_MAX) {
		return;
	}
	search->candidates = memory_resize(search->candidates, search->count + 1,
			sizeof(*search->candidates));
	candidate = &search->candidates[search->count++];
	*candidate = (struct candidate){
		.group = group,
		.prefix = memory_text_n(prefix, length),
		.found = 1,
	};
	candidate->label = make_label(group->name, candidate->prefix);
}

/** Try each name of a group: the whole name, then the part after each dot. */
static void list_candidates(struct search *search, const struct weights_group *group)
{
	size_t first = search->count;

	for (size_t i = 0; i < group->count; i++) {
		const char *name = search->weights->tensors[group->first + i].name;
		const char *rest = name;

		while (rest != NULL && !is_name(search, rest)) {
			const char *dot = strchr(rest, '.');

			rest = dot != NULL ? dot + 1 : NULL;
		}
		if (rest != NULL) {
			count_prefix(search, first, group, name, (size_t)(rest - name));
		}
	}
}

static void drop_candidate(struct search *search, size_t i)
{
	free(search->candidates[i].prefix);
	free(search->candidates[i].label);
	search->candidates[i] = search->candidates[--search->count];
}

/** Most names first, then the first group, then the shortest prefix */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->found != y->found) {
		return x->found > y->found ? -1 : 1;
	}
	if (x->group != y->group) {
		return x->group->first < y->group->first ? -1 : 1;
	}
	return strcmp(x->prefix, y->prefix);
}

/**
 * Keep the candidates with the most names. A prefix with few names belongs to a block
 * that resembles the start of the network.
 */
static void keep_best(struct search *search)
{
	size_t best = 0;

	for (size_t i = search->count; i > 0; i--) {
		const struct candidate *candidate = &search->candidates[i - 1];

		if (candidate->prefix[0] != '\0'
				&& 2 * candidate->found < search->wanted_count) {
			drop_candidate(search, i - 1);
		} else if (candidate->found > best) {
			best = candidate->found;
		}
	}
	for (size_t i = search->count; i > 0; i--) {
		if (search->candidates[i - 1].found < best) {
			drop_candidate(search, i - 1);
		}
	}
	if (search->count > 0) {
		qsort(search->candidates, search->count, sizeof(*search->candidates),
				compare_candidates);
	}
}

/* ---- The choice ---------------------------------------------------------------- */

/** Whether a key names a group, or one with a prefix */
static bool matches_key(const struct weights_group *group, const char *label,
		const char *key)
{
	return strcmp(group->name, key) == 0 || strcmp(label, key) == 0;
}

/** "a, b, c" of at most NAMED keys; malloc'ed */
static char *list_keys(const struct search *search)
{
	const struct weights *weights = search->weights;
	bool labels = search->count > 0;
	size_t count = labels ? search->count : weights->group_count;
	char *text = memory_text("");

	for (size_t i = 0; i < count && i < NAMED; i++) {
		const char *name = labels ? search->candidates[i].label
					  : weights->groups[i].name;
		char *longer = memory_format("%s%s%s", text, i > 0 ? ", " : "",
				name[0] != '\0' ? name : "\"\" (the file's root)");

		free(text);
		text = longer;
	}
	return text;
}

/** The candidate that is preferred to equal ones, or NULL */
static const struct candidate *find_preferred(const struct search *search)
{
	static const char *const groups[] = { "state_dict", "model", "" };

	for (size_t k = 0; k < sizeof(groups) / sizeof(*groups); k++) {
		const struct candidate *found = NULL;
		size_t count = 0;

		for (size_t i = 0; i < search->count; i++) {
			if (strcmp(search->candidates[i].group->name, groups[k]) == 0) {
				found = &search->candidates[i];
				count++;
			}
		}
		if (count > 0) {
			return count == 1 ? found : NULL;
		}
	}
	return NULL;
}

static cnnviz_status choose(const struct search *search, const char *path,
		const struct candidate **chosen, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;
	char *keys;

	*chosen = search->count > 0 ? search->candidates : NULL;
	if (search->count < 2) {
		return CNNVIZ_OK;
	}
	*chosen = find_preferred(search);
	keys = list_keys(search);
	if (*chosen == NULL) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has weights of %s more than once: %s; choose with "
				"weights_key, as in weights_key = %s",
				path, search->graph->name, keys,
				search->candidates[0].label);
	} else {
		log_write(LOG_LEVEL_INFO,
				"%s has weights of %s more than once (%s); those of %s "
				"are used, unless weights_key in [model] names others",
				path, search->graph->name, keys, (*chosen)->label);
	}
	free(keys);
	return status;
}

/** Fill the slots with the tensors, under the network's names */
static void fill_slots(const struct search *search, const struct weights_group *group,
		struct fit *fit)
{
	size_t length = strlen(fit->prefix);

	fit->slots = memory_new(group->count + 1, sizeof(*fit->slots));
	for (size_t i = 0; i < group->count; i++) {
		struct weights_tensor *tensor =
				&search->weights->tensors[group->first + i];

		if (strncmp(tensor->name, fit->prefix, length) == 0) {
			fit->slots[fit->count++] = (struct fit_slot){
				.name = rename_tensor(search->graph,
						tensor->name + length),
				.tensor = tensor,
			};
		}
	}
}

static int compare_slots(const void *a, const void *b)
{
	return strcmp(((const struct fit_slot *)a)->name,
			((const struct fit_slot *)b)->name);
}

static void sort_slots(struct fit *fit)
{
	if (fit->count > 0) {
		qsort(fit->slots, fit->count, sizeof(*fit->slots), compare_slots);
	}
}

/** The group that a key names, or the largest one */
static const struct weights_group *find_group(const struct weights *weights,
		const char *key)
{
	const struct weights_group *found = NULL;

	for (size_t i = 0; i < weights->group_count; i++) {
		const struct weights_group *group = &weights->groups[i];

		if (key != NULL && strcmp(group->name, key) != 0) {
			continue;
		}
		if (found == NULL || group->count > found->count) {
			found = group;
		}
	}
	return found;
}

static cnnviz_status no_such_key(const struct search *search, const char *path,
		const char *key, struct error *error)
{
	char *keys;
	cnnviz_status status;

	if (key == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s has no tensors", path);
	}
	keys = list_keys(search);
	status = error_set(error, CNNVIZ_ERROR_INPUT,
			"%s has no tensors under weights_key = %s; there are tensors "
			"under %s",
			path, key, keys);

	free(keys);
	return status;
}

/** Fill in the fit from a candidate, or from a group, or nothing if there is neither. */
static void use_candidate(const struct search *search, const struct candidate *chosen,
		const struct weights_group *group, struct fit *fit)
{
	if (chosen != NULL) {
		group = chosen->group;
	}
	fit->prefix = memory_text(chosen != NULL ? chosen->prefix : "");
	if (group != NULL) {
		fill_slots(search, group, fit);
	}
	sort_slots(fit);
}

/** Search for the network in all groups, or only at a key. */
static void list_all(struct search *search, const char *key)
{
	for (size_t i = 0; i < search->weights->group_count; i++) {
		list_candidates(search, &search->weights->groups[i]);
	}
	for (size_t i = search->count; key != NULL && i > 0; i--) {
		const struct candidate *candidate = &search->candidates[i - 1];

		if (!matches_key(candidate->group, candidate->label, key)) {
			drop_candidate(search, i - 1);
		}
	}
	keep_best(search);
}

cnnviz_status fit_weights(const struct graph *graph, const struct weights *weights,
		const char *path, const char *key, struct fit *fit, struct error *error)
{
	struct search search = { .graph = graph, .weights = weights };
	const struct candidate *chosen = NULL;
	const struct weights_group *group = find_group(weights, key);
	cnnviz_status status;

	*fit = (struct fit){ 0 };
	list_names(&search);
	list_all(&search, key);
	status = choose(&search, path, &chosen, error);
	/* A network of pools and activations wants no weights. */
	if (status == CNNVIZ_OK && chosen == NULL && group == NULL
			&& (key != NULL || search.wanted_count > 0)) {
		status = no_such_key(&search, path, key, error);
	}
	if (status == CNNVIZ_OK) {
		use_candidate(&search, chosen, group, fit);
	}
	while (search.count > 0) {
		drop_candidate(&search, search.count - 1);
	}
	free(search.candidates);
	for (size_t i = 0; i < search.wanted_count; i++) {
		free(search.names[i]);
	}
	free(search.names);
	return status;
}

struct fit_slot *fit_find(const struct fit *fit, const char *name)
{
	const struct fit_slot names = { .name = (char *)(uintptr_t)name };

	return fit->count == 0 ? NULL
			       : bsearch(&names, fit->slots, fit->count,
					       sizeof(*fit->slots), compare_slots);
}

void fit_rename(struct fit *fit, const char *from, const char *to)
{
	size_t length = strlen(from);

	for (size_t i = 0; i < fit->count; i++) {
		char *name = fit->slots[i].name;

		if (strncmp(name, from, length) == 0) {
			fit->slots[i].name = memory_format("%s%s", to, name + length);
			free(name);
		}
	}
	sort_slots(fit);
}

void fit_clear(struct fit *fit)
{
	for (size_t i = 0; i < fit->count; i++) {
		free(fit->slots[i].name);
	}
	free(fit->slots);
	free(fit->prefix);
	*fit = (struct fit){ 0 };
}
