/*
 * The Hessian of half the squared norm's seed at the logits, times the activation of a layer,
 * from a pass that no backward pass follows. `mistake` is what to do wrong.
 */
#include <cnnviz/cnnviz.h>

#define SIDES_MOST 8

enum mistake { NONE, BACKWARD, OTHER_SHAPE, NOT_CAPTURED, NO_SEED, TOO_EARLY };

static const char *const mistakes[] = { "none", "backward", "shape", "layer", "seed",
	"early", NULL };

static const cnnviz_parameter parameters[] = {
	{ "layer", CNNVIZ_PARAMETER_LAYER, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "layer to vary" },
	{ "mistake", CNNVIZ_PARAMETER_ENUM, .default_value = "none", .choices = mistakes,
			.summary = "what to do wrong" },
};

static const cnnviz_artifact artifacts[] = {
	{ "product", CNNVIZ_ARTIFACT_ARRAY, .summary = "Hessian times activation" },
};

static cnnviz_status multiply(const cnnviz_host *host, cnnviz_job *job, cnnviz_pass *pass,
		int32_t layer, const cnnviz_tensor *seed, cnnviz_tensor **product)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS, input = CNNVIZ_LAYER_INPUT;
	enum mistake mistake = (enum mistake)host->parameter->integer(job, "mistake");

	if (mistake == BACKWARD) {
		return host->pass->backward(job, pass, CNNVIZ_RULE_PLAIN, 1, &logits,
				&seed, 1, &input, product);
	}
	return host->pass->hessian_product(job, pass,
			mistake == NOT_CAPTURED ? layer + 1 : layer,
			mistake == NO_SEED ? 0 : 1, &logits, &seed,
			mistake == OTHER_SHAPE ? seed
					       : host->pass->activation(pass, layer),
			product);
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	int32_t captures[2 + SIDES_MOST] = { CNNVIZ_LAYER_LOGITS, layer };
	uint32_t sides = host->model->side_layers(job, layer, CNNVIZ_LAYER_LOGITS,
			SIDES_MOST, captures + 2);
	cnnviz_pass *pass = NULL;
	cnnviz_tensor *seed = NULL, *product = NULL;
	cnnviz_status status = host->pass->forward_only(job, batch->inputs, 2 + sides,
			captures, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->half_squared_norm(job,
				host->pass->activation(pass, CNNVIZ_LAYER_LOGITS), NULL,
				&seed);
	}
	if (status == CNNVIZ_OK) {
		status = multiply(host, job, pass, layer, seed, &product);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "product", NULL, product,
				CNNVIZ_WHOLE);
	}
	host->tensor->unref(product);
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

/** Whether the services refuse before anything is computed, as they say */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_tensor *product = NULL;
	cnnviz_pass *pass = NULL;

	if (host->parameter->integer(job, "mistake") != TOO_EARLY) {
		return CNNVIZ_OK;
	}
	return host->pass->forward_only(job, NULL, 1, &logits, &pass)
					== CNNVIZ_ERROR_UNSUPPORTED
			? host->pass->hessian_product(job, NULL, 1, 0, NULL, NULL, NULL,
					&product)
			: CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("curving", "1.0"),
	.summary = "How gradients change",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
