/**
 * \file    common/deep_lift.h
 * \brief   DeepLIFT contributions of inputs by reference inputs
 *
 * Compiled into each plugin that uses it.
 */
#ifndef COMMON_DEEP_LIFT_H
#define COMMON_DEEP_LIFT_H

#include "common/relevance.h"

extern const char *const deep_lift_rule_names[];

/** The initializer of `rule`, in a table of parameters */
#define DEEP_LIFT_RULE \
	"rule", CNNVIZ_PARAMETER_ENUM, \
			.default_value = "rescale", .choices = deep_lift_rule_names, \
			.summary = "what an activation passes on: changes as " \
				   "a whole, or positive and negative ones " \
				   "apart"

/**
 * \brief   What each value of a layer contributes to the change of the targets' logits
 *
 * \param   reference       (N,C,H,W), as the batch's inputs
 * \param   layer           CNNVIZ_LAYER_INPUT, or any other
 * \param   contributions   Receives a new tensor in its shape; sums to the change where
 *                          nothing goes around the layer
 * \param   scores          Filled in, or NULL
 */
cnnviz_status deep_lift_find(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *reference, int32_t layer,
		cnnviz_tensor **contributions, const struct relevance_scores *scores);

/** Record how far an item's sum is from the change of its score, and warn if it is far. */
cnnviz_status deep_lift_report(const cnnviz_host *host, cnnviz_job *job, uint32_t item,
		double sum, double score, double score_of_baseline);

#endif
