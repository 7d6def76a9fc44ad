/**
 * \file    smooth_grad.c
 * \brief   SmoothGrad over any attribution: its mean over noisy copies of the picture
 *
 *     M^(x) = 1/n sum_1^n M(x + N(0, sigma^2)),   sigma = level * (x_max - x_min)
 *
 * where M is what the job `base` gives, n `samples`, level `noise_level`, and x the
 * normalized input.
 *
 * D. Smilkov, N. Thorat, B. Kim, F. Viegas, M. Wattenberg: SmoothGrad: removing
 * noise by adding noise. 2017, arXiv:1706.03825, section 3.
 *
 * `statistic = squared` is the mean of M squared (S. Hooker et al.: A Benchmark for
 * Interpretability Methods in Deep Neural Networks. 2018, arXiv:1806.10758, section
 * 2), `variance` that of M - M^ squared (J. Adebayo et al.: Local Explanation Methods
 * for Deep Neural Networks Lack Sensitivity to Parameter Values. 2018,
 * arXiv:1810.03307, section 3; VarGrad). Widespread code takes sigma^2 where sigma is
 * meant, and x_min - x_max for the range; this is what the paper says.
 *
 * The copies of one picture go through the network together, never those of two, and
 * draw their noise from the picture's own stream: a picture's map does not depend on
 * the pictures that it comes with, nor its noise on how many copies go together.
 */
#include <stdlib.h>
#include <string.h>

#include <cnnviz/cnnviz.h>

enum statistic {
	MEAN,
	SQUARED,
	VARIANCE,
};

/* In the order of enum statistic */
static const char *const statistics[] = { "mean", "squared", "variance", NULL };

static const cnnviz_parameter parameters[] = {
	{
			.name = "base",
			.type = CNNVIZ_PARAMETER_JOB,
			.default_value = "vanilla_bp",
			.summary = "attribution job whose maps are smoothed",
	},
	{
			.name = "samples",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "50",
			.minimum = 1,
			.maximum = 100000,
			.summary = "noisy copies of each picture",
	},
	{
			.name = "noise_level",
			.type = CNNVIZ_PARAMETER_FLOAT,
			.default_value = "0.15",
			.minimum = 0,
			.maximum = 10,
			.unit = "fraction of the input's range",
			.summary = "deviation of the noise; with 0 the maps are those of "
				   "base",
	},
	{
			.name = "statistic",
			.type = CNNVIZ_PARAMETER_ENUM,
			.default_value = "mean",
			.choices = statistics,
			.summary = "mean of the maps, mean of their squares, or their "
				   "variance",
	},
	{
			.name = "copies_together",
			.type = CNNVIZ_PARAMETER_INT,
			.default_value = "8",
			.minimum = 1,
			.maximum = 4096,
			.summary = "how many copies go through the network at once; "
				   "fewer need less "
				   "memory",
	},
};

/* What the samples of one picture have in common */
struct sampling {
	const float *input; /* x, size values */
	int64_t size;
	float sigma;
	int64_t target;
	uint64_t stream;
	cnnviz_random *random;
};

/* Running mean and sum of squared deviations of each value (Welford) */
struct moments {
	int64_t shape[4]; /* of a picture's map: 1, C, h, w */
	int64_t size;
	int64_t count; /* samples so far */
	double *mean;
	double *deviation;
};

static float range_of(const float *values, int64_t count)
{
	float low = values[0], high = values[0];

	for (int64_t i = 1; i < count; i++) {
		low = values[i] < low ? values[i] : low;
		high = values[i] > high ? values[i] : high;
	}
	return high - low;
}

/** One more map of the picture */
static void moments_add(struct moments *moments, const float *map)
{
	moments->count++;
	for (int64_t i = 0; i < moments->size; i++) {
		double before = map[i] - moments->mean[i];

		moments->mean[i] += before / (double)moments->count;
		moments->deviation[i] += before * (map[i] - moments->mean[i]);
	}
}

