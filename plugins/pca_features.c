/**
 * \file    pca_features.c
 * \brief   The first three principal components of a layer's features, as red, green and blue
 *
 *     p_k(x) = v_k . (x - m),    k = 1, 2, 3
 *
 * where x has the values of all channels at one position, m is their mean over the positions
 * and v_k the eigenvector of their covariance with the k-th largest eigenvalue. Positions
 * of one color are alike to the network.
 *
 * M. Oquab et al.: DINOv2: Learning Robust Visual Features without Supervision. 2023,
 * arXiv:2304.07193, section 7.2 and figure 1.
 *
 * The paper shows some pictures together and drops what it takes for the background, which is
 * left out here. A vector has no sign of its own: it gets the one in which its entry of the
 * largest magnitude, the first of equal ones, is above 0. Colors go from `range` standard
 * deviations below the mean to as many above it, not from the least value to the largest,
 * so that they mean the same in all pictures of a run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/frame.h"
#include "common/principal.h"

/** Of a layer with more channels the covariance would take too much memory. */
#define CHANNELS_MAX 4096

/* In the order of the values of `over` */
static const char *const spans[] = { "pictures", "picture", NULL };

enum span {
	PICTURES,
	PICTURE,
};

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose features are shown" },
	{ "over", CNNVIZ_PARAMETER_ENUM, .default_value = "pictures", .choices = spans,
			.summary = "whose positions have the components in common: all "
				   "pictures of the run, or each picture alone" },
	{ "range", CNNVIZ_PARAMETER_FLOAT, .default_value = "2", .minimum = 0.001,
			.maximum = 1000,
			.summary = "standard deviations from the mean at which a color "
				   "saturates" },
	{ FRAME_AT },
};

static const cnnviz_artifact artifacts[] = {
	{ "components", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "the components as red, green and blue; gray is the "
				   "mean" },
	{ "projections", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "(3,h,w), the components at each position of the "
				   "layer" },
	{ "explained", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "share of the variance that a component has, as "
				   "explained-1" },
};

static cnnviz_status begin(const cnnviz_host *host, cnnviz_job *job,
		struct principal *principal)
{
	int64_t shape[CNNVIZ_MAX_RANK];

	host->model->layer_shape(job, (int32_t)host->parameter->integer(job, "layer"),
			shape);
	return principal_begin(principal, shape[0])
			? CNNVIZ_OK
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for the covariance of %lld "
					"channels",
					(long long)shape[0]);
}

/* ---- One picture --------------------------------------------------------------- */

/** The layer's features for a batch; they live as long as the pass. */
static cnnviz_status take_features(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_pass **pass,
		const cnnviz_tensor **features)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_status status = host->pass->forward_only(job, batch->inputs, 1, &layer,
			pass);

	*features = status == CNNVIZ_OK ? host->pass->activation(*pass, layer) : NULL;
	return status == CNNVIZ_OK && *features == NULL ? CNNVIZ_ERROR_ENGINE : status;
}

static cnnviz_status add_features(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, struct principal *principal)
{
	const cnnviz_tensor *features;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = take_features(host, job, batch, &pass, &features);

	if (status == CNNVIZ_OK) {
		const int64_t *shape = host->tensor->shape(features);

		principal_add(principal, host->tensor->data(features), shape[0],
				shape[2] * shape[3]);
	}
	host->pass->unref(pass);
	return status;
}

/** Colors of projections, at the size of the results */
static cnnviz_status emit_picture(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct principal *principal,
		const cnnviz_tensor *projections)
{
	double range = host->parameter->real(job, "range");
	int64_t positions = host->tensor->count(projections) / PRINCIPAL_COUNT;
	cnnviz_tensor *colors = NULL, *drawn = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			host->tensor->shape(projections), &colors);

	for (int64_t i = 0; status == CNNVIZ_OK && i < PRINCIPAL_COUNT * positions; i++) {
		double width = 2 * range * principal->deviations[i / positions];
		double value = (double)host->tensor->data(projections)[i];
		double color = width > 0 ? 0.5 + value / width : 0.5;

		host->tensor->mutable_data(colors)[i] = (float)fmin(fmax(color, 0), 1);
	}
	if (status == CNNVIZ_OK) {
		status = frame_bring(host, job, batch, colors, CNNVIZ_FILTER_BILINEAR,
				&drawn);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->image(job, "components", NULL, drawn, 0);
	}
	host->tensor->unref(drawn);
	host->tensor->unref(colors);
	return status;
}

