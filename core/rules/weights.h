/**
 * \file    rules/weights.h
 * \brief   The weights that rules change, as graphs of the same layers
 */
#ifndef RULES_WEIGHTS_H
#define RULES_WEIGHTS_H

#include "base/error.h"
#include "graph/graph.h"

/** How a rule changes weights */
enum rule_change {
	RULE_CHANGE_NONE,     /* but what a batch norm is merged into them */
	RULE_CHANGE_POSITIVE, /* max(w, 0) */
	RULE_CHANGE_NEGATIVE, /* min(w, 0) */
	RULE_CHANGE_RAISED,   /* w + gamma max(w, 0) */
	RULE_CHANGE_LOWERED,  /* w + gamma min(w, 0) */
	RULE_CHANGE_SQUARED,
	RULE_CHANGE_ONES,
	RULE_CHANGES,
};

/** Graphs with changed weights, and the tensors that they are made of */
struct rule_weights {
	const struct graph *graph;
	struct graph *changed[RULE_CHANGES]; /* NULL: no node has been changed so */
	cnnviz_tensor **tensors;
	size_t tensor_count;
};

/** A layer whose weights are changed: with what is merged into it */
struct rule_layer {
	int32_t node;
	int32_t norm; /* the batch norm behind it that is merged; 0: none */
	double gamma;
};

/** What a change makes of a value */
double rule_changed(enum rule_change change, double gamma, double value);

/**
 * \brief   The graph in which a layer has changed weights, and zeros as biases
 *
 * \return  Borrowed; NULL when out of memory.
 */
const struct graph *rule_weights_change(struct rule_weights *weights,
		const struct rule_layer *layer, enum rule_change change);

/**
 * \brief   What a layer adds to its channels, changed and multiplied by a factor
 *
 * \param   addend  Borrowed tensor (O), or NULL if it is zero
 */
cnnviz_status rule_weights_addend(struct rule_weights *weights,
		const struct rule_layer *layer, enum rule_change change, double factor,
		const cnnviz_tensor **addend, struct error *error);

/** A tensor of some values that lives as long; NULL when out of memory */
const cnnviz_tensor *rule_weights_keep(struct rule_weights *weights, const float *values,
		int64_t count);

void rule_weights_free(struct rule_weights *weights);

#endif