static void moments_result(const struct moments *moments, enum statistic statistic,
		float *map)
{
	for (int64_t i = 0; i < moments->size; i++) {
		double mean = moments->mean[i];
		double variance = moments->deviation[i] / (double)moments->count;

		map[i] = (float)(statistic == MEAN ? mean
						: statistic == VARIANCE
						? variance
						: mean * mean + variance);
	}
}

static void moments_end(struct moments *moments)
{
	free(moments->mean);
	free(moments->deviation);
	*moments = (struct moments){ 0 };
}

static cnnviz_status short_of_memory(const cnnviz_host *host, cnnviz_job *job)
{
	return host->fail(job, CNNVIZ_ERROR_MEMORY,
			"memory is short for the samples; lower copies_together");
}

/** Make room for maps of a shape (N,C,h,w), once; false when memory is short. */
static bool moments_start(struct moments *moments, const int64_t *shape)
{
	int64_t size = shape[1] * shape[2] * shape[3];

	if (moments->mean == NULL) {
		memcpy(moments->shape, shape, sizeof(moments->shape));
		moments->shape[0] = 1;
		moments->size = size;
		moments->mean = calloc((size_t)size, sizeof(*moments->mean));
		moments->deviation = calloc((size_t)size, sizeof(*moments->deviation));
	}
	return moments->mean != NULL && moments->deviation != NULL;
}

/** x + N(0, sigma^2), count times */
static void fill_copies(const cnnviz_host *host, const struct sampling *sampling,
		uint32_t count, float *copies)
{
	host->random->normal(sampling->random, 0, sampling->sigma, count * sampling->size,
			copies);
	for (uint32_t k = 0; k < count; k++) {
		for (int64_t i = 0; i < sampling->size; i++) {
			copies[k * sampling->size + i] += sampling->input[i];
		}
	}
}

/** Add the maps of a batch of copies. */
static cnnviz_status add_maps(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *copies, struct moments *moments)
{
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = host->attribution->run(job, "base", copies, &maps);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (!moments_start(moments, host->tensor->shape(maps))) {
		return short_of_memory(host, job);
	}
	for (uint32_t k = 0; k < copies->count; k++) {
		moments_add(moments, host->tensor->data(maps) + k * moments->size);
	}
	return CNNVIZ_OK;
}

/** Add the maps of count more copies, of shape (count,C,H,W). */
static cnnviz_status add_copies(const cnnviz_host *host, cnnviz_job *job,
		const struct sampling *sampling, const int64_t *shape,
		struct moments *moments)
{
	uint32_t count = (uint32_t)shape[0];
	cnnviz_tensor *inputs = host->tensor->create(4, shape);
	int64_t *targets = calloc(count, sizeof(*targets));
	uint64_t *streams = calloc(count, sizeof(*streams));
	const cnnviz_batch copies = {
		.struct_size = sizeof(copies),
		.count = count,
		.inputs = inputs,
		.targets = targets,
		.streams = streams,
	};
	cnnviz_status status;

	if (inputs == NULL || targets == NULL || streams == NULL) {
		status = short_of_memory(host, job);
		goto done;
	}
	for (uint32_t k = 0; k < count; k++) {
		targets[k] = sampling->target;
		/* Apart for each copy, so that a base with noise of its own draws anew */
		streams[k] = sampling->stream
				+ ((uint64_t)(moments->count + k + 1) << 32);
	}
	fill_copies(host, sampling, count, host->tensor->mutable_data(inputs));
	status = add_maps(host, job, &copies, moments);

done:
	free(streams);
	free(targets);
	host->tensor->unref(inputs);
	return status;
}

