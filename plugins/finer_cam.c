/**
 * \file    finer_cam.c
 * \brief   Finer-CAM: what tells the class from those most like it
 *
 *     f     = y^c - alpha 1/T sum_{t=1}^T y^(d_t)
 *     L^c   = ReLU( sum_k w_k A^k ),    w_k = 1/Z sum_ij d f / d A_ij^k
 *
 * in the symbols of grad_cam.c, where d_1 to d_T are the classes whose scores are closest to
 * that of c.
 *
 * Z. Zhang, J. Gu, A. Chowdhury, Z. Mai, D. Carlyn, T. Berger-Wolf, Y. Su, W.-L. Chao:
 * Finer-CAM: Spotting the Difference Reveals Finer Details for Visual Explanation. 2025,
 * arXiv:2501.11309, section 3.
 *
 * As in torch-cam. pytorch-grad-cam weights the classes d_t by their probabilities, through
 * which its gradient also goes: `weighted`. With alpha = 0 this is Grad-CAM.
 */
#include "common/cam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cnnviz_parameter parameters[] = {
	CAM_PARAMETERS,
	{ CAM_EIGEN_SMOOTH },
	{ "alpha", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.6", .minimum = 0,
			.maximum = 100,
			.summary = "how much of the other classes' scores is taken "
				   "away" },
	{ "references", CNNVIZ_PARAMETER_INT, .default_value = "3", .minimum = 1,
			.maximum = 1000000,
			.summary = "how many classes the target is compared with" },
	{ "weighted", CNNVIZ_PARAMETER_BOOL, .default_value = "no",
			.summary = "whether they count by their probabilities" },
};

/** Finer-CAM compares the scores of classes, so they must be one number each. */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	if (host->model->layer_shape(job, CNNVIZ_LAYER_LOGITS, shape) != 1) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"the network gives a map of scores for each class, and "
				"finer_cam compares single scores; use grad_cam");
	}
	return host->model->class_count(job) > 1
			? cam_check(host, job)
			: host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
					"the network has one class, so there is none to "
					"compare it with; use grad_cam");
}

/** The index of the class closest to c that is not marked yet */
static int64_t find_closest(const float *y, int64_t classes, int64_t c,
		const bool *marked)
{
	int64_t found = -1;

	for (int64_t d = 0; d < classes; d++) {
		if (d != c && !marked[d]
				&& (found < 0
						|| fabsf(y[d] - y[c]) < fabsf(y[found]
								   - y[c]))) {
			found = d;
		}
	}
	return found;
}

/** The gradient of f with respect to y, for the marked classes */
static void fill_seed(const float *y, int64_t classes, int64_t c, const bool *marked,
		double alpha, bool weighted, float *seed)
{
	double sum = 0, f = 0;

	for (int64_t d = 0; d < classes; d++) {
		double p = marked[d] ? (weighted ? exp((double)y[d] - y[c]) : 1) : 0;

		sum += p;
		f += p * (y[c] - alpha * y[d]);
	}
	f /= sum;
	for (int64_t d = 0; d < classes; d++) {
		double p = marked[d] ? (weighted ? exp((double)y[d] - y[c]) : 1) : 0;
		/* Through the weight of d, if it is a probability */
		double through = weighted ? y[c] - alpha * y[d] - f : 0;

		seed[d] = (float)(p / sum * (through - alpha) + (d == c));
	}
}

static cnnviz_status compare(const struct cam *cam, const cnnviz_tensor *logits,
		cnnviz_tensor **seed)
{
	const cnnviz_host *host = cam->host;
	const int64_t *shape = host->tensor->shape(logits);
	double alpha = host->parameter->real(cam->job, "alpha");
	bool weighted = host->parameter->boolean(cam->job, "weighted");
	int64_t references = host->parameter->integer(cam->job, "references");
	bool *marked = malloc((size_t)shape[1]);
	cnnviz_status status = marked != NULL
			? host->tensor->create(cam->job, 2, shape, seed)
			: host->fail(cam->job, CNNVIZ_ERROR_MEMORY, "out of memory");

	for (int64_t n = 0; n < shape[0] && status == CNNVIZ_OK; n++) {
		const float *y = host->tensor->data(logits) + n * shape[1];
		float *values = host->tensor->mutable_data(*seed) + n * shape[1];
		int64_t c = CNNVIZ_CLASS_OF(cam->batch->targets[n]);

		memset(marked, 0, (size_t)shape[1]);
		for (int64_t t = 0; t < references && t < shape[1] - 1; t++) {
			marked[find_closest(y, shape[1], c, marked)] = true;
		}
		fill_seed(y, shape[1], c, marked, alpha, weighted, values);
		for (int64_t d = 0; d < shape[1]; d++) {
			values[d] *= (float)CNNVIZ_SIGN_OF(cam->batch->targets[n]);
		}
	}
	free(marked);
	return status;
}

static const struct cam_method method = {
	.weigh = cam_mean_gradients,
	.seed = compare,
	.gradients = true,
};

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	return cam_run(host, job, batch, &method, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("finer_cam", "1.0"),
	.summary = "Finer-CAM: what tells the class from those most like it",
	.description = "Grad-CAM of the class score less a part of the scores of the "
		       "most "
		       "similar classes: what they share is left out. For classes of "
		       "one kind, such as breeds.",
	.reference = "Zhang et al. 2025, Finer-CAM, arXiv:2501.11309, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_CAM,
	.attribute = attribute,
	.check = check,
	.asks = CNNVIZ_ASKS_GRADIENTS | CNNVIZ_ASKS_CLASSES,
	.family = CNNVIZ_FAMILY_CAM,
};

CNNVIZ_PLUGIN(technique)
