/**
 * \file    rules/composite.c
 * \brief   A composite that has been applied to a graph
 */
#include "rules/composite.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/operation.h"
#include "rules/check.h"
#include "rules/places.h"
#include "rules/terms.h"

/** What a composite is being applied with */
struct applied {
	cnnviz_rules *rules;
	const cnnviz_composite *composite;
	struct rule_place *places;
	struct error *error;
};

/* ---- Life ------------------------------------------------------------------------------ */

cnnviz_rules *rules_ref(cnnviz_rules *rules)
{
	rules->references++;
	return rules;
}

void rules_release(cnnviz_rules *rules)
{
	if (rules == NULL || --rules->references > 0) {
		return;
	}
	for (size_t i = 0; i < RULE_CHANGES; i++) {
		if (rules->networks[i] != NULL) {
			rules->close(rules->owner, rules->networks[i]);
		}
	}
	rule_weights_free(&rules->weights);
	free(rules->rules);
	free(rules->callbacks);
	free(rules->kept);
	free(rules);
}

static cnnviz_rules *create(const struct graph *graph)
{
	cnnviz_rules *rules = memory_new(1, sizeof(*rules));

	*rules = (cnnviz_rules){
		.references = 1,
		.graph = graph,
		.rules = memory_new(graph->node_count, sizeof(*rules->rules)),
		.callbacks = memory_new(graph->node_count, sizeof(*rules->callbacks)),
		.kept = memory_new(graph->node_count, sizeof(*rules->kept)),
		.weights = { .graph = graph },
	};
	return rules;
}

/* ---- Nodes ----------------------------------------------------------------------------- */

/** The rule of a node by a composite, or NULL */
static const cnnviz_rule *find_rule(const struct applied *applied, int32_t node)
{
	uint32_t position = applied->places[node].position;

	for (uint32_t i = 0; i < applied->composite->entry_count; i++) {
		const cnnviz_rule_entry *entry = rule_entry_at(applied->composite, i);

		if ((entry->position & ~position) == 0
				&& rule_entry_names(applied->rules->graph, entry, node)) {
			return entry->rule;
		}
	}
	return NULL;
}

/** The batch norm that is merged into a layer with weights, or 0 */
static int32_t find_norm(const struct applied *applied, int32_t node)
{
	int32_t reader = applied->places[node].reader;

	return (applied->composite->flags & CNNVIZ_COMPOSITE_MERGE_NORMS) != 0
					&& reader != 0
					&& applied->rules->graph->nodes[reader].weights
									[GRAPH_RUNNING_VAR]
							!= NULL
			? reader
			: 0;
}

static void keep_inputs(cnnviz_rules *rules, int32_t node)
{
	for (size_t k = 0; k < rules->graph->nodes[node].input_count; k++) {
		rules->kept[rules->graph->nodes[node].inputs[k]] = true;
	}
}

/** Let the inputs of a layer have their shares of what comes to it, or behind its norm. */
static cnnviz_status share(struct applied *applied, const cnnviz_rule *rule, int32_t node)
{
	cnnviz_rules *rules = applied->rules;
	bool weighted = rule_node_has_weights(rules->graph, node);
	int32_t norm = weighted ? find_norm(applied, node) : 0;
	int32_t source = rules->graph->nodes[node].inputs[0];
	struct engine_rule *result = &rules->rules[norm != 0 ? norm : node];
	const struct rule_request request = {
		.rule = rule,
		.layer = { .node = node, .norm = norm, .gamma = rule->gamma },
		.positive = applied->places[source].positive,
	};

	rules->rules[node].kind = ENGINE_RULE_MERGED;
	result->kind = ENGINE_RULE_SHARES;
	result->through = node;
	result->last_axis = weighted
			&& (rules->graph->nodes[node].op->flags & OPERATION_LINEAR) != 0;
	keep_inputs(rules, node);
	rules->kept[norm != 0 ? norm : node] = true;
	return rule_write_terms(&rules->weights, &request, result, applied->error);
}

static enum engine_rescale find_rescale(const struct graph_node *node)
{
	return (node->op->flags & OPERATION_ELEMENTWISE) != 0 ? ENGINE_RESCALE_RATIO
			: (node->op->flags & OPERATION_MAXIMA) != 0
			? ENGINE_RESCALE_SWITCHES
			: ENGINE_RESCALE_MEAN;
}

/** Whether a node is linear in its only input: then its gradient is what DeepLIFT asks for */
static bool is_linear(const struct graph_node *node)
{
	uint32_t flags = node->op->flags;

	return (flags
			       & (OPERATION_CONVOLUTION | OPERATION_LINEAR
					       | OPERATION_IDENTITY | OPERATION_REORDERS
					       | OPERATION_PARTS))
			!= 0
			|| (flags & (OPERATION_POOLS | OPERATION_MAXIMA))
			== OPERATION_POOLS
			|| node->weights[GRAPH_RUNNING_VAR] != NULL;
}

static void rescale(struct applied *applied, int32_t node)
{
	cnnviz_rules *rules = applied->rules;

	rules->refers = true;
	if (is_linear(&rules->graph->nodes[node])) {
		return;
	}
	rules->rules[node].kind = ENGINE_RULE_RESCALE;
	rules->rules[node].through = node;
	rules->rules[node].rescale = find_rescale(&rules->graph->nodes[node]);
	rules->kept[node] = true;
	keep_inputs(rules, node);
}

