/**
 * \file    rules/composite.h
 * \brief   A composite that has been applied to a graph
 */
#ifndef RULES_COMPOSITE_H
#define RULES_COMPOSITE_H

#include <cnnviz/rules.h>

#include "engine/rule.h"
#include "rules/weights.h"

/** A callback rule of a node */
struct rule_callback {
	cnnviz_rule_callback function; /* NULL: the node has none */
	void *context;
};

struct cnnviz_rules {
	size_t references;
	const struct graph *graph;
	struct engine_rule *rules;       /* node_count */
	struct rule_callback *callbacks; /* node_count */
	bool *kept;                      /* node_count: a pass captures its value */
	bool refers;                     /* some rule needs a reference pass */
	struct rule_weights weights;
	struct engine_network *networks[RULE_CHANGES]; /* of changed weights, or NULL */
	void *owner; /* of whoever opened them, for rules_free() */
	void (*close)(void *owner, struct engine_network *network);
};

/** Opens a graph with changed weights on an engine, whose networks rules_free() closes */
struct rule_opener {
	cnnviz_status (*open)(void *owner, const struct graph *graph,
			struct engine_network **network, struct error *error);
	void (*close)(void *owner, struct engine_network *network);
	void *owner;
};

/**
 * \brief   Find the rule of each node
 *
 * \param   graph       Must outlive the rules
 * \param   opener      NULL: engines get the graphs alone
 * \param   rules       New, with one reference
 *
 * \retval  CNNVIZ_ERROR_PLUGIN, CNNVIZ_ERROR_UNSUPPORTED   as of compose()
 * \retval  CNNVIZ_ERROR_MEMORY     or what open() returned
 */
cnnviz_status rules_create(const struct graph *graph, const cnnviz_composite *composite,
		const struct rule_opener *opener, cnnviz_rules **rules,
		struct error *error);

cnnviz_rules *rules_ref(cnnviz_rules *rules);

/** Release a reference; NULL is allowed. */
void rules_release(cnnviz_rules *rules);

#endif
