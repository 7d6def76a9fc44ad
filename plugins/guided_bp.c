/**
 * \file    guided_bp.c
 * \brief   Guided backpropagation: the gradient, kept where it is positive
 *
 * Backpropagation of the class score to the picture, where each ReLU l passes
 *
 *     R_i^l = (f_i^l > 0) * (R_i^{l+1} > 0) * R_i^{l+1}     rule = guided
 *     R_i^l =               (R_i^{l+1} > 0) * R_i^{l+1}     rule = deconvnet
 *
 * in place of the true gradient (f_i^l > 0) * R_i^{l+1}, where f_i^l is the ReLU's
 * input and R_i^{l+1} the gradient with respect to its output.
 *
 * guided: J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller: Striving
 * for Simplicity: The All Convolutional Net. 2014, arXiv:1412.6806, section 3.4.
 * deconvnet: M. D. Zeiler, R. Fergus: Visualizing and Understanding
 * Convolutional Networks. 2013, arXiv:1311.2901, section 2.1.
 *
 * Both papers start from one unit of a hidden layer; this starts from the class score
 * before the softmax, as is usual now. The rule holds at every ReLU of the network,
 * those of nested blocks and of the classifier too; common implementations use the true
 * gradient there and so give a different map. In the deconvnet rule max-pooling goes
 * back through the forward pass's maxima, as in the paper. With `layer` it ends at a layer in
 * place of the input.
 */
#include "common/layer.h"

static const char *const rules[] = { "guided", "deconvnet", NULL };

static const uint32_t rule_codes[] = { CNNVIZ_RULE_GUIDED, CNNVIZ_RULE_DECONVNET };

static const cnnviz_parameter parameters[] = {
	{ "rule", CNNVIZ_PARAMETER_ENUM, .default_value = "guided", .choices = rules,
			.summary = "what a ReLU passes back: guided also requires that "
				   "its input was positive" },
	LAYER_PARAMETER("input"),
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t rule = host->parameter->integer(job, "rule");

	return host->pass->logit_gradient(job, batch, rule_codes[rule],
			(int32_t)host->parameter->integer(job, "layer"), NULL, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("guided_bp", "1.0"),
	.summary = "Guided backpropagation: the gradient through positive paths only",
	.description = "Backpropagates the class score, but each ReLU drops what would "
		       "lower its activation. Sharper than the true gradient, and less "
		       "specific to the class. A ReLU6 counts as a ReLU; where it is at "
		       "6, guided passes nothing, as the true gradient does. SiLU, GELU "
		       "and hard swish pass what a ReLU would, times their own slope. "
		       "Sigmoid and softmax pass the true gradient. `cnnviz run -v` and "
		       "the manifest tell at how many layers the rule acts; at none, the "
		       "map is that of vanilla_bp, and a warning says so.",
	.reference = "Springenberg, Dosovitskiy, Brox, Riedmiller 2014, Striving for "
		     "Simplicity, arXiv:1412.6806, section 3.4",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_GRADIENT,
	.attribute = attribute,
	.check = layer_check,
	.asks = CNNVIZ_ASKS_GRADIENTS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
