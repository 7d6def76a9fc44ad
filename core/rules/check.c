/**
 * \file    rules/check.c
 * \brief   Whether a composite makes sense
 */
#include "rules/check.h"

#include <math.h>
#include <string.h>

#include "graph/operation.h"

/* In the order of CNNVIZ_RULE_* */
static const struct {
	const char *name;
	bool of_weights;
} kinds[] = {
	{ "plain", false },
	{ "guided", false },
	{ "deconvnet", false },
	{ "redirected", false },
	{ "pass", false },
	{ "epsilon", false },
	{ "gamma", true },
	{ "alpha_beta", true },
	{ "z_plus", true },
	{ "z_box", true },
	{ "w_square", true },
	{ "flat", true },
	{ "excitation", true },
	{ "inhibition", true },
	{ "rescale", false },
	{ "reveal_cancel", false },
	{ "callback", false },
};

#define ALL_POSITIONS \
	(CNNVIZ_AT_FIRST | CNNVIZ_AT_LAST | CNNVIZ_AT_BEFORE_POOLING \
			| CNNVIZ_AT_AFTER_POOLING)

const char *rule_kind_name(uint32_t kind)
{
	return kinds[kind].name;
}

bool rule_is_of_weights(uint32_t kind)
{
	return kinds[kind].of_weights;
}

bool rule_node_has_weights(const struct graph *graph, int32_t node)
{
	return (graph->nodes[node].op->flags & (OPERATION_CONVOLUTION | OPERATION_LINEAR))
			!= 0;
}

bool rule_can_act(const struct graph *graph, int32_t node, uint32_t kind)
{
	uint32_t flags = graph->nodes[node].op->flags;

	if (node == 0 || (flags & (OPERATION_CONSTANT | OPERATION_UNPOOLS)) != 0) {
		return kind == CNNVIZ_RULE_PLAIN;
	}
	switch (kind) {
	case CNNVIZ_RULE_GUIDED:
	case CNNVIZ_RULE_DECONVNET:
		return (flags & OPERATION_RULED) != 0;
	case CNNVIZ_RULE_REDIRECTED:
		return (flags & OPERATION_RECTIFIES) != 0;
	case CNNVIZ_RULE_PASS:
		return (flags & (OPERATION_ELEMENTWISE | OPERATION_NORMALIZES)) != 0;
	default:
		return !rule_is_of_weights(kind) || rule_node_has_weights(graph, node);
	}
}

const cnnviz_rule_entry *rule_entry_at(const cnnviz_composite *composite, uint32_t index)
{
	const char *first = (const char *)composite->entries;

	return (const cnnviz_rule_entry *)(const void *)(first
			+ (size_t)index * composite->entries->struct_size);
}

/** Whether a text of words has one of them */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t here = strcspn(text, " ");

		if (here == length && strncmp(text, word, length) == 0) {
			return true;
		}
		text += here;
	}
	return false;
}

bool rule_entry_names(const struct graph *graph, const cnnviz_rule_entry *entry,
		int32_t node)
{
	return (entry->layer == 0 || entry->layer == node)
			&& (entry->operations == NULL
					|| has_word(entry->operations,
							graph->nodes[node].op->name))
			&& rule_can_act(graph, node, entry->rule->kind);
}

/* ---- Faults -------------------------------------------------------------------------- */

static cnnviz_status fail(struct error *error, const char *what)
{
	return error_set(error, CNNVIZ_ERROR_PLUGIN, "a composite %s", what);
}

/** What is wrong with the numbers of a rule, or NULL */
static const char *find_fault(const cnnviz_rule *rule)
{
	if (rule == NULL || rule->struct_size < sizeof(*rule)
			|| rule->kind > CNNVIZ_RULE_CALLBACK
			|| (rule->flags & ~CNNVIZ_RULE_ZERO_BIAS) != 0) {
		return "has an entry without a rule, or an unknown one";
	}
	if (!(rule->epsilon >= 0) || !isfinite(rule->epsilon) || !(rule->gamma >= 0)
			|| !isfinite(rule->gamma)) {
		return "has a rule whose epsilon or gamma is negative or not finite";
	}
	if (rule->kind == CNNVIZ_RULE_ALPHA_BETA
			&& (!(rule->alpha >= 0) || !(rule->beta >= 0)
					|| fabs(rule->alpha - rule->beta - 1) > 1e-9)) {
		return "has a rule whose alpha and beta are negative, or do not differ "
		       "by 1";
	}
	if ((rule->low == NULL) != (rule->high == NULL)) {
		return "has a rule with one bound of two";
	}
	return rule->kind == CNNVIZ_RULE_CALLBACK && rule->callback == NULL
			? "has a callback rule without a function"
			: NULL;
}

/** Whether all words of an entry are operations */
static cnnviz_status check_operations(const cnnviz_rule_entry *entry, struct error *error)
{
	const char *text = entry->operations != NULL ? entry->operations : "";

	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		char word[64];

		if (length < sizeof(word)) {
			memcpy(word, text, length);
			word[length] = '\0';
		}
		if (length >= sizeof(word) || operation_find(word) == NULL) {
			return error_set(error, CNNVIZ_ERROR_PLUGIN,
					"a composite has a rule for \"%.*s\", which is "
					"no "
					"operation",
					(int)(length < 64 ? length : 64), text);
		}
		text += length;
	}
	return CNNVIZ_OK;
}

/** Whether a rule can act at all nodes that its entry names by their operation or number */
static cnnviz_status check_sense(const struct graph *graph,
		const cnnviz_rule_entry *entry, struct error *error)
{
	uint32_t kind = entry->rule->kind;

	for (size_t n = 1; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];
		bool named = entry->operations != NULL
				? has_word(entry->operations, node->op->name)
				: entry->layer != 0;

		if (!named || (entry->layer != 0 && entry->layer != (int32_t)n)
				|| rule_can_act(graph, (int32_t)n, kind)) {
			continue;
		}
		return error_set(error, CNNVIZ_ERROR_UNSUPPORTED,
				"the rule %s acts at %s, but layer %s is a %s",
				rule_kind_name(kind),
				rule_is_of_weights(kind)
						? "conv2d, conv_transpose2d and linear"
						: "activations",
				node->name, node->op->name);
	}
	return CNNVIZ_OK;
}

cnnviz_status rule_check_composite(const struct graph *graph,
		const cnnviz_composite *composite, struct error *error)
{
	if (composite == NULL || composite->struct_size < sizeof(*composite)
			|| (composite->flags & ~CNNVIZ_COMPOSITE_MERGE_NORMS) != 0
			|| composite->entry_count == 0 || composite->entries == NULL
			|| composite->entries->struct_size < sizeof(cnnviz_rule_entry)) {
		return fail(error, "has no entries, or an unknown flag");
	}
	for (uint32_t i = 0; i < composite->entry_count; i++) {
		const cnnviz_rule_entry *entry = rule_entry_at(composite, i);
		const char *fault = find_fault(entry->rule);

		if (fault != NULL) {
			return fail(error, fault);
		}
		if ((entry->position & ~ALL_POSITIONS) != 0 || entry->layer < 0
				|| (size_t)entry->layer >= graph->node_count) {
			return fail(error,
					"has an entry for an unknown position, or a "
					"layer that does not exist");
		}
		cnnviz_status status = check_operations(entry, error);

		if (status == CNNVIZ_OK) {
			status = check_sense(graph, entry, error);
		}
		if (status != CNNVIZ_OK) {
			return status;
		}
	}
	return CNNVIZ_OK;
}