/** The layer with weights right in front of an activation, and the norm between; or false */
static bool find_layer(const struct applied *applied, int32_t activation,
		struct rule_layer *layer)
{
	const struct graph_node *nodes = applied->rules->graph->nodes;
	int32_t node = nodes[activation].inputs[0];

	*layer = (struct rule_layer){ .node = node };
	if ((nodes[activation].op->flags & OPERATION_ELEMENTWISE) == 0 || node == 0
			|| applied->places[node].reader != activation) {
		return false;
	}
	if (!rule_node_has_weights(applied->rules->graph, node)
			&& nodes[node].input_count > 0) {
		layer->node = nodes[node].inputs[0];
		layer->norm = node;
	}
	return rule_node_has_weights(applied->rules->graph, layer->node)
			&& (layer->norm == 0 || find_norm(applied, layer->node) == node);
}

/** Reveal-cancel at an activation; without a layer to tell contributions of, rescale */
static cnnviz_status reveal(struct applied *applied, int32_t node)
{
	cnnviz_rules *rules = applied->rules;
	struct engine_rule *result = &rules->rules[node];
	struct rule_layer layer;

	rescale(applied, node);
	if (!find_layer(applied, node, &layer)) {
		return CNNVIZ_OK;
	}
	result->kind = ENGINE_RULE_REVEAL;
	result->through = layer.node;
	rules->rules[layer.node].kind = ENGINE_RULE_MERGED;
	if (layer.norm != 0) {
		rules->rules[layer.norm].kind = ENGINE_RULE_MERGED;
	}
	keep_inputs(rules, layer.node);
	return rule_write_signs(&rules->weights, &layer, result, applied->error);
}

static void call_back(cnnviz_rules *rules, const cnnviz_rule *rule, int32_t node)
{
	rules->rules[node].kind = ENGINE_RULE_HOOK;
	rules->rules[node].through = node;
	rules->callbacks[node] = (struct rule_callback){ rule->callback, rule->context };
	rules->kept[node] = true;
	keep_inputs(rules, node);
}

static cnnviz_status apply(struct applied *applied, int32_t node)
{
	struct engine_rule *result = &applied->rules->rules[node];
	const cnnviz_rule *rule = find_rule(applied, node);

	/* Merged with what is in front of it, or behind it */
	if (rule == NULL || result->kind != ENGINE_RULE_NONE) {
		return CNNVIZ_OK;
	}
	result->through = node;
	switch (rule->kind) {
	case CNNVIZ_RULE_PLAIN:
	case CNNVIZ_RULE_GUIDED:
	case CNNVIZ_RULE_DECONVNET:
	case CNNVIZ_RULE_REDIRECTED:
		result->kind = ENGINE_RULE_OWN;
		result->own = rule->kind;
		return CNNVIZ_OK;
	case CNNVIZ_RULE_PASS:
		result->kind = ENGINE_RULE_PASS;
		return CNNVIZ_OK;
	case CNNVIZ_RULE_RESCALE:
		rescale(applied, node);
		return CNNVIZ_OK;
	case CNNVIZ_RULE_REVEAL_CANCEL:
		return reveal(applied, node);
	case CNNVIZ_RULE_CALLBACK:
		call_back(applied->rules, rule, node);
		return CNNVIZ_OK;
	default:
		return share(applied, rule, node);
	}
}

/* ---- Networks -------------------------------------------------------------------------- */

/** Let terms that have a graph's weights have its network. */
static void tie(cnnviz_rules *rules, const struct graph *graph,
		struct engine_network *network)
{
	for (size_t n = 0; n < rules->graph->node_count; n++) {
		struct engine_rule *rule = &rules->rules[n];

		for (size_t i = 0; i < rule->group_count * ENGINE_TERMS; i++) {
			struct engine_term *term = &rule->groups[i / ENGINE_TERMS].terms[i
					% ENGINE_TERMS];

			if (term->graph == graph) {
				term->network = network;
			}
		}
	}
}

static cnnviz_status open_networks(cnnviz_rules *rules, const struct rule_opener *opener,
		struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	rules->owner = opener->owner;
	rules->close = opener->close;
	for (size_t i = 0; status == CNNVIZ_OK && i < RULE_CHANGES; i++) {
		const struct graph *graph = rules->weights.changed[i];

		if (graph != NULL) {
			status = opener->open(opener->owner, graph, &rules->networks[i],
					error);
			tie(rules, graph, rules->networks[i]);
		}
	}
	return status;
}

cnnviz_status rules_create(const struct graph *graph, const cnnviz_composite *composite,
		const struct rule_opener *opener, cnnviz_rules **result,
		struct error *error)
{
	cnnviz_status status = rule_check_composite(graph, composite, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	cnnviz_rules *rules = create(graph);
	struct applied applied = { rules, composite, rule_places(graph), error };

	/* From the output, so that an activation finds the layer before its own rule does */
	for (int32_t n = graph->logits; status == CNNVIZ_OK && n > 0; n--) {
		status = apply(&applied, n);
	}
	free(applied.places);
	if (status == CNNVIZ_OK && opener != NULL) {
		status = open_networks(rules, opener, error);
	}
	if (status != CNNVIZ_OK) {
		rules_release(rules);
		return status;
	}
	*result = rules;
	return CNNVIZ_OK;
}
