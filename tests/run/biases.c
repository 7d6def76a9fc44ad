/*
 * The target's logit, and what its parts add up to: input times gradient, and what each
 * layer adds whatever its input times the gradient there. In a network of ReLUs the two
 * are equal.
 */
#include <cnnviz/cnnviz.h>

#define LAYERS_MOST 32

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "layer to describe" },
};

static const cnnviz_artifact artifacts[] = {
	{ "logit", CNNVIZ_ARTIFACT_SCALAR, .summary = "of the target" },
	{ "parts", CNNVIZ_ARTIFACT_SCALAR, .summary = "what they add up to" },
	{ "weight", CNNVIZ_ARTIFACT_ARRAY, .summary = "of the layer" },
	{ "input", CNNVIZ_ARTIFACT_SCALAR, .summary = "layer before that layer" },
	{ "padding", CNNVIZ_ARTIFACT_SCALAR, .summary = "of the layer, on each side" },
};

/** The layers that add something, and what; how many there are */
static uint32_t find_offsets(const cnnviz_host *host, cnnviz_job *job, int32_t *layers,
		cnnviz_tensor **offsets)
{
	uint32_t count = 0;

	for (int32_t i = 0; i < host->model->layer_count(job) && count < LAYERS_MOST;
			i++) {
		cnnviz_tensor *offset = NULL;

		if (host->model->layer_offset(job, i, &offset) == CNNVIZ_OK
				&& offset != NULL) {
			layers[count] = i;
			offsets[count++] = offset;
		}
	}
	return count;
}

/** Sum of a gradient (1,C,...) times one number for each channel */
static double weigh(const cnnviz_host *host, const cnnviz_tensor *gradient,
		const cnnviz_tensor *offset)
{
	int64_t channels = host->tensor->shape(gradient)[1];
	int64_t area = host->tensor->count(gradient) / channels;
	double sum = 0;

	for (int64_t i = 0; i < channels * area; i++) {
		sum += (double)host->tensor->data(gradient)[i]
				* (double)host->tensor->data(offset)[i / area];
	}
	return sum;
}

/** Add up the parts. The first gradient is that of the input. */
static double add_up(const cnnviz_host *host, const cnnviz_tensor *input, uint32_t count,
		cnnviz_tensor *const *offsets, cnnviz_tensor *const *gradients)
{
	double sum = 0;

	for (int64_t i = 0; i < host->tensor->count(input); i++) {
		sum += (double)host->tensor->data(input)[i]
				* (double)host->tensor->data(gradients[0])[i];
	}
	for (uint32_t i = 0; i < count; i++) {
		sum += weigh(host, gradients[i + 1], offsets[i]);
	}
	return sum;
}

static cnnviz_status describe(const cnnviz_host *host, cnnviz_job *job, int32_t layer)
{
	int32_t input = CNNVIZ_LAYER_NONE;
	double padding[4] = { 0 };
	uint32_t inputs = host->model->layer_inputs(job, layer, 1, &input);
	uint32_t sides = host->model->layer_setting(job, layer, "padding", 4, padding);
	cnnviz_status status = host->artifact->array(job, "weight", NULL,
			host->model->layer_weight(job, layer, CNNVIZ_WEIGHT),
			CNNVIZ_WHOLE);

	if (inputs != 1 || sides != 4
			|| host->model->layer_setting(job, layer, "none", 0, NULL) != 0
			|| host->model->layer_weight(job, layer, 4) != NULL) {
		return host->fail(job, CNNVIZ_ERROR_ENGINE,
				"the layer is described wrongly");
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "input", NULL, input);
	}
	return status == CNNVIZ_OK
			? host->artifact->scalar(job, "padding", NULL, padding[3])
			: status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int32_t captures[LAYERS_MOST + 2] = { CNNVIZ_LAYER_INPUT };
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_tensor *offsets[LAYERS_MOST] = { NULL };
	cnnviz_tensor *gradients[LAYERS_MOST + 1] = { NULL }, *seed = NULL;
	cnnviz_pass *pass = NULL;
	double logit = 0;
	uint32_t count = find_offsets(host, job, captures + 1, offsets);

	captures[count + 1] = logits;
	cnnviz_status status = host->pass->forward(job, batch->inputs, count + 1,
			captures + 1, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->logit(job, host->pass->activation(pass, logits),
				batch->targets, &logit, &seed);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const *)&seed, count + 1, captures,
				gradients);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "logit", NULL, logit);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "parts", NULL,
				add_up(host, batch->inputs, count, offsets, gradients));
	}
	if (status == CNNVIZ_OK) {
		status = describe(host, job,
				(int32_t)host->parameter->integer(job, "layer"));
	}
	for (uint32_t i = 0; i <= count; i++) {
		host->tensor->unref(gradients[i]);
		host->tensor->unref(i < count ? offsets[i] : NULL);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("biases", "1.0"),
	.summary = "The parts that a logit is the sum of",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
