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

#include <stdlib.h>

struct noise {
	cnnviz_random *random;
	double deviation;
	float *values;
};

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
	{ MASKS_CHANNELS },
	{ MASKS_TOGETHER },
	{ "samples", CNNVIZ_PARAMETER_INT, .default_value = "35", .minimum = 1,
			.maximum = 100000, .summary = "noisy copies of each mask" },
	{ "deviation", CNNVIZ_PARAMETER_FLOAT, .default_value = "2", .minimum = 0,
			.maximum = 1000,
			.summary = "standard deviation of the noise, on masks from 0 to "
				   "1" },
};

static void add_noise(const struct masks *masks, int64_t sample, float *mask,
		int64_t count)
{
	const struct noise *noise = masks->context;

	(void)sample;
	masks->cam->host->random->normal(noise->random, 0, (float)noise->deviation, count,
			noise->values);
	for (int64_t i = 0; i < count; i++) {
		mask[i] += noise->values[i];
	}
}

static cnnviz_status weigh(const struct cam *cam, uint32_t n,
		const struct cam_features *features, double *weights)
{
	const cnnviz_host *host = cam->host;
	const int64_t *shape = host->tensor->shape(cam->batch->inputs);
	struct noise noise = {
		.deviation = host->parameter->real(cam->job, "deviation"),
		.values = malloc((size_t)(shape[2] * shape[3]) * sizeof(float)),
	};
	const struct masks masks = {
		.cam = cam,
		.item = n,
		.features = features,
		.samples = host->parameter->integer(cam->job, "samples"),
		.change = add_noise,
		.context = &noise,
	};
	cnnviz_status status = noise.values == NULL
			? host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for noise")
			: host->random->create(cam->job, cam->batch->streams[n],
					&noise.random);

	if (status == CNNVIZ_OK) {
		status = masks_weigh(&masks, weights);
	}
	host->random->unref(noise.random);
	free(noise.values);
	return status;
}

static const struct cam_method method = { .weigh = weigh };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
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
