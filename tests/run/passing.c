/*
 * A pass of each picture at its own size to given layers, and backward from half the
 * squared norm of each.
 */
#include <stdio.h>

#include <cnnviz/cnnviz.h>

#define LAYERS_MAX 4

static const cnnviz_parameter parameters[] = {
	{ "layers", CNNVIZ_PARAMETER_LAYER,
			.flags = CNNVIZ_PARAMETER_REQUIRED | CNNVIZ_PARAMETER_LIST,
			.summary = "layers to go to" },
	{ "rule", CNNVIZ_PARAMETER_INT, .default_value = "0", .minimum = 0, .maximum = 3,
			.summary = "backward rule, by number" },
};

static const cnnviz_artifact artifacts[] = {
	{ "activation", CNNVIZ_ARTIFACT_ARRAY, .summary = "activation of each layer" },
	{ "gradient", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "gradient of the sum of the objectives by the input" },
};

static cnnviz_status read_input(const cnnviz_host *host, cnnviz_job *job,
		cnnviz_tensor **input)
{
	cnnviz_tensor *picture = NULL;
	cnnviz_status status = host->image->original(job, 0, &picture);

	if (status == CNNVIZ_OK) {
		status = host->image->normalize(job, picture, input);
	}
	host->tensor->unref(picture);
	return status;
}

/** Keep a layer's activation and give the seed of its objective. */
static cnnviz_status take_layer(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_pass *pass, int32_t layer, uint32_t i, cnnviz_tensor **seed)
{
	const cnnviz_tensor *activation = host->pass->activation(pass, layer);
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)i);
	cnnviz_status status = host->artifact->array(job, "activation", number,
			activation, CNNVIZ_WHOLE);
	return status != CNNVIZ_OK
			? status
			: host->objective->half_squared_norm(job, activation, NULL, seed);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	const int32_t input_layer = CNNVIZ_LAYER_INPUT;
	uint32_t count = host->parameter->list_count(job, "layers");
	int32_t layers[LAYERS_MAX];
	cnnviz_tensor *seeds[LAYERS_MAX] = { NULL };
	const cnnviz_tensor *given[LAYERS_MAX];
	cnnviz_tensor *input = NULL, *gradient = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = read_input(host, job, &input);

	(void)batch;
	count = count < LAYERS_MAX ? count : LAYERS_MAX;
	for (uint32_t i = 0; i < count; i++) {
		layers[i] = (int32_t)host->parameter->list_integer(job, "layers", i);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->forward(job, input, count, layers, &pass);
	}
	for (uint32_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = take_layer(host, job, pass, layers[i], i, &seeds[i]);
		given[i] = seeds[i];
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, pass,
				(uint32_t)host->parameter->integer(job, "rule"), count,
				layers, given, 1, &input_layer, &gradient);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "gradient", NULL, gradient,
				CNNVIZ_WHOLE);
	}
	for (uint32_t i = 0; i < count; i++) {
		host->tensor->unref(seeds[i]);
	}
	host->tensor->unref(gradient);
	host->tensor->unref(input);
	host->pass->unref(pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("passing", "1.0"),
	.summary = "Passes of pictures at their own size",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
