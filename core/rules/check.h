/**
 * \file    rules/check.h
 * \brief   Whether a composite makes sense
 */
#ifndef RULES_CHECK_H
#define RULES_CHECK_H

#include <cnnviz/rules.h>

#include "base/error.h"
#include "graph/graph.h"

/** "z_plus": how messages call a kind of rule */
const char *rule_kind_name(uint32_t kind);

/** Whether it changes weights: at convolutions and linear layers alone */
bool rule_is_of_weights(uint32_t kind);

/** Whether a node multiplies by weights that rules know how to change */
bool rule_node_has_weights(const struct graph *graph, int32_t node);

/** Whether a kind of rule can act at a node */
bool rule_can_act(const struct graph *graph, int32_t node, uint32_t kind);

/**
 * \brief   Whether all numbers, words and layers of a composite exist and are in range
 *
 * \retval  CNNVIZ_ERROR_PLUGIN         they are not
 * \retval  CNNVIZ_ERROR_UNSUPPORTED    a rule makes no sense at a layer that it is asked for
 */
cnnviz_status rule_check_composite(const struct graph *graph,
		const cnnviz_composite *composite, struct error *error);

/** Whether an entry speaks of a node by its operation and its number */
bool rule_entry_names(const struct graph *graph, const cnnviz_rule_entry *entry,
		int32_t node);

/** An entry of a composite: their size is that of the plugin's header */
const cnnviz_rule_entry *rule_entry_at(const cnnviz_composite *composite, uint32_t index);

#endif
