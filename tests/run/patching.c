/*
 * Two items, a picture's input and its negative, through the network; then five variants
 * of their activations of a layer through the rest of it: unchanged, without the first
 * channel, and turned around. `mistake` is what to do wrong.
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

#define SIDES_MOST 8
#define VARIANTS 5

static const uint32_t items[VARIANTS] = { 0, 1, 1, 0, 1 };

enum mistake {
	NONE,
	SIDES_LEFT_OUT,
	BACKWARD_AFTER_FORWARD_ONLY,
	NO_SUCH_ITEM,
	OTHER_SHAPE,
	LAYER_NOT_RUN,
	NOT_A_MULTIPLE,
};

static const char *const mistakes[] = { "none", "sides", "backward", "item", "shape",
	"layer", "multiple", NULL };

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "layer to change" },
	{ "mistake", CNNVIZ_PARAMETER_ENUM, .default_value = "none", .choices = mistakes,
			.summary = "what to do wrong" },
};

static const cnnviz_artifact artifacts[] = {
	{ "logits", CNNVIZ_ARTIFACT_ARRAY, .summary = "of both items" },
	{ "variants", CNNVIZ_ARTIFACT_ARRAY, .summary = "logits of the variants" },
	{ "gradient", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "of half the squared norm of the variants' logits by "
				   "the layer" },
	{ "sides", CNNVIZ_ARTIFACT_SCALAR, .summary = "layers beside that one" },
};

/** Number of values of an item */
static int64_t size_of(const cnnviz_host *host, const cnnviz_tensor *tensor)
{
	return host->tensor->count(tensor) / host->tensor->shape(tensor)[0];
}

static cnnviz_status make_input(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *picture, cnnviz_tensor **input)
{
	int64_t shape[CNNVIZ_MAX_RANK], size = size_of(host, picture);

	memcpy(shape, host->tensor->shape(picture), 4 * sizeof(*shape));
	shape[0] = 2;
	cnnviz_status status = host->tensor->create(job, 4, shape, input);

	for (int64_t i = 0; status == CNNVIZ_OK && i < size; i++) {
		float *values = host->tensor->mutable_data(*input);

		values[i] = host->tensor->data(picture)[i];
		values[size + i] = -values[i];
	}
	return status;
}

static cnnviz_status make_variants(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *activation, enum mistake mistake,
		cnnviz_tensor **variants)
{
	int64_t shape[CNNVIZ_MAX_RANK], size = size_of(host, activation);
	int64_t plane = size / host->tensor->shape(activation)[1];

	memcpy(shape, host->tensor->shape(activation),
			host->tensor->rank(activation) * sizeof(*shape));
	shape[0] = VARIANTS;
	shape[1] += mistake == OTHER_SHAPE;
	cnnviz_status status = host->tensor->create(job, host->tensor->rank(activation),
			shape, variants);

	for (int64_t v = 0; status == CNNVIZ_OK && mistake != OTHER_SHAPE && v < VARIANTS;
			v++) {
		const float *from = host->tensor->data(activation) + items[v] * size;
		float *values = host->tensor->mutable_data(*variants) + v * size;

		for (int64_t i = 0; i < size; i++) {
			values[i] = v < 2 || (v == 2 && i >= plane) ? from[i]
					: v == 2                    ? 0
								    : -from[i];
		}
	}
	return status;
}

/** Run the variants, and what is asked of them. */
static cnnviz_status run_variants(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_pass *pass, int32_t layer, enum mistake mistake)
{
	static const uint32_t wrong[VARIANTS] = { 0, 1, 2, 0, 1 };
	const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *rest = NULL;
	cnnviz_tensor *variants = NULL, *seed = NULL, *gradient = NULL;
	cnnviz_status status = make_variants(host, job,
			host->pass->activation(pass, layer), mistake, &variants);

	if (status == CNNVIZ_OK) {
		status = host->pass->forward_from(job, pass,
				mistake == LAYER_NOT_RUN ? logits : layer, variants,
				mistake == NO_SUCH_ITEM                     ? wrong
						: mistake == NOT_A_MULTIPLE ? NULL
									    : items,
				mistake == BACKWARD_AFTER_FORWARD_ONLY
						? CNNVIZ_PASS_FORWARD_ONLY
						: 0,
				1, &logits, &rest);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "variants", NULL,
				host->pass->activation(rest, logits), CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = host->objective->half_squared_norm(job,
				host->pass->activation(rest, logits), NULL, &seed);
	}
	if (status == CNNVIZ_OK) {
		status = host->pass->backward(job, rest, CNNVIZ_RULE_PLAIN, 1, &logits,
				(const cnnviz_tensor *const *)&seed, 1, &layer,
				&gradient);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "gradient", NULL, gradient,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(variants);
	host->tensor->unref(seed);
	host->tensor->unref(gradient);
	host->pass->unref(rest);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	enum mistake mistake = (enum mistake)host->parameter->integer(job, "mistake");
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	int32_t captures[2 + SIDES_MOST] = { layer, CNNVIZ_LAYER_LOGITS };
	uint32_t sides = host->model->side_layers(job, layer, CNNVIZ_LAYER_LOGITS,
			SIDES_MOST, captures + 2);
	cnnviz_tensor *input = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = make_input(host, job, batch->inputs, &input);

	if (status == CNNVIZ_OK) {
		status = host->pass->forward(job, input,
				mistake == SIDES_LEFT_OUT                  ? 2
						: mistake == LAYER_NOT_RUN ? 1
									   : 2 + sides,
				captures, &pass);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->scalar(job, "sides", NULL, sides);
	}
	if (status == CNNVIZ_OK && mistake == NONE) {
		status = host->artifact->array(job, "logits", NULL,
				host->pass->activation(pass, CNNVIZ_LAYER_LOGITS),
				CNNVIZ_WHOLE);
	}
	if (status == CNNVIZ_OK) {
		status = run_variants(host, job, pass, layer, mistake);
	}
	host->tensor->unref(input);
	host->pass->unref(pass);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("patching", "1.0"),
	.summary = "The rest of the network from changed activations",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
};

CNNVIZ_PLUGIN(technique)
