/**
 * \file    rules/terms.c
 * \brief   Published rules as terms of sums that engines share relevance by
 *
 * The forms for inputs and outputs of either sign are zennit's (rules.py), by which the
 * tests compare. Where a layer's inputs are known to be positive, terms of what is negative
 * in them are left out: they are zero.
 */
#include "rules/terms.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rules/check.h"

/** What sums are stabilized by at least: a share of nothing is nothing, not undefined. */
#define LEAST_EPSILON 1e-30

/** What is being written */
struct writer {
	struct rule_weights *weights;
	const struct rule_request *request;
	struct engine_rule *result;
	struct error *error;
	cnnviz_status status;
};

/** A new group without terms */
static struct engine_group *add_group(struct writer *writer, double factor, int outputs)
{
	struct engine_group *group =
			&writer->result->groups[writer->result->group_count++];

	*group = (struct engine_group){
		.factor = factor,
		.outputs = outputs,
		.epsilon = fmax(writer->request->rule->epsilon, LEAST_EPSILON),
	};
	return group;
}

/** A new term, of weights changed in some way */
static struct engine_term *add_term(struct writer *writer, struct engine_group *group,
		enum engine_part part, enum rule_change change)
{
	struct engine_term *term = &group->terms[group->term_count++];

	*term = (struct engine_term){ .part = part, .sign = 1 };
	if (change == RULE_CHANGE_NONE && writer->request->layer.norm == 0) {
		return term;
	}
	term->graph = rule_weights_change(writer->weights, &writer->request->layer,
			change);
	if (term->graph == NULL && writer->status == CNNVIZ_OK) {
		writer->status = error_set(writer->error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for the weights of a rule");
	}
	return term;
}

/** Let a group's sum have the changed bias, unless the rule leaves biases out. */
static void add_bias(struct writer *writer, struct engine_group *group,
		enum rule_change change)
{
	const cnnviz_rule *rule = writer->request->rule;

	if (writer->status == CNNVIZ_OK && (rule->flags & CNNVIZ_RULE_ZERO_BIAS) == 0
			&& rule->kind != CNNVIZ_RULE_EXCITATION
			&& rule->kind != CNNVIZ_RULE_INHIBITION) {
		writer->status = rule_weights_addend(writer->weights,
				&writer->request->layer, change, 1, &group->addend,
				writer->error);
	}
}

/** Take the bias away from a sum that the output is a part of. */
static void subtract_bias(struct writer *writer, struct engine_group *group)
{
	if (writer->status == CNNVIZ_OK) {
		writer->status = rule_weights_addend(writer->weights,
				&writer->request->layer, RULE_CHANGE_NONE, -1,
				&group->addend, writer->error);
	}
}

/* ---- Rules ---------------------------------------------------------------------------- */

/** x w, divided by the output that is there already */
static void write_epsilon(struct writer *writer)
{
	struct engine_group *group = add_group(writer, 1, 0);

	add_term(writer, group, ENGINE_PART_WHOLE, RULE_CHANGE_NONE)->known = true;
	if ((writer->request->rule->flags & CNNVIZ_RULE_ZERO_BIAS) != 0
			&& rule_node_has_weights(writer->weights->graph,
					writer->request->layer.node)) {
		subtract_bias(writer, group);
	}
}

/** x+ times one change of the weights and x- times the other, with the bias of the first */
static void write_signed(struct writer *writer, double factor, int outputs,
		enum rule_change upper, enum rule_change lower)
{
	struct engine_group *group = add_group(writer, factor, outputs);

