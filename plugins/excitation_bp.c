/**
 * \file    excitation_bp.c
 * \brief   Excitation backpropagation: which inputs win, if winners are drawn layer by layer
 *
 * A winner is drawn among the classes, then among the neurons that excite it, and so on back to
 * the pixels. The probability of a neuron i is, of its parents j,
 *
 *     P(i) = sum_j a_i max(w_ij,0) / sum_k a_k max(w_kj,0) P(j)
 *
 * where a is the neurons' response and w the weights. P is 1 at the target class.
 *
 * contrastive: P of the target minus that of its negative, whose weights in the last layer have the
 * other sign; what is left of it, where it is positive, is what speaks for this class more than for all others.
 *
 * J. Zhang, Z. Lin, J. Brandt, X. Shen, S. Sclaroff: Top-down Neural Attention by Excitation
 * Backprop. 2016, arXiv:1608.00507, sections 3.2 and 3.3.
 *
 * Responses are taken to be positive, as behind ReLUs; at the pixels, which are normalized and may be
 * negative, and in other networks, products a w that are positive count (zennit's rule z+
 * without bias). The paper ends at a pooling layer in the middle and shows P there, as
 * `layer` asks for; the sum over channels is shown.
 */
#include "common/relevance.h"

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "input",
			.summary = "layer whose neurons' probabilities are shown, summed "
				   "over channels" },
	{ "contrastive", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether the probability of the negative side of the "
				   "class is subtracted" },
};

/** The negative of a stabilizer would be noise: sums of what is positive need almost none. */
#define STABILIZER 1e-12

/** Probabilities of the neurons of a layer for some rules at the last layer */
static cnnviz_status find(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, bool negative, cnnviz_tensor **found)
{
	const cnnviz_rule excitation = {
		.struct_size = sizeof(excitation),
		.kind = CNNVIZ_RULE_EXCITATION,
		.epsilon = STABILIZER,
	};
	const cnnviz_rule inhibition = {
		.struct_size = sizeof(inhibition),
		.kind = CNNVIZ_RULE_INHIBITION,
		.epsilon = STABILIZER,
	};
	const cnnviz_rule shared = {
		.struct_size = sizeof(shared),
		.kind = CNNVIZ_RULE_EPSILON,
		.epsilon = STABILIZER,
	};
	const cnnviz_rule_entry entries[] = {
		{ sizeof(*entries), CNNVIZ_AT_LAST, NULL, 0, 0,
				negative ? &inhibition : &excitation },
		{ sizeof(*entries), 0, NULL, 0, 0, &excitation },
		{ sizeof(*entries), 0, "add avg_pool2d adaptive_avg_pool2d mean", 0, 0,
				&shared },
	};
	const cnnviz_composite composite = {
		.struct_size = sizeof(composite),
		.flags = CNNVIZ_COMPOSITE_MERGE_NORMS,
		.entry_count = sizeof(entries) / sizeof(*entries),
		.entries = entries,
	};
	const struct relevance_request request = {
		.composite = &composite,
		.start = RELEVANCE_OF_ONE,
		.layer = (int32_t)host->parameter->integer(job, "layer"),
	};

	return relevance_find(host, job, batch, &request, found, NULL);
}

/** Sums over channels of (N,C,h,w), or (N,C), into (N,1,h,w) */
static void add_channels(const cnnviz_host *host, const cnnviz_tensor *found, double sign,
		cnnviz_tensor *maps)
{
	const int64_t *shape = host->tensor->shape(found);
	int64_t size = host->tensor->count(maps) / shape[0];
	const float *from = host->tensor->data(found);
	float *to = host->tensor->mutable_data(maps);

	for (int64_t i = 0; i < host->tensor->count(found); i++) {
		to[i / (shape[1] * size) * size + i % size] += (float)(sign * from[i]);
	}
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	bool contrastive = host->parameter->boolean(job, "contrastive");
	cnnviz_tensor *found = NULL, *against = NULL;
	cnnviz_status status = find(host, job, batch, false, &found);

	if (status == CNNVIZ_OK && contrastive) {
		status = find(host, job, batch, true, &against);
	}
	if (status == CNNVIZ_OK && host->tensor->rank(found) != 4) {
		status = host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer %s has no rows and columns; name a feature "
				"map",
				host->parameter->text(job, "layer"));
	}
	if (status == CNNVIZ_OK) {
		const int64_t *shape = host->tensor->shape(found);

		status = host->tensor->create(job, 4,
				(const int64_t[]){ shape[0], 1, shape[2], shape[3] },
				maps);
	}
	if (status == CNNVIZ_OK) {
		add_channels(host, found, 1, *maps);
	}
	if (status == CNNVIZ_OK && contrastive) {
		add_channels(host, against, -1, *maps);
	}
	host->tensor->unref(against);
	host->tensor->unref(found);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("excitation_bp", "1.0"),
	.summary = "Excitation backpropagation: which neurons win, drawn from the class "
		   "down",
	.description = "Follows what excites the class back to a layer as probabilities: "
		       "each neuron hands its own to those that excite it, by their "
		       "share. "
		       "Contrastive, what excites the negative of the class is taken "
		       "away, "
		       "so that the map tells one class from the others.",
	.reference = "Zhang et al. 2016, Top-down Neural Attention by Excitation "
		     "Backprop, arXiv:1608.00507, section 3.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