static cnnviz_status emit_shares(const cnnviz_host *host, cnnviz_job *job,
		const struct principal *principal)
{
	cnnviz_status status = CNNVIZ_OK;

	for (int k = 0; k < PRINCIPAL_COUNT && status == CNNVIZ_OK; k++) {
		double share = principal->variance > 0
				? principal->deviations[k] * principal->deviations[k]
						/ principal->variance
				: 0;
		char number[12];

		snprintf(number, sizeof(number), "%d", k + 1);
		status = host->artifact->scalar(job, "explained", number, share);
	}
	return status;
}

static cnnviz_status show(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct principal *principal)
{
	const cnnviz_tensor *features;
	cnnviz_tensor *projections = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = take_features(host, job, batch, &pass, &features);

	if (status == CNNVIZ_OK) {
		const int64_t *shape = host->tensor->shape(features);

		status = host->tensor->create(job, 4,
				(const int64_t[]){ 1, PRINCIPAL_COUNT, shape[2],
						shape[3] },
				&projections);
		if (status == CNNVIZ_OK) {
			principal_project(principal, host->tensor->data(features),
					shape[2] * shape[3],
					host->tensor->mutable_data(projections));
			status = host->artifact->array(job, "projections", NULL,
					projections, 0);
		}
	}
	if (status == CNNVIZ_OK) {
		status = emit_picture(host, job, batch, principal, projections);
	}
	if (status == CNNVIZ_OK) {
		status = emit_shares(host, job, principal);
	}
	host->tensor->unref(projections);
	host->pass->unref(pass);
	return status;
}

/* ---- The technique --------------------------------------------------------------- */

static bool is_alone(const cnnviz_host *host, cnnviz_job *job)
{
	return host->parameter->integer(job, "over") == PICTURE;
}

static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");

	if (host->model->layer_shape(job, layer, shape) != 3 || shape[1] * shape[2] < 2) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has no height and width, so there is "
				"nothing to show; name one of feature maps or of tokens "
				"with `layer`",
				host->parameter->text(job, "layer"));
	}
	if (shape[0] < PRINCIPAL_COUNT || shape[0] > CHANNELS_MAX) {
		return host->fail(job, CNNVIZ_ERROR_INPUT,
				"the layer \"%s\" has %lld channels, and components are "
				"sought among %d to %d; name another one with `layer`",
				host->parameter->text(job, "layer"), (long long)shape[0],
				PRINCIPAL_COUNT, CHANNELS_MAX);
	}
	return CNNVIZ_OK;
}

static cnnviz_status create(const cnnviz_host *host, cnnviz_job *job, void **data)
{
	struct principal *principal = calloc(1, sizeof(*principal));
	cnnviz_status status;

	if (principal == NULL) {
		return host->fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	status = is_alone(host, job) ? CNNVIZ_OK : begin(host, job, principal);
	if (status != CNNVIZ_OK) {
		free(principal);
		return status;
	}
	*data = principal;
	return CNNVIZ_OK;
}

static void destroy(const cnnviz_host *host, void *data)
{
	(void)host;
	principal_end(data);
	free(data);
}

static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	return is_alone(host, job) ? CNNVIZ_OK
				   : add_features(host, job, batch, host->job_data(job));
}

static cnnviz_status prepared(const cnnviz_host *host, cnnviz_job *job)
{
	if (!is_alone(host, job)) {
		principal_finish(host->job_data(job));
	}
	return CNNVIZ_OK;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	struct principal own;
	cnnviz_status status;

	if (!is_alone(host, job)) {
		return show(host, job, batch, host->job_data(job));
	}
	status = begin(host, job, &own);
	if (status != CNNVIZ_OK) {
		return status;
	}
	status = add_features(host, job, batch, &own);
	if (status == CNNVIZ_OK) {
		principal_finish(&own);
		status = show(host, job, batch, &own);
	}
	principal_end(&own);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("pca_features", "1.0"),
	.summary = "the first three principal components of a layer's features, as "
		   "colors",
	.description = "Shows what a layer tells apart: positions of one color have "
		       "features that are alike, in one picture or over all pictures of "
		       "the run. Says nothing of a class.",
	.reference = "Oquab et al. 2023, DINOv2: Learning Robust Visual Features without "
		     "Supervision, arXiv:2304.07193, section 7.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_CAM,
	.create = create,
	.destroy = destroy,
	.prepare = prepare,
	.prepared = prepared,
};

CNNVIZ_PLUGIN(technique)
