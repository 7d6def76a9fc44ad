/**
 * \file    common/deep_lift.c
 * \brief   DeepLIFT contributions of inputs by reference inputs
 */
#include "common/deep_lift.h"

#include "common/completeness.h"

const char *const deep_lift_rule_names[] = { "rescale", "reveal_cancel", NULL };

static const uint32_t rule_kinds[] = { CNNVIZ_RULE_RESCALE, CNNVIZ_RULE_REVEAL_CANCEL };

cnnviz_status deep_lift_find(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const cnnviz_tensor *reference, int32_t layer,
		cnnviz_tensor **contributions, const struct relevance_scores *scores)
{
	const cnnviz_rule rule = {
		.struct_size = sizeof(rule),
		.kind = rule_kinds[host->parameter->integer(job, "rule")],
	};
	const cnnviz_rule_entry entry = { .struct_size = sizeof(entry), .rule = &rule };
	const cnnviz_composite composite = {
		.struct_size = sizeof(composite),
		.flags = CNNVIZ_COMPOSITE_MERGE_NORMS,
		.entry_count = 1,
		.entries = &entry,
	};
	const struct relevance_request request = {
		.composite = &composite,
		.start = RELEVANCE_OF_ONE,
		.layer = layer,
		.reference = reference,
		.changes = true,
	};

	return relevance_find(host, job, batch, &request, contributions, scores);
}

cnnviz_status deep_lift_report(const cnnviz_host *host, cnnviz_job *job, uint32_t item,
		double sum, double score, double score_of_baseline)
{
	/* As products of more than two layers, and normalizations by the input */
	const double scores[2] = { score, score_of_baseline };

	return completeness_note(host, job, item, scores, sum,
			"the network has layers that DeepLIFT's rules only approximate");
}
