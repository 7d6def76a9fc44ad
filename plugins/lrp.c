/**
 * \file    lrp.c
 * \brief   Layer-wise relevance propagation: the class score, shared out back to the pixels
 *
 * Relevance R begins as the score of the class, and each layer shares what has come to its
 * output j among its inputs i by what they contribute to it, by a rule for each kind of layer:
 *
 *     epsilon      R_i = sum_j x_i w_ij / (z_j + e sign z_j) R_j,   z_j = sum_i x_i w_ij + b_j
 *     z+           the same of x w > 0 alone
 *     gamma        the same with w + gamma max(w,0) in place of w
 *     alpha-beta   2 times the shares in what is positive, minus those in what is negative
 *     z^B          x_i w_ij - l_i max(w_ij,0) - h_i min(w_ij,0), of pixels between l and h
 *     w^2, flat    w_ij^2, or 1, in place of x_i w_ij
 *
 * S. Bach, A. Binder, G. Montavon, F. Klauschen, K.-R. Mueller, W. Samek: On Pixel-Wise
 * Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation. 2015,
 * PLoS ONE 10(7), sections on the rules. G. Montavon et al.: Layer-Wise Relevance
 * Propagation: An Overview. 2019, table 10.1 and section 10.2, and Explaining Nonlinear
 * Classification Decisions with Deep Taylor Decomposition. 2017, section 4 (z+, z^B).
 *
 * The composites are those of zennit, by their names (epsilon_plus: z+ at convolutions and
 * epsilon at linear layers; and so on), with its stabilizers of 1e-6. Activations pass
 * relevance on; sums and means share it by what goes into them; max pools give it to the
 * maximum; what else there is, as concatenations, has the true gradient. zennit merges batch
 * norms only where it is told to (a canonizer); this does so unless `merge_norms = no`.
 */
#include "common/layer.h"
#include "common/relevance.h"

static const char *const composite_names[] = { "epsilon_plus", "epsilon_gamma_box",
	"epsilon_alpha2_beta1", "epsilon", NULL };

/** In the order of the names */
enum {
	EPSILON_PLUS,
	EPSILON_GAMMA_BOX,
	EPSILON_ALPHA2_BETA1,
	EPSILON,
};

static const char *const pixel_names[] = { "by_composite", "z_box", "w_square", "flat",
	NULL };

/** In the order of these names, from the second on */
static const uint32_t pixel_kinds[] = { CNNVIZ_RULE_Z_BOX, CNNVIZ_RULE_Z_BOX,
	CNNVIZ_RULE_W_SQUARE, CNNVIZ_RULE_FLAT };

static const cnnviz_parameter parameters[] = {
	LAYER_PARAMETER("input"),
	{ "composite", CNNVIZ_PARAMETER_ENUM, .default_value = "epsilon_plus",
			.choices = composite_names,
			.summary = "which rule convolutions have: z+, gamma (z^B at the "
				   "pixels), alpha-beta, or epsilon as linear layers "
				   "do" },
	{ "pixels", CNNVIZ_PARAMETER_ENUM, .default_value = "by_composite",
			.choices = pixel_names,
			.summary = "which rule the layer has that takes the pixels: the "
				   "composite's, or z^B, w^2 or flat, which give less "
				   "weight to how bright a pixel is" },
	{ "epsilon", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.000001", .minimum = 0,
			.maximum = 1e6,
			.summary = "of the rule epsilon: the more, the less of what "
				   "contributes little or is contradicted" },
	{ "gamma", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.25", .minimum = 0,
			.maximum = 1e6,
			.summary = "of epsilon_gamma_box: how much more what is positive "
				   "counts" },
	{ "merge_norms", CNNVIZ_PARAMETER_BOOL, .default_value = "yes",
			.summary = "whether batch normalizations are a part of the "
				   "convolution in front of them, or pass relevance on" },
};

/** The stabilizer of all other rules: zennit's */
#define STABILIZER 1e-6

static const uint32_t convolution_kinds[] = { CNNVIZ_RULE_Z_PLUS, CNNVIZ_RULE_GAMMA,
	CNNVIZ_RULE_ALPHA_BETA, CNNVIZ_RULE_EPSILON };

static cnnviz_rule make_rule(uint32_t kind, double epsilon)
{
	return (cnnviz_rule){
		.struct_size = sizeof(cnnviz_rule),
		.kind = kind,
		.epsilon = epsilon,
		.alpha = 2,
		.beta = 1,
	};
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t chosen = host->parameter->integer(job, "composite");
	double epsilon = host->parameter->real(job, "epsilon");
	int64_t first = host->parameter->integer(job, "pixels");
	const cnnviz_rule pixels = make_rule(pixel_kinds[first], STABILIZER);
	const cnnviz_rule pass = make_rule(CNNVIZ_RULE_PASS, 0);
	const cnnviz_rule shared = make_rule(CNNVIZ_RULE_EPSILON, STABILIZER);
	const cnnviz_rule linear = make_rule(CNNVIZ_RULE_EPSILON, epsilon);
	cnnviz_rule convolution = make_rule(convolution_kinds[chosen],
			chosen == EPSILON ? epsilon : STABILIZER);

	convolution.gamma = host->parameter->real(job, "gamma");
	const cnnviz_rule_entry entries[] = {
		{ sizeof(*entries), CNNVIZ_AT_FIRST, "conv2d conv_transpose2d", 0, 0,
				&pixels },
		{ sizeof(*entries), 0, "conv2d conv_transpose2d", 0, 0, &convolution },
		{ sizeof(*entries), 0, "linear", 0, 0, &linear },
		{ sizeof(*entries), 0, "add sub avg_pool2d adaptive_avg_pool2d mean", 0,
				0, &shared },
		{ sizeof(*entries), 0, NULL, 0, 0, &pass },
	};
	const size_t all = sizeof(entries) / sizeof(*entries);
	const size_t left_out = chosen == EPSILON_GAMMA_BOX || first != 0 ? 0 : 1;
	const cnnviz_composite composite = {
		.struct_size = sizeof(composite),
		.flags = host->parameter->boolean(job, "merge_norms")
				? CNNVIZ_COMPOSITE_MERGE_NORMS
				: 0,
		.entry_count = (uint32_t)(all - left_out),
		.entries = entries + left_out,
	};
	const struct relevance_request request = {
		.composite = &composite,
		.start = RELEVANCE_OF_LOGIT,
		.layer = (int32_t)host->parameter->integer(job, "layer"),
	};

	return relevance_find(host, job, batch, &request, maps, NULL);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("lrp", "1.0"),
	.summary = "Layer-wise relevance propagation: the score shared out to the pixels",
	.description = "Begins with the class score and lets each layer share what has "
		       "come to it among its inputs by what they contribute, with a "
		       "rule for each kind of layer. With the rule z+ only what speaks "
		       "for the class is followed; alpha-beta and gamma show what speaks "
		       "against it too. Where layers have biases, these take their part, "
		       "and the map sums to less than the score.",
	.reference = "Bach et al. 2015, On Pixel-Wise Explanations, PLoS ONE 10(7); "
		     "Montavon et al. 2019, Layer-Wise Relevance Propagation: An "
		     "Overview, section 10.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = layer_check,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
