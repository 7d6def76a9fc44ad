/**
 * \file    noise_grad.c
 * \brief   NoiseGrad over any attribution: its mean over networks with noise on their weights
 *
 *     NG(x) = 1/n sum_{i=1}^n M(x, f(W_i)),   W_i = W * eta_i,   eta_i ~ N(1, sigma^2)
 *
 * where M is the map of the job `base`, n `samples`, sigma `noise_level`, and each weight and
 * bias of the network f has a factor of its own. With `base = smooth_grad` this is FusionGrad,
 * the mean over noisy networks and noisy pictures:
 *
 *     FG(x) = 1/(n m) sum_{i=1}^n sum_{j=1}^m M(x + xi_j, f(W_i))
 *
 * K. Bykov, A. Hedstrom, S. Nakajima, M. Hohne: NoiseGrad: Enhancing Explanations by
 * Introducing Stochasticity to Model Weights. 2021, arXiv:2106.10185, sections 3.1 and 3.2.
 *
 * As in the authors' code, scale and shift of a batch normalization are weights, its mean and
 * variance are not. All pictures of a run see the same networks, so that their maps can be
 * compared; a base with random numbers of its own draws others for each network.
 */
#include <stdlib.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

/* Streams of networks: no picture has one of these numbers */
#define FIRST_NETWORK (UINT64_C(1) << 63)

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job whose maps are averaged; smooth_grad "
				   "makes it FusionGrad" },
	{ "samples", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "10", .minimum = 1, .maximum = 100000,
			.summary = "networks with noise on their weights" },
	{ "noise_level", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.2", .minimum = 0,
			.maximum = 10,
			.summary = "deviation of the factor that each weight is "
				   "multiplied "
				   "by; the deeper the network, the less it takes" },
};

/** A batch's maps over many networks */
struct mean {
	const cnnviz_host *host;
	cnnviz_job *job;
	/* The pictures in a tensor of its own: maps of the batch itself would all be kept */
	cnnviz_batch batch;
	uint64_t *streams;
	double *sums;
	int64_t size; /* values of the maps; 0 before the first */
	cnnviz_tensor *result;
};

static cnnviz_status no_memory(const struct mean *mean)
{
	return mean->host->fail(mean->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for the sum of the maps");
}

static cnnviz_status begin(struct mean *mean, const cnnviz_batch *batch)
{
	const cnnviz_tensor_api *tensor = mean->host->tensor;
	cnnviz_tensor *inputs = NULL;
	cnnviz_status status = tensor->create(mean->job, 4, tensor->shape(batch->inputs),
			&inputs);

	if (status != CNNVIZ_OK) {
		return status;
	}
	memcpy(tensor->mutable_data(inputs), tensor->data(batch->inputs),
			(size_t)tensor->count(inputs) * sizeof(float));
	mean->streams = calloc(batch->count, sizeof(*mean->streams));
	mean->batch = *batch;
	mean->batch.inputs = inputs;
	mean->batch.streams = mean->streams;
	return mean->streams != NULL ? CNNVIZ_OK : no_memory(mean);
}

static void end(struct mean *mean)
{
	free(mean->sums);
	free(mean->streams);
	/* begin() made it. */
	mean->host->tensor->unref((cnnviz_tensor *)(uintptr_t)mean->batch.inputs);
}

static cnnviz_status add(struct mean *mean, const cnnviz_tensor *maps)
{
	const cnnviz_tensor_api *tensor = mean->host->tensor;

	if (mean->result == NULL) {
		cnnviz_status status = tensor->create(mean->job, tensor->rank(maps),
				tensor->shape(maps), &mean->result);

		if (status != CNNVIZ_OK) {
			return status;
		}
		mean->size = tensor->count(maps);
		mean->sums = calloc((size_t)mean->size, sizeof(*mean->sums));
	}
	if (mean->sums == NULL) {
		return no_memory(mean);
	}
	for (int64_t i = 0; i < mean->size; i++) {
		mean->sums[i] += tensor->data(maps)[i];
	}
	return CNNVIZ_OK;
}

/** Make network k, and let go of it when the base has explained it. */
static cnnviz_status run_network(struct mean *mean, const cnnviz_batch *batch, int64_t k)
{
	const cnnviz_host *host = mean->host;
	const cnnviz_tensor *maps = NULL;
	cnnviz_random *random = NULL;
	cnnviz_network *network = NULL;
	cnnviz_status status = host->random->create(mean->job,
			FIRST_NETWORK + (uint64_t)k, &random);

	if (status == CNNVIZ_OK) {
		status = host->model->perturbed(mean->job, CNNVIZ_PERTURB_NOISE,
				CNNVIZ_LAYER_NONE,
				host->parameter->real(mean->job, "noise_level"), random,
				&network);
	}
	for (uint32_t n = 0; n < batch->count; n++) {
		mean->streams[n] = batch->streams[n] + ((uint64_t)(k + 1) << 32);
	}
	if (status == CNNVIZ_OK) {
		host->model->use(mean->job, network);
		status = host->attribution->run(mean->job, "base", &mean->batch, &maps);
	}
	if (status == CNNVIZ_OK) {
		status = add(mean, maps);
	}
	host->model->use(mean->job, NULL);
	host->model->unref(network);
	host->random->unref(random);
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct mean mean = { .host = host, .job = job };
	int64_t count = host->parameter->integer(job, "samples");
	cnnviz_status status = begin(&mean, batch);

	for (int64_t k = 0; k < count && status == CNNVIZ_OK; k++) {
		status = host->canceled(job) ? CNNVIZ_ERROR_CANCELED
					     : run_network(&mean, batch, k);
		host->progress(job, (uint64_t)(k + 1), (uint64_t)count);
	}
	for (int64_t i = 0; i < mean.size && status == CNNVIZ_OK; i++) {
		host->tensor->mutable_data(mean.result)[i] = (float)(mean.sums[i]
				/ (double)count);
	}
	end(&mean);
	if (status != CNNVIZ_OK) {
		host->tensor->unref(mean.result);
		return status;
	}
	*maps = mean.result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("noise_grad", "1.0"),
	.summary = "NoiseGrad: mean of any attribution over networks with noise on their "
		   "weights",
	.description = "Multiplies every weight of the network by noise around 1, "
		       "explains "
		       "each such network by the job `base` and averages: what depends "
		       "on "
		       "single weights cancels out. With smooth_grad as base it is "
		       "FusionGrad, which adds noise to the picture as well.",
	.reference = "Bykov et al. 2021, NoiseGrad: Enhancing Explanations by "
		     "Introducing "
		     "Stochasticity to Model Weights, arXiv:2106.10185, sections 3.1 and "
		     "3.2",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_LIKE_JOB,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
