/**
 * \file    rules/terms.h
 * \brief   Published rules as terms of sums that engines share relevance by
 */
#ifndef RULES_TERMS_H
#define RULES_TERMS_H

#include <cnnviz/rules.h>

#include "engine/rule.h"
#include "rules/weights.h"

/** A rule at a layer */
struct rule_request {
	const cnnviz_rule *rule;
	struct rule_layer layer;
	bool positive; /* the layer's inputs have no value below 0 */
};

/**
 * \brief   The terms of a rule of weights, or of epsilon at any layer
 *
 * \param   result  Of ENGINE_RULE_SHARES; its groups are filled in
 * \param   error   Out of memory, or CNNVIZ_ERROR_UNSUPPORTED: the bounds of z^B are for
 *                  another number of channels
 */
cnnviz_status rule_write_terms(struct rule_weights *weights,
		const struct rule_request *request, struct engine_rule *result,
		struct error *error);

/** The weights that reveal-cancel needs: of positive and of negative sign */
cnnviz_status rule_write_signs(struct rule_weights *weights,
		const struct rule_layer *layer, struct engine_rule *result,
		struct error *error);

#endif
