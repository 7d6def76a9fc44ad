/*
 * Logits and maps of the run's network, of one with changed weights, and of another network;
 * and the weights with which they come. `mistake` is what to do wrong.
 */
#include <string.h>

#include <cnnviz/cnnviz.h>

enum mistake { NONE, NO_WEIGHTS, NEGATIVE, NOT_A_NETWORK, LEFT_OPEN, TOO_EARLY };

static const char *const changes[] = { "noise", "layer", "cascade", NULL };
static const char *const mistakes[] = { "none", "weights", "amount", "parameter", "open",
	"early", NULL };

static const cnnviz_parameter parameters[] = {
	{ "change", CNNVIZ_PARAMETER_ENUM, .default_value = "noise", .choices = changes,
			.summary = "how weights change" },
	{ "layer", CNNVIZ_PARAMETER_LAYER, .default_value = "last_conv",
			.summary = "whose weights are drawn anew" },
	{ "other", CNNVIZ_PARAMETER_NETWORK, .summary = "another network" },
	{ "base", CNNVIZ_PARAMETER_JOB, .summary = "whose maps to take" },
	{ "mistake", CNNVIZ_PARAMETER_ENUM, .default_value = "none", .choices = mistakes,
			.summary = "what to do wrong" },
};

static const cnnviz_artifact artifacts[] = {
	{ "logits", CNNVIZ_ARTIFACT_ARRAY, .summary = "of the network in use" },
	{ "weight", CNNVIZ_ARTIFACT_ARRAY, .summary = "of each layer that has some" },
	{ "bias", CNNVIZ_ARTIFACT_ARRAY, .summary = "of each layer that has one" },
	{ "running_mean", CNNVIZ_ARTIFACT_ARRAY, .summary = "of batch normalizations" },
	{ "running_var", CNNVIZ_ARTIFACT_ARRAY, .summary = "of batch normalizations" },
	{ "map", CNNVIZ_ARTIFACT_ARRAY, .summary = "of the base" },
};

/** Emit what the network in use computes. */
static cnnviz_status emit_logits(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const char *suffix)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(job, batch->inputs, 1, &logits,
			&pass);

	if (status == CNNVIZ_OK) {
		status = host->artifact->array(job, "logits", suffix,
				host->pass->activation(pass, logits), CNNVIZ_WHOLE);
	}
	host->pass->unref(pass);
	return status;
}

static cnnviz_status emit_weights(const cnnviz_host *host, cnnviz_job *job)
{
	const cnnviz_model_api *model = host->model;
	cnnviz_status status = CNNVIZ_OK;

	for (int32_t i = 0; i < 4 * model->layer_count(job) && status == CNNVIZ_OK; i++) {
		static const char *const names[] = { "weight", "bias", "running_mean",
			"running_var" };
		const cnnviz_tensor *values = model->layer_weight(job, i / 4,
				(uint32_t)(i % 4));

		if (values != NULL) {
			status = host->artifact->array(job, names[i % 4],
					model->layer_name(job, i / 4), values,
					CNNVIZ_WHOLE);
		}
	}
	return status;
}

static cnnviz_status emit_map(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const char *suffix)
{
	const cnnviz_tensor *map = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &map);

	return status == CNNVIZ_OK
			? host->artifact->array(job, "map", suffix, map, CNNVIZ_WHOLE)
			: status;
}

static cnnviz_status perturb(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_network **network)
{
	enum mistake mistake = (enum mistake)host->parameter->integer(job, "mistake");
	cnnviz_random *random = NULL;
	cnnviz_status status = host->random->create(job, batch->streams[0], &random);

	if (status == CNNVIZ_OK) {
		status = host->model->perturbed(job,
				(uint32_t)host->parameter->integer(job, "change"),
				mistake == NO_WEIGHTS
						? CNNVIZ_LAYER_INPUT
						: (int32_t)host->parameter->integer(job,
								"layer"),
				mistake == NEGATIVE ? -1 : 0.25, random, network);
	}
	host->random->unref(random);
	return status;
}

static cnnviz_status use_perturbed(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_network *network = NULL;
	cnnviz_status status = perturb(host, job, batch, &network);

	if (status != CNNVIZ_OK) {
		return status;
	}
	host->model->use(job, network);
	if (host->parameter->integer(job, "mistake") == LEFT_OPEN) {
		return CNNVIZ_OK;
	}
	host->model->unref(network); /* it is in use */
	status = emit_logits(host, job, batch, "changed");
	if (status == CNNVIZ_OK) {
		status = emit_weights(host, job);
	}
	if (status == CNNVIZ_OK && host->parameter->is_set(job, "base")) {
		status = emit_map(host, job, batch, "changed");
	}
	host->model->use(job, NULL);
	return status;
}

static cnnviz_status use_other(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	bool wrong = host->parameter->integer(job, "mistake") == NOT_A_NETWORK;
	cnnviz_network *network = NULL;

	if (!wrong && !host->parameter->is_set(job, "other")) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->model->open(job, wrong ? "layer" : "other",
			&network);

	if (status == CNNVIZ_OK) {
		host->model->use(job, network);
		status = emit_logits(host, job, batch, "other");
		host->model->use(job, NULL);
	}
	host->model->unref(network);
	return status;
}

static cnnviz_status run(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch)
{
	cnnviz_status status = use_perturbed(host, job, batch);

	if (status == CNNVIZ_OK) {
		status = use_other(host, job, batch);
	}
	if (status == CNNVIZ_OK) {
		status = emit_logits(host, job, batch, "own");
	}
	if (status == CNNVIZ_OK && host->parameter->is_set(job, "base")) {
		status = emit_map(host, job, batch, "own");
	}
	return status;
}

/** Whether the services refuse before anything is computed, as they say */
static cnnviz_status check(const cnnviz_host *host, cnnviz_job *job)
{
	cnnviz_network *network = NULL;

	if (host->parameter->integer(job, "mistake") != TOO_EARLY) {
		return CNNVIZ_OK;
	}
	return host->model->open(job, "other", &network) == CNNVIZ_ERROR_UNSUPPORTED
			? host->model->perturbed(job, CNNVIZ_PERTURB_NOISE, 0, 1, NULL,
					&network)
			: CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_GENERAL("perturbing", "1.0"),
	.summary = "Other networks beside that of the run",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.run_mode = CNNVIZ_RUN_PER_PICTURE,
	.run = run,
	.check = check,
};

CNNVIZ_PLUGIN(technique)
