/**
 * \file    @NAME@.c
 * \brief   @NAME@: how strongly a layer responds at each position
 *
 *     m(i,j) = 1/C * sum_c |A_c(i,j)|
 *
 * where A is the layer's activation of C channels. A starting point: put your own
 * mathematics, its source and its summary here.
 */
#include <cnnviz/cnnviz.h>

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_features",
			.summary = "layer whose activation is shown" },
};

static const cnnviz_artifact artifacts[] = {
	{ "activation", CNNVIZ_ARTIFACT_IMAGE,
			.summary = "mean magnitude over channels, white at the strongest "
				   "position" },
	{ "strongest", CNNVIZ_ARTIFACT_SCALAR,
			.summary = "the value that is drawn in white" },
};

/** Mean magnitude over channels of (1,C,h,w); returns the largest */
static float average(const float *activation, const int64_t *shape, float *mean)
{
	int64_t area = shape[2] * shape[3];
	float strongest = 0;

	for (int64_t i = 0; i < area; i++) {
		float sum = 0;

		for (int64_t c = 0; c < shape[1]; c++) {
			float value = activation[c * area + i];

			sum += value < 0 ? -value : value;
		}
		mean[i] = sum / (float)shape[1];
		strongest = mean[i] > strongest ? mean[i] : strongest;
	}
	return strongest;
}

/** Average a layer's activation, and emit the picture and the scalar. */
static cnnviz_status show(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation)
{
	const cnnviz_tensor_api *tensor = host->tensor;

	if (tensor->rank(activation) != 4) {
		return host->fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"the layer %s has no spatial positions; choose one "
				"before the network is flattened",
				host->parameter->text(job, "layer"));
	}
	const int64_t *shape = tensor->shape(activation);
	const int64_t picture[] = { 1, shape[2], shape[3] };
	cnnviz_tensor *image = NULL;
	cnnviz_status status = tensor->create(job, 3, picture, &image);

	if (status != CNNVIZ_OK) {
		return status;
	}
	float *values = tensor->mutable_data(image);
	float strongest = average(tensor->data(activation), shape, values);

	for (int64_t i = 0; i < tensor->count(image) && strongest > 0; i++) {
		values[i] /= strongest;
	}
	status = host->artifact->image(job, "activation", NULL, image, CNNVIZ_WHOLE);

	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "strongest", NULL,
				(double)strongest);
	}
	tensor->unref(image);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward(job, batch->inputs, 1, &layer, &pass);

	if (status == CNNVIZ_OK) {
		status = show(host, job, host->pass->activation(pass, layer));
	}
	host->pass->unref(pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("@NAME@", "0.1"),
	.summary = "how strongly a layer responds at each position",
	.description = "Draws the mean magnitude of a layer's activation over its "
		       "channels.",
	.reference = "none: a starting point for your own technique",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
};

CNNVIZ_PLUGIN(technique)
