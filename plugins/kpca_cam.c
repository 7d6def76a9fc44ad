/**
 * \file    kpca_cam.c
 * \brief   KPCA-CAM: the main pattern of a layer's feature maps by a kernel
 *
 *     K_pq = tanh( gamma x_p . x_q + 1 )    or    exp( -gamma |x_p - x_q|^2 )
 *     L    = ReLU( sqrt(lambda_1) v_1 )
 *
 * where x_p are the values of all feature maps at position p, less their means over the
 * positions, lambda_1 the largest eigenvalue of the centered K and v_1 its eigenvector.
 *
 * S. Karmani, T. Sivakaran, G. Prasad, M. Ali, W. Yang, S. Tang: KPCA-CAM: Visual
 * Explainability of Deep Computer Vision Models using Kernel PCA. 2024, arXiv:2410.00267,
 * section III.
 *
 * Eigen-CAM (eigen_cam.c) with a kernel in place of the product. `gamma` is 1 over the number
 * of feature maps where it is 0, as scikit-learn has it, which pytorch-grad-cam calls. The sign
 * is the one in which the map agrees with the sum of the feature maps. The class makes no
 * difference.
 */
#include "common/cam.h"

#include <math.h>
#include <stdlib.h>

#include "common/component.h"

/* In the order of enum kernel */
static const char *const kernels[] = { "sigmoid", "rbf", NULL };

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ "kernel", CNNVIZ_PARAMETER_ENUM, .default_value = "sigmoid", .choices = kernels,
			.summary = "how two positions are compared" },
	{ "gamma", CNNVIZ_PARAMETER_FLOAT, .default_value = "0", .minimum = 0,
			.maximum = 1000000,
			.summary = "factor in the kernel; 0 for 1 over the number of "
				   "feature maps" },
};

enum kernel {
	SIGMOID,
	RBF,
};

/** A matrix for each pair of positions: deeper layers than this have fewer. */
#define POSITIONS_MAX 4096

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_status status = cam_check(host, job);
	uint32_t count = host->parameter->list_count(job, "layer");

	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		int64_t shape[CNNVIZ_MAX_RANK] = { 0 };

		host->model->layer_shape(job,
				(int32_t)host->parameter->list_integer(job, "layer", i),
				shape);
		if (shape[1] * shape[2] > POSITIONS_MAX) {
			status = host->fail(job, CNNVIZ_ERROR_INPUT,
					"the layer \"%s\" has %lld positions, and every "
					"pair of them would be compared; name a deeper "
					"layer with `layer`, of at most %d positions, or "
					"use eigen_cam",
					host->parameter->list_text(job, "layer", i),
					(long long)(shape[1] * shape[2]), POSITIONS_MAX);
		}
	}
	return status;
}

/** The kernel of positions p and q, from their products */
static double evaluate(int64_t kernel, double gamma, double pp, double pq, double qq)
{
	return kernel == RBF ? exp(-gamma * (pp + qq - 2 * pq)) : tanh(gamma * pq + 1);
}

/** Products of all pairs of positions, of the feature maps less their means */
static void fill_products(const struct cam_features *features, double *products)
{
	int64_t size = features->positions;

	for (int64_t k = 0; k < features->channels; k++) {
		const float *A = features->A + k * size;
		double mean = cam_sum(A, size) / (double)size;

		for (int64_t p = 0; p < size; p++) {
			for (int64_t q = 0; q <= p; q++) {
				products[p * size + q] += (A[p] - mean) * (A[q] - mean);
			}
		}
	}
	for (int64_t p = 0; p < size; p++) {
		for (int64_t q = p + 1; q < size; q++) {
			products[p * size + q] = products[q * size + p];
		}
	}
}

/** K of the products, then centered: what remains has mean 0 in each row and column. */
static void fill_kernel(const struct cam *cam, const struct cam_features *features,
		const double *products, double *means, double *K)
{
	int64_t kernel = cam->host->parameter->integer(cam->job, "kernel");
	double gamma = cam->host->parameter->real(cam->job, "gamma");
	int64_t size = features->positions;
	double mean = 0;

	gamma = gamma > 0 ? gamma : 1 / (double)features->channels;
	for (int64_t p = 0; p < size; p++) {
		means[p] = 0;
		for (int64_t q = 0; q < size; q++) {
			K[p * size + q] = evaluate(kernel, gamma, products[p * size + p],
					products[p * size + q], products[q * size + q]);
			means[p] += K[p * size + q] / (double)size;
		}
		mean += means[p] / (double)size;
	}
	for (int64_t p = 0; p < size; p++) {
		for (int64_t q = 0; q < size; q++) {
			K[p * size + q] += mean - means[p] - means[q];
		}
	}
}

/** The largest eigenvalue's vector: where a negative one is larger, it is moved away. */
static double find_largest(double *K, int64_t size, double *vector, double *scratch)
{
	double value = component_eigenvector(K, size, vector, scratch);

	if (value >= 0) {
		return value;
	}
	for (int64_t p = 0; p < size; p++) {
		K[p * size + p] -= value;
	}
	return component_eigenvector(K, size, vector, scratch) + value;
}

/** The signed projection of each position */
static void project(const struct cam_features *features, double value,
		const double *vector, float *L)
{
	int64_t size = features->positions;
	double agreement = 0, mean = 0;

	for (int64_t p = 0; p < size; p++) {
		mean += vector[p] / (double)size;
	}
	for (int64_t i = 0; i < features->channels * size; i++) {
		agreement += features->A[i] * (vector[i % size] - mean);
	}
	double scale = (agreement < 0 ? -1 : 1) * sqrt(value > 0 ? value : 0);

	for (int64_t p = 0; p < size; p++) {
		L[p] = (float)(scale * vector[p]);
	}
}

static cnnviz_status map(const struct cam *cam, uint32_t n,
		const struct cam_features *features, float *L)
{
	size_t size = (size_t)features->positions;
	double *products = calloc(size * size, sizeof(*products));
	double *K = calloc(size * size, sizeof(*K));
	double *vector = calloc(2 * size, sizeof(*vector));
	cnnviz_status status = CNNVIZ_OK;

	(void)n;
	if (products == NULL || K == NULL || vector == NULL) {
		status = cam->host->fail(cam->job, CNNVIZ_ERROR_MEMORY,
				"out of memory for the kernel of %zu positions", size);
	} else {
		fill_products(features, products);
		fill_kernel(cam, features, products, vector, K);
		double value = find_largest(K, (int64_t)size, vector, vector + size);

		project(features, value, vector, L);
	}
	free(vector);
	free(K);
	free(products);
	return status;
}

static const struct cam_method method = { .map = map };

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("kpca_cam", "1.0"),
	.summary = "KPCA-CAM: the main pattern of a layer's feature maps by a kernel",
	.description = "The first kernel principal component of a layer's feature maps. "
		       "As "
		       "Eigen-CAM, it needs no gradient and is the same for every "
		       "class.",
	.reference = "Karmani et al. 2024, KPCA-CAM, arXiv:2410.00267, section III",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
