/**
 * \file    recipro_cam.c
 * \brief   Recipro-CAM: what the network still sees through one position of a layer
 *
 *     S_ij = p^c( A * M_ij ),    L^c = S - min S
 *
 * where A are the feature maps of the layer, M_ij is 1 at position (i,j) and 0 elsewhere or a
 * Gaussian of 3x3 positions around it, * is by element for each feature map, and p^c the
 * probability of class c.
 *
 * S.-Y. Byun, W. Lee: Recipro-CAM: Fast gradient-free visual explanations for convolutional
 * neural networks. 2022, arXiv:2209.14074, section 3.
 *
 * The paper also divides by max S - min S; here the map keeps the scale of probabilities, and
 * the host scales what it draws. No gradient is needed, and as many passes through the layers
 * behind as there are positions: far fewer than feature maps.
 */
#include "common/variants.h"

#include <stdlib.h>

/* In the order of enum mask */
static const char *const masks[] = { "gaussian", "point", NULL };

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ "mask", CNNVIZ_PARAMETER_ENUM, .default_value = "gaussian", .choices = masks,
			.summary = "what is kept: 3x3 positions by a Gaussian's weights, "
				   "or one alone" },
	{ VARIANTS_TOGETHER },
};

enum mask {
	GAUSSIAN,
	POINT,
};

/** The mask's value d rows or columns away from its position */
static float weight_at(int64_t mask, int64_t d)
{
	if (mask == POINT) {
		return d == 0;
	}
	return d == 0 ? 1 : d == 1 || d == -1 ? 0.5F : 0;
}

static void keep_position(const struct variants *variants, int64_t v, float *A)
{
	const struct cam_features *features = variants->features;
	int64_t mask = variants->cam->host->parameter->integer(variants->cam->job,
			"mask");
	float scale = mask == GAUSSIAN ? 0.25F : 1;

	for (int64_t at = 0; at < features->positions; at++) {
		int64_t down = at / features->width - v / features->width;
		int64_t right = at % features->width - v % features->width;
		float weight = scale * weight_at(mask, down) * weight_at(mask, right);

		for (int64_t k = 0; k < features->channels; k++) {
			A[k * features->positions + at] *= weight;
		}
	}
}

static cnnviz_status map(const struct cam *cam, uint32_t n,
		const struct cam_features *features, float *L)
{
	const struct variants variants = {
		.cam = cam,
		.item = n,
		.features = features,
		.count = features->positions,
		.change = keep_position,
		.probabilities = true,
	};
	double *scores = malloc((size_t)features->positions * sizeof(*scores));
	cnnviz_status status = scores != NULL
			? variants_score(&variants, NULL, scores)
			: cam->host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
					"out of memory for scores");

	if (status == CNNVIZ_OK) {
		double least = scores[0];

		for (int64_t ij = 0; ij < features->positions; ij++) {
			least = scores[ij] < least ? scores[ij] : least;
		}
		for (int64_t ij = 0; ij < features->positions; ij++) {
			L[ij] = (float)(scores[ij] - least);
		}
	}
	free(scores);
	return status;
}

static const struct cam_method method = { .map = map };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("recipro_cam", "1.0"),
	.summary = "Recipro-CAM: what the network still sees through one position of a "
		   "layer",
	.description = "Keeps of a layer's feature maps one position after the other, "
		       "and "
		       "shows the probability of the class that is left. Needs no "
		       "gradient, and few passes through the rest of the network.",
	.reference = "Byun, Lee 2022, Recipro-CAM, arXiv:2209.14074, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