/** Moments of the maps of item n's copies */
static cnnviz_status smooth_item(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t n, struct moments *moments)
{
	int64_t samples = host->parameter->integer(job, "samples");
	int64_t together = host->parameter->integer(job, "copies_together");
	const int64_t *shape = host->tensor->shape(batch->inputs);
	int64_t size = host->tensor->count(batch->inputs) / batch->count;
	const float *input = host->tensor->data(batch->inputs) + n * size;
	struct sampling sampling = {
		.input = input,
		.size = size,
		.target = batch->targets[n],
		.sigma = (float)host->parameter->real(job, "noise_level")
				* range_of(input, size),
		.stream = batch->streams[n],
		.random = host->random->create(job, batch->streams[n]),
	};
	cnnviz_status status = sampling.random != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_MEMORY;

	while (moments->count < samples && status == CNNVIZ_OK) {
		int64_t left = samples - moments->count;

		status = host->canceled(job)
				? CNNVIZ_ERROR_CANCELED
				: add_copies(host, job, &sampling,
						(const int64_t[]){ left < together
										? left
										: together,
								shape[1], shape[2],
								shape[3] },
						moments);
		host->progress(job, (uint64_t)(n * samples + moments->count),
				(uint64_t)(batch->count * samples));
	}
	host->random->unref(sampling.random);
	return status;
}

/** Maps of all items, one after the other */
static cnnviz_status smooth(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, enum statistic statistic, cnnviz_tensor **maps)
{
	cnnviz_tensor *result = NULL;
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		struct moments moments = { 0 };

		status = smooth_item(host, job, batch, n, &moments);
		if (status == CNNVIZ_OK && result == NULL) {
			result = host->tensor->create(4,
					(const int64_t[]){ batch->count, moments.shape[1],
							moments.shape[2],
							moments.shape[3] });
			status = result != NULL ? CNNVIZ_OK : short_of_memory(host, job);
		}
		if (status == CNNVIZ_OK) {
			moments_result(&moments, statistic,
					host->tensor->mutable_data(result)
							+ n * moments.size);
		}
		moments_end(&moments);
	}
	if (status != CNNVIZ_OK) {
		host->tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

/** Without noise all samples are alike: the base's own maps, bit for bit, will do. */
static cnnviz_status without_noise(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, enum statistic statistic, cnnviz_tensor **maps)
{
	const cnnviz_tensor *own = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &own);

	if (status != CNNVIZ_OK) {
		return status;
	}
	cnnviz_tensor *result = host->tensor->create(host->tensor->rank(own),
			host->tensor->shape(own));

	if (result == NULL) {
		return short_of_memory(host, job);
	}
	const float *from = host->tensor->data(own);
	float *to = host->tensor->mutable_data(result);

	for (int64_t i = 0; i < host->tensor->count(own) && statistic != VARIANCE; i++) {
		to[i] = statistic == MEAN ? from[i] : from[i] * from[i];
	}
	*maps = result;
	return CNNVIZ_OK;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	enum statistic statistic = (enum statistic)host->parameter->integer(job,
			"statistic");

	return host->parameter->real(job, "noise_level") > 0
			? smooth(host, job, batch, statistic, maps)
			: without_noise(host, job, batch, statistic, maps);
}

static const cnnviz_technique technique = {
	.abi_major = CNNVIZ_ABI_MAJOR,
	.abi_minor = CNNVIZ_ABI_MINOR,
	.struct_size = sizeof(cnnviz_technique),
	.kind = CNNVIZ_KIND_ATTRIBUTION,
	.name = "smooth_grad",
	.version = "1.0",
	.summary = "SmoothGrad: mean of any attribution over noisy copies of the picture",
	.description = "Adds noise to the picture many times and averages what the job "
		       "`base` gives for each copy: what hangs on single pixels cancels "
		       "out, "
		       "what the network really looks at stays. Over an attribution of "
		       "one's "
		       "own, too.",
	.reference = "Smilkov et al. 2017, SmoothGrad: removing noise by adding noise, "
		     "arXiv:1706.03825, section 3; squared: Hooker et al. 2018, "
		     "arXiv:1806.10758; variance: Adebayo et al. 2018, arXiv:1810.03307",
	.parameters = parameters,
	.parameter_count = sizeof(parameters) / sizeof(parameters[0]),
	.parameter_size = sizeof(cnnviz_parameter),
	.map_style = CNNVIZ_MAP_LIKE_JOB,
	.attribute = attribute,
};

CNNVIZ_PLUGIN(technique)
