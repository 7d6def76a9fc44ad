/**
 * \file    blur_ig.c
 * \brief   Blur integrated gradients: what each value contributes while the picture comes into
 *          focus
 *
 *     BlurIG_i(x) = int_inf^0 dF(x(s)) / dx_i * dx_i(s) / ds ds
 *                 ~ sum_{k=0}^{m-1} dF((x_k + x_{k+1}) / 2) / dx_i * (x_k - x_{k+1})_i
 *
 * where x(s) is the normalized input x blurred by a Gaussian of deviation s, x_k = x((k/m)^2 *
 * max_sigma), m `steps`, F the class score before the softmax, and dF/dx the map of `base`.
 *
 * S. Xu, S. Venugopalan, M. Sundararajan: Attribution in Scale and Space. 2020,
 * arXiv:2004.03383, section 3.
 *
 * The authors' code (package saliency, BlurIG) takes the gradient at x_k and the derivative of
 * the blur there by a difference of 0.01 in s: near 0 such a small blur changes no pixel, and
 * all that is finest is left out. Here the path is made of straight pieces between the x_k, the
 * gradient is taken in the middle of each, and the pieces add up to x - x_m. The code's
 * deviations are in equal steps; here they are denser where the picture is nearly in focus, since
 * that is where the score changes. It blurs with zeros beyond the picture's edges, this with the
 * picture mirrored there, so that no frame moves in.
 *
 * The sum of the map is F(x) - F(x_m), as of integrated gradients; its error is recorded.
 */
#include <string.h>

#include "common/completeness.h"
#include "common/samples.h"

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job that computes the gradient: its maps "
				   "have the input's shape" },
	{ "steps", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "50", .minimum = 1, .maximum = 100000,
			.summary = "blurred pictures on the path" },
	{ "max_sigma", CNNVIZ_PARAMETER_FLOAT, .default_value = "50", .minimum = 0.1,
			.maximum = 1000, .unit = "pixels",
			.summary = "deviation of the blur that the path begins with" },
	{ "points_together", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 4096,
			.summary = "how many points go through the network at once; "
				   "fewer need less memory" },
};

/** The path of one picture: the next piece of it begins with the picture less blurred */
struct path {
	struct completeness completeness;
	cnnviz_tensor *x;       /* (1,C,H,W) */
	cnnviz_tensor *blurred; /* x_k, then x_{k+1} */
};

static cnnviz_status begin(struct samples *samples, uint32_t n, const float *x)
{
	const cnnviz_tensor_api *tensor = samples->host->tensor;
	const int64_t *shape = tensor->shape(samples->batch->inputs);
	struct path *path = samples->context;
	cnnviz_status status = tensor->create(samples->job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, &path->x);

	(void)n;
	if (status == CNNVIZ_OK) {
		memcpy(tensor->mutable_data(path->x), x,
				(size_t)samples->size * sizeof(float));
		path->blurred = tensor->ref(path->x);
	}
	return status;
}

static void end(struct samples *samples)
{
	struct path *path = samples->context;

	samples->host->tensor->unref(path->blurred);
	samples->host->tensor->unref(path->x);
	path->blurred = path->x = NULL;
}

/** The middle of piece k, and its difference; x_{k+1} takes the place of x_k */
static cnnviz_status make(struct samples *samples, int64_t k, float *piece, float *middle)
{
	const cnnviz_host *host = samples->host;
	struct path *path = samples->context;
	double part = (double)(k + 1) / (double)samples->count;
	double sigma = host->parameter->real(samples->job, "max_sigma") * part * part;
	cnnviz_tensor *blurred = NULL;
	cnnviz_status status = host->image->blur(samples->job, path->x, sigma,
			CNNVIZ_EDGE_MIRROR, &blurred);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const float *sharp = host->tensor->data(path->blurred);
	const float *dull = host->tensor->data(blurred);

	for (int64_t i = 0; i < samples->size; i++) {
		piece[i] = sharp[i] - dull[i];
		middle[i] = (sharp[i] + dull[i]) / 2;
	}
	host->tensor->unref(path->blurred);
	path->blurred = blurred;
	return CNNVIZ_OK;
}

static cnnviz_status finish(struct samples *samples, uint32_t n, float *map)
{
	const struct path *path = samples->context;
	double sum = 0;

	for (int64_t i = 0; i < samples->size; i++) {
		map[i] = (float)samples->sums[0][i];
		sum += samples->sums[0][i];
	}
	return completeness_report(&path->completeness, n, path->blurred, sum);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct path path = { .x = NULL };
	struct samples samples = {
		.host = host,
		.job = job,
		.batch = batch,
		.count = host->parameter->integer(job, "steps"),
		.together = host->parameter->integer(job, "points_together"),
		.like_input = true,
		.weighted = true,
		.begin = begin,
		.make = make,
		.finish = finish,
		.end = end,
		.context = &path,
	};
	cnnviz_status status = completeness_begin(host, job, batch, &path.completeness);

	if (status == CNNVIZ_OK) {
		status = samples_run(&samples, maps);
	}
	completeness_end(&path.completeness);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("blur_ig", "1.0"),
	.summary = "Blur integrated gradients: contributions while the picture comes "
		   "into "
		   "focus",
	.description = "Integrates the gradient along ever less blurred copies of the "
		       "picture: no baseline color has to be chosen, and no artifact of "
		       "one "
		       "is marked. The map sums to the change of the class score from "
		       "the "
		       "most blurred copy; the error of this sum is reported with each "
		       "map.",
	.reference = "Xu, Venugopalan, Sundararajan 2020, Attribution in Scale and "
		     "Space, "
		     "arXiv:2004.03383, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
