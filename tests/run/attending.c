/**
 * \file    attending.c
 * \brief   The weights of an attention and the gradient of the class's logit there;
 *          `mistake` is what to do wrong
 */
#include <cnnviz/cnnviz.h>

/* In the order of enum mistake */
static const char *const mistakes[] = { "none", "early", "uncaptured", "layer", "forward",
	"seeds", NULL };

enum mistake {
	NONE,
	EARLY,
	UNCAPTURED,
	LAYER,
	FORWARD,
	SEEDS,
};

static const cnnviz_parameter parameters[] = {
	{ "mistake", CNNVIZ_PARAMETER_ENUM, .default_value = "none", .choices = mistakes,
			.summary = "what to do wrong" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, .flags = CNNVIZ_PARAMETER_REQUIRED,
			.summary = "attention that it asks for" },
};

static const cnnviz_artifact artifacts[] = {
	{ "weights", CNNVIZ_ARTIFACT_ARRAY, .summary = "how much of each key is taken" },
	{ "gradient", CNNVIZ_ARTIFACT_ARRAY, .summary = "of the logit, there" },
};

static cnnviz_status give(const cnnviz_host *host, cnnviz_job *job, const char *name,
		cnnviz_tensor *tensor)
{
	return host->artifact->array(job, name, NULL, tensor, CNNVIZ_WHOLE);
}

/** Ask for both of one layer. */
static cnnviz_status ask(const cnnviz_host *host, cnnviz_job *job, cnnviz_pass *pass,
		int32_t layer, const cnnviz_tensor *seed)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	uint32_t seeds = host->parameter->integer(job, "mistake") == SEEDS ? 0 : 1;
	cnnviz_tensor *weights = NULL, *gradient = NULL;
	cnnviz_status status = host->pass->attention(job, pass, layer, &weights);

	if (status == CNNVIZ_OK) {
		status = host->pass->attention_gradients(job, pass, seeds, &logits, &seed,
				1, &layer, &gradient);
	}
	if (status == CNNVIZ_OK) {
		status = give(host, job, "weights", weights);
	}
	if (status == CNNVIZ_OK) {
		status = give(host, job, "gradient", gradient);
	}
	host->tensor->unref(weights);
	host->tensor->unref(gradient);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	enum mistake mistake = (enum mistake)host->parameter->integer(job, "mistake");
	int32_t layer = (int32_t)host->parameter->integer(job, "layer");
	const int32_t captures[] = { CNNVIZ_LAYER_LOGITS, layer };
	uint32_t count = mistake == UNCAPTURED ? 1 : 2;
	cnnviz_tensor *seed = NULL;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = mistake == FORWARD
			? host->pass->forward_only(job, batch->inputs, count, captures,
					&pass)
			: host->pass->forward(job, batch->inputs, count, captures, &pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->batch_logit(job, batch,
				host->pass->activation(pass, CNNVIZ_LAYER_LOGITS), NULL,
				&seed);
	}
	if (status == CNNVIZ_OK) {
		status = ask(host, job, pass, mistake == LAYER ? layer + 1 : layer, seed);
	}
	host->tensor->unref(seed);
	host->pass->unref(pass);
	return status;
}

/** Whether the services refuse before anything is computed, as they say */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_tensor *none = NULL;

	if (host->parameter->integer(job, "mistake") != EARLY) {
		return CNNVIZ_OK;
	}
	return host->pass->attention_gradients(job, NULL, 0, NULL, NULL, 0, NULL, &none)
					== CNNVIZ_ERROR_UNSUPPORTED
			? host->pass->attention(job, NULL, 0, &none)
			: CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("attending", "1.0"),
	.summary = "Weights of an attention",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
