/**
 * \file    ss_cam.c
 * \brief   SS-CAM: Score-CAM under noisy masks
 *
 *     w_k^c = softmax_k( 1/N sum_{i=1}^N  y^c( x * (H_k + delta_i) ) ),
 *     delta_i ~ Normal(0, sigma^2) for each pixel
 *     L^c   = ReLU( sum_k w_k^c A^k )
 *
 * in the symbols of score_cam.c.
 *
 * H. Wang, R. Naidu, J. Michael, S. S. Kundu: SS-CAM: Smoothed Score-CAM for Sharper Visual
 * Feature Localization. 2020, arXiv:2006.14255, section 3: its first variant, noise on the
 * feature maps, as in torch-cam.
 *
 * N passes for each feature map: `samples` and `channels` say how many.
 */
#include "common/masks.h"

static const cnnviz_parameter parameters[] = {
	MASKS_PARAMETERS,
	MASKS_SAMPLES("35", "noisy copies of each mask"),
	{ "deviation", CNNVIZ_PARAMETER_FLOAT, .default_value = "2", .minimum = 0,
			.maximum = 1000,
			.summary = "standard deviation of the noise, on masks from 0 to "
				   "1" },
};

static void add_noise(const struct masks *masks, int64_t sample, float *mask,
		int64_t count)
{
	const cnnviz_host *host = masks->cam->host;
	double deviation = host->parameter->real(masks->cam->job, "deviation");

	(void)sample;
	host->random->normal(masks->random, 0, (float)deviation, count, masks->room);
	for (int64_t i = 0; i < count; i++) {
		mask[i] += masks->room[i];
	}
}

static const struct masks_method method = { .change = add_noise };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return masks_attribute(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("ss_cam", "1.0"),
	.summary = "SS-CAM: Score-CAM under noisy masks",
	.description = "As Score-CAM, but the score of each feature map is the mean over "
		       "copies of its mask with noise. As many times slower as there "
		       "are samples.",
	.reference = "Wang et al. 2020, SS-CAM, arXiv:2006.14255, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
