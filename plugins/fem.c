/**
 * \file    fem.c
 * \brief   FEM: where feature maps are far above their mean, whatever the class
 *
 *     M^k = [ A^k >= mu_k + r sigma_k ]
 *     L   = sum_k mu_k M^k
 *
 * where A^k is feature map k of the layer, mu_k its mean, sigma_k its standard deviation and
 * r `deviations`.
 *
 * K. A. A. Fuad, P.-E. Martin, R. Giot, R. Bourqui, J. Benois-Pineau, A. Zemmari: Features
 * Understanding in 3D CNNs for Actions Recognition in Video. 2020, IPTA,
 * doi:10.1109/IPTA50016.2020.9286629.
 *
 * As in the paper and xplique. pytorch-grad-cam adds the feature maps themselves, each
 * weighted by the share of its positions above the threshold: `sum = share`. No gradient is
 * needed, and the class makes no difference.
 */
#include "common/cam.h"

#include <math.h>

/* In the order of enum sum */
static const char *const sums[] = { "masks", "share", NULL };

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
	{ "deviations", CNNVIZ_PARAMETER_FLOAT, .default_value = "2", .minimum = 0,
			.maximum = 100,
			.summary = "how many standard deviations above its mean a "
				   "position must be" },
	{ "sum", CNNVIZ_PARAMETER_ENUM, .default_value = "masks", .choices = sums,
			.summary = "what is added: the marked positions, weighted by the "
				   "mean, or the feature maps, by the share of marked "
				   "positions" },
};

enum sum {
	MASKS,
	SHARE,
};

static void multiply(const struct cam *cam, const struct cam_features *features,
		float *terms)
{
	bool share = cam->host->parameter->integer(cam->job, "sum") == SHARE;
	double deviations = cam->host->parameter->real(cam->job, "deviations");
	double positions = (double)features->positions;

	for (int64_t k = 0; k < features->channels; k++) {
		const float *A = features->A + k * features->positions;
		double mean = cam_sum(A, features->positions) / positions;
		double variance = 0, above = 0;

		for (int64_t ij = 0; ij < features->positions; ij++) {
			variance += (A[ij] - mean) * (A[ij] - mean) / positions;
		}
		double threshold = mean + deviations * sqrt(variance);

		for (int64_t ij = 0; ij < features->positions; ij++) {
			above += variance > 0 && A[ij] >= threshold;
		}
		for (int64_t ij = 0; ij < features->positions; ij++) {
			bool inside = variance > 0 && A[ij] >= threshold;

			terms[k * features->positions + ij] = (float)(share
							? above / positions * A[ij]
							: mean * inside);
		}
	}
}

static const struct cam_method method = { .multiply = multiply };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("fem", "1.0"),
	.summary = "FEM: where feature maps are far above their mean, whatever the class",
	.description = "Marks in each feature map of a layer the positions that are some "
		       "standard deviations above its mean, and adds the marks, "
		       "weighted by the mean. Needs no gradient, and says nothing of "
		       "a class.",
	.reference = "Fuad et al. 2020, Features Understanding in 3D CNNs for Actions "
		     "Recognition in "
		     "Video, doi:10.1109/IPTA50016.2020.9286629",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = cam_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
