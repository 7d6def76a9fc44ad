/**
 * \file    smooth_grad.c
 * \brief   SmoothGrad over any attribution: its mean over noisy copies of the picture
 *
 *     M^(x) = 1/n sum_1^n M(x + N(0, sigma^2)),   sigma = level * (x_max - x_min)
 *
 * where M is the map of the job `base`, n `samples`, level `noise_level`, x the input.
 *
 * D. Smilkov, N. Thorat, B. Kim, F. Viegas, M. Wattenberg: SmoothGrad: removing
 * noise by adding noise. 2017, arXiv:1706.03825, section 3.
 *
 * `statistic = squared` is the mean of M squared (S. Hooker et al.: A Benchmark for
 * Interpretability Methods in Deep Neural Networks. 2018, arXiv:1806.10758, section 2),
 * `variance` that of M - M^ squared (J. Adebayo et al.: Local Explanation Methods for
 * Deep Neural Networks Lack Sensitivity to Parameter Values. 2018, arXiv:1810.03307,
 * section 3; VarGrad). Common implementations use sigma^2 where sigma is meant, and
 * x_min - x_max for the range; this follows the paper.
 */
#include "common/samples.h"

enum statistic { MEAN, SQUARED, VARIANCE };

static const char *const statistics[] = { "mean", "squared", "variance", NULL };

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job whose maps are smoothed" },
	{ "samples", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "50", .minimum = 1, .maximum = 100000,
			.summary = "noisy copies of each picture" },
	{ "noise_level", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.15", .minimum = 0,
			.maximum = 10, .unit = "fraction of the input's range",
			.summary = "deviation of the noise; 0: the maps of base "
				   "unchanged" },
	{ "statistic", CNNVIZ_PARAMETER_ENUM, .default_value = "mean",
			.choices = statistics,
			.summary = "mean, mean square or variance of the maps" },
	{ "copies_together", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 4096,
			.summary = "copies in one pass; fewer need less memory" },
};

/** One picture x, normalized, and the noise on it */
struct noise {
	const float *x;
	float sigma;
	cnnviz_random *random;
};

static cnnviz_status begin(struct samples *samples, uint32_t n, const float *x)
{
	const cnnviz_host *host = samples->host;
	struct noise *noise = samples->context;

	noise->x = x;
	noise->sigma = (float)host->parameter->real(samples->job, "noise_level")
			* samples_range(x, samples->size);
	return host->random->create(samples->job, samples->batch->streams[n],
			&noise->random);
}

static void end(struct samples *samples)
{
	struct noise *noise = samples->context;

	samples->host->random->unref(noise->random);
	noise->random = NULL;
}

/** x + N(0, sigma^2), count times */
static cnnviz_status make(struct samples *samples, int64_t k, float *weights, float *copy)
{
	const struct noise *noise = samples->context;

	(void)k;
	(void)weights;
	samples->host->random->normal(noise->random, 0, noise->sigma, samples->size,
			copy);
	for (int64_t i = 0; i < samples->size; i++) {
		copy[i] += noise->x[i];
	}
	return CNNVIZ_OK;
}

/** Running mean and sum of squared deviations of each value (Welford) */
static void add(struct samples *samples, const float *map)
{
	double *mean = samples->sums[0], *deviation = samples->sums[1];

	for (int64_t i = 0; i < samples->map_size; i++) {
		double before = map[i] - mean[i];

		mean[i] += before / (double)samples->taken;
		deviation[i] += before * (map[i] - mean[i]);
	}
}

static float compute_statistic(int64_t statistic, double mean, double variance)
{
	double value = statistic == VARIANCE ? variance : mean * mean + variance;

	return (float)(statistic == MEAN ? mean : value);
}

static cnnviz_status finish(struct samples *samples, uint32_t n, float *map)
{
	int64_t statistic = samples->host->parameter->integer(samples->job, "statistic");

	(void)n;
	for (int64_t i = 0; i < samples->map_size; i++) {
		map[i] = compute_statistic(statistic, samples->sums[0][i],
				samples->sums[1][i] / (double)samples->taken);
	}
	return CNNVIZ_OK;
}

/** Without noise all samples are equal, so return the base's own maps, bit for bit */
static cnnviz_status without_noise(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	int64_t statistic = host->parameter->integer(job, "statistic");
	const cnnviz_tensor *own = NULL;
	cnnviz_status status = host->attribution->run(job, "base", batch, &own);

	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4, host->tensor->shape(own), maps);
	}
	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(own); i++) {
		host->tensor->mutable_data(*maps)[i] = compute_statistic(statistic,
				host->tensor->data(own)[i], 0);
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct noise noise = { .random = NULL };
	struct samples samples = {
		.host = host,
		.job = job,
		.batch = batch,
		.count = host->parameter->integer(job, "samples"),
		.together = host->parameter->integer(job, "copies_together"),
		.begin = begin,
		.make = make,
		.add = add,
		.finish = finish,
		.end = end,
		.context = &noise,
	};

	return host->parameter->real(job, "noise_level") > 0
			? samples_run(&samples, maps)
			: without_noise(host, job, batch, maps);
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("smooth_grad", "1.0"),
	.summary = "SmoothGrad: mean of any attribution over noisy copies of the picture",
	.description = "Adds noise to the picture many times and averages the map of the "
		       "job `base` for each copy: what depends on single pixels cancels "
		       "out, what the network really responds to remains. Works with any "
		       "attribution job, also of your own plugins.",
	.reference = "Smilkov et al. 2017, SmoothGrad: removing noise by adding noise, "
		     "arXiv:1706.03825, section 3; squared: Hooker et al. 2018, "
		     "arXiv:1806.10758; variance: Adebayo et al. 2018, arXiv:1810.03307",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_LIKE_JOB,
	.attribute = attribute,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
