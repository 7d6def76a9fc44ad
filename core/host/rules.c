/**
 * \file    host/rules.c
 * \brief   Where the backward rules of a job act
 */
#include "host/rules.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "graph/operation.h"

/** Mark the nodes that a gradient passes on its way to any of the wanted ones */
static bool *mark_way(const struct graph *graph, uint32_t seed_count,
		const int32_t *seeds, uint32_t wanted_count, const int32_t *wanted)
{
	bool *leads = memory_new(graph->node_count, sizeof(*leads));   /* to a seed */
	bool *behind = memory_new(graph->node_count, sizeof(*behind)); /* a wanted node */
	bool *way = memory_new(graph->node_count, sizeof(*way));

	for (uint32_t i = 0; i < seed_count; i++) {
		leads[seeds[i]] = true;
	}
	for (size_t n = graph->node_count; n-- > 0;) {
		const struct graph_node *node = &graph->nodes[n];

		for (uint32_t i = 0; leads[n] && i < node->input_count; i++) {
			leads[node->inputs[i]] = true;
		}
	}
	for (uint32_t i = 0; i < wanted_count; i++) {
		behind[wanted[i]] = true;
	}
	for (size_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		for (uint32_t i = 0; i < node->input_count; i++) {
			way[n] = way[n] || (leads[n] && behind[node->inputs[i]]);
		}
		behind[n] = behind[n] || way[n];
	}
	free(leads);
	free(behind);
	return way;
}

/** Warn that a rule changes nothing, whatever the inputs are. */
static void warn_idle(const struct cnnviz_job *call, const struct graph *graph,
		uint32_t rule, int32_t seed, int32_t wanted)
{
	const struct session *session = call->session;
	char *text = memory_format("the rule %s acts at no layer from %s to %s: there is "
				   "no ReLU or activation like it, so this is the plain "
				   "gradient",
			record_rule_name(rule), graph->nodes[wanted].name,
			graph->nodes[seed].name);

	if (record_warn(session->record, call->plan, RECORD_NO_PICTURE, -1, text)
			&& !session->quiet_maps) {
		log_write(LOG_LEVEL_WARNING, "[%s] %s", call->plan->name, text);
	}
	free(text);
}

/** Record at how many nodes of an operation, and append it to a text: "26 relu" */
static bool add_operation(const struct cnnviz_job *call, uint32_t rule,
		const struct operation *operation, int64_t nodes, char **text)
{
	char *longer = memory_format("%s%s%lld %s", *text, **text != '\0' ? ", " : "",
			(long long)nodes, operation->name);

	free(*text);
	*text = longer;
	return record_add_rule(call->session->record,
			&(struct record_rule){
					.job = call->plan,
					.rule = rule,
					.operation = operation,
					.nodes = nodes,
			});
}

void rules_note(struct cnnviz_job *call, const struct graph *graph, uint32_t rule,
		uint32_t seed_count, const int32_t *seeds, uint32_t wanted_count,
		const int32_t *wanted)
{
	int64_t total = 0;
	bool fresh = false;

	if (rule == CNNVIZ_RULE_PLAIN || rule == CNNVIZ_RULE_REDIRECTED) {
		return;
	}
	bool *way = mark_way(graph, seed_count, seeds, wanted_count, wanted);
	char *text = memory_text("");

	for (size_t i = 0; operation_at(i) != NULL; i++) {
		const struct operation *operation = operation_at(i);
		int64_t nodes = 0;

		for (size_t n = 0; (operation->flags & OPERATION_RULED) != 0
				&& n < graph->node_count;
				n++) {
			nodes += way[n] && graph->nodes[n].op == operation;
		}
		total += nodes;
		if (nodes > 0) {
			fresh = add_operation(call, rule, operation, nodes, &text)
					|| fresh;
		}
	}
	if (fresh) {
		log_write(LOG_LEVEL_DETAIL, "[%s] the rule %s acts at %lld layers: %s",
				call->plan->name, record_rule_name(rule),
				(long long)total, text);
	} else if (total == 0
			&& record_add_rule(call->session->record,
					&(struct record_rule){ .job = call->plan,
							.rule = rule })) {
		warn_idle(call, graph, rule, seeds[0], wanted[0]);
	}
	free(text);
	free(way);
}