	if (writer->request->positive) {
		add_term(writer, group, ENGINE_PART_WHOLE, upper);
	} else {
		add_term(writer, group, ENGINE_PART_POSITIVE, upper);
		add_term(writer, group, ENGINE_PART_NEGATIVE, lower);
	}
	add_bias(writer, group, upper);
}

static void write_gamma(struct writer *writer)
{
	write_signed(writer, 1, 1, RULE_CHANGE_RAISED, RULE_CHANGE_LOWERED);
	write_signed(writer, 1, -1, RULE_CHANGE_LOWERED, RULE_CHANGE_RAISED);
}

static void write_alpha_beta(struct writer *writer, double alpha, double beta)
{
	write_signed(writer, alpha, 0, RULE_CHANGE_POSITIVE, RULE_CHANGE_NEGATIVE);
	if (beta > 0) {
		write_signed(writer, -beta, 0, RULE_CHANGE_NEGATIVE,
				RULE_CHANGE_POSITIVE);
	}
}

/** A bound of pixels of a value, for each channel, as a tensor */
static const cnnviz_tensor *keep_bound(struct writer *writer, const float *given,
		float pixel)
{
	const struct normalization *scale = &writer->weights->graph->normalization;
	float *values = memory_new((size_t)scale->channels, sizeof(*values));

	for (int c = 0; c < scale->channels; c++) {
		values[c] = given != NULL
				? given[c]
				: (pixel * scale->scale - scale->mean[c]) / scale->std[c];
	}
	const cnnviz_tensor *bound = rule_weights_keep(writer->weights, values,
			scale->channels);

	if (bound == NULL && writer->status == CNNVIZ_OK) {
		writer->status = error_set(writer->error, CNNVIZ_ERROR_MEMORY,
				"not enough memory for the bounds of a rule");
	}
	free(values);
	return bound;
}

/** x w - low w+ - high w-: biases fall out, but that of the output that is there already */
static void write_z_box(struct writer *writer)
{
	const cnnviz_rule *rule = writer->request->rule;
	const struct graph *graph = writer->weights->graph;
	const struct graph_node *node = &graph->nodes[writer->request->layer.node];
	const struct graph_shape *in = &graph->nodes[node->inputs[0]].shape;

	if (in->rank != 3 || in->extent[0] != graph->normalization.channels) {
		writer->status = error_set(writer->error, CNNVIZ_ERROR_UNSUPPORTED,
				"the rule z_box acts at layers that take pictures of %d "
				"channels, but layer %s takes features",
				graph->normalization.channels, node->name);
		return;
	}
	struct engine_group *group = add_group(writer, 1, 0);
	struct engine_term *term;

	add_term(writer, group, ENGINE_PART_WHOLE, RULE_CHANGE_NONE)->known = true;
	term = add_term(writer, group, ENGINE_PART_CHANNELS, RULE_CHANGE_POSITIVE);
	term->sign = -1;
	term->channels = keep_bound(writer, rule->low, 0);
	term = add_term(writer, group, ENGINE_PART_CHANNELS, RULE_CHANGE_NEGATIVE);
	term->sign = -1;
	term->channels = keep_bound(writer, rule->high, 1);
	subtract_bias(writer, group);
}

static void write_ones(struct writer *writer, enum rule_change change)
{
	struct engine_group *group = add_group(writer, 1, 0);

	add_term(writer, group, ENGINE_PART_ONES, change);
	if (change == RULE_CHANGE_SQUARED) {
		add_bias(writer, group, change);
	}
}

cnnviz_status rule_write_terms(struct rule_weights *weights,
		const struct rule_request *request, struct engine_rule *result,
		struct error *error)
{
	struct writer writer = { weights, request, result, error, CNNVIZ_OK };

	switch (request->rule->kind) {
	case CNNVIZ_RULE_GAMMA:
		write_gamma(&writer);
		break;
	case CNNVIZ_RULE_ALPHA_BETA:
		write_alpha_beta(&writer, request->rule->alpha, request->rule->beta);
		break;
	case CNNVIZ_RULE_INHIBITION:
		write_signed(&writer, 1, 0, RULE_CHANGE_NEGATIVE, RULE_CHANGE_POSITIVE);
		break;
	case CNNVIZ_RULE_EXCITATION:
	case CNNVIZ_RULE_Z_PLUS:
		write_alpha_beta(&writer, 1, 0);
		break;
	case CNNVIZ_RULE_Z_BOX:
		write_z_box(&writer);
		break;
	case CNNVIZ_RULE_W_SQUARE:
		write_ones(&writer, RULE_CHANGE_SQUARED);
		break;
	case CNNVIZ_RULE_FLAT:
		write_ones(&writer, RULE_CHANGE_ONES);
		break;
	default:
		write_epsilon(&writer);
		break;
	}
	return writer.status;
}

cnnviz_status rule_write_signs(struct rule_weights *weights,
		const struct rule_layer *layer, struct engine_rule *result,
		struct error *error)
{
	const cnnviz_rule rule = { .kind = CNNVIZ_RULE_REVEAL_CANCEL };
	const struct rule_request request = { .rule = &rule, .layer = *layer };
	struct writer writer = { weights, &request, result, error, CNNVIZ_OK };
	struct engine_group *group = add_group(&writer, 1, 0);

	add_term(&writer, group, ENGINE_PART_WHOLE, RULE_CHANGE_POSITIVE);
	add_term(&writer, group, ENGINE_PART_WHOLE, RULE_CHANGE_NEGATIVE);
	return writer.status;
}
