/**
 * \file    rules/places.h
 * \brief   Where layers are: first, last, before or behind pooling; what reads them
 */
#ifndef RULES_PLACES_H
#define RULES_PLACES_H

#include <cnnviz/rules.h>

#include "graph/graph.h"

/** What is known of a node */
struct rule_place {
	uint32_t position; /* CNNVIZ_AT_* */
	int32_t reader;    /* the only node that reads it; 0: none, or several */
	bool positive;     /* it has no value below 0 */
};

/** The places of all nodes of a graph; freed with free() */
struct rule_place *rule_places(const struct graph *graph);

#endif
