/**
 * \file    is_cam.c
 * \brief   IS-CAM: Score-CAM whose masks come in step by step
 *
 *     w_k^c = softmax_k( 1/N sum_{i=1}^N  y^c( x * H_k * sum_{j=1}^i j/N ) )
 *     L^c   = ReLU( sum_k w_k^c A^k )
 *
 * in the symbols of score_cam.c.
 *
 * R. Naidu, A. Ghosh, Y. Maurya, S. R. Nayak K, S. S. Kundu: IS-CAM: Integrated Score-CAM for
 * axiomatic-based explanations. 2020, arXiv:2010.03023, section 3, as torch-cam has it: the
 * factors add up, so that the last ones lie far above 1.
 *
 * N passes for each feature map: `samples` and `channels` say how many.
 */
#include "common/masks.h"

static const cnnviz_parameter parameters[] = {
	MASKS_PARAMETERS,
	MASKS_SAMPLES("10", "strengths of each mask"),
};

static void fade(const struct masks *masks, int64_t sample, float *mask, int64_t count)
{
	double i = (double)sample + 1;
	float factor = (float)(i * (i + 1) / 2 / (double)masks->samples);

	for (int64_t at = 0; at < count; at++) {
		mask[at] *= factor;
	}
}

static const struct masks_method method = { .change = fade };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return masks_attribute(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("is_cam", "1.0"),
	.summary = "IS-CAM: Score-CAM whose masks come in step by step",
	.description = "As Score-CAM, but the score of each feature map is the mean over "
		       "masks of rising strength. As many times slower as there are "
		       "samples.",
	.reference = "Naidu et al. 2020, IS-CAM, arXiv:2010.03023, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
