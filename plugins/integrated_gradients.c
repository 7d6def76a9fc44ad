/**
 * \file    integrated_gradients.c
 * \brief   Integrated gradients: what each value contributes on the path from a
 *          baseline
 *
 *     IG_i(x) = (x_i - x'_i) * int_0^1 dF(x' + a (x - x')) / dx_i da
 *             ~ (x_i - x'_i) / m * sum_{k=1}^m dF(x' + (k - 1/2)/m (x - x')) / dx_i
 *
 * where x is the normalized input, x' the baseline, F the class score before the
 * softmax, m `steps`, and dF/dx the map of the job `base`.
 *
 * M. Sundararajan, A. Taly, Q. Yan: Axiomatic Attribution for Deep Networks. 2017,
 * arXiv:1703.01365, sections 3 and 5.
 *
 * The paper sums at the right ends k/m of the steps. This uses their middles: the error
 * then falls with m^2 rather than m for a smooth F, and is half that of the trapezoid
 * rule, for the same number of passes.
 *
 * Completeness (section 3, proposition 1): sum_i IG_i = F(x) - F(x'). The sum's error,
 * relative to the right side, is recorded with each map, and causes a warning if it is
 * more than 5 %: then more steps are needed, or `base` does not compute the true
 * gradient.
 */
#include "common/baseline.h"
#include "common/completeness.h"
#include "common/samples.h"

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job that computes the gradient: its maps "
				   "have the input's shape" },
	{ "steps", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "50", .minimum = 1, .maximum = 100000,
			.summary = "points on the path, in the middles of as many equal "
				   "steps" },
	BASELINE_PARAMETERS("black"),
	{ "points_together", CNNVIZ_PARAMETER_INT, .default_value = "8", .minimum = 1,
			.maximum = 4096,
			.summary = "how many points go through the network at once; "
				   "fewer need less memory" },
};

/** The path of one picture x from its baseline x' */
struct path {
	const float *x;
	cnnviz_tensor *baseline; /* (1,C,H,W) */
	struct completeness completeness;
};

/* ---- The integral ------------------------------------------------------------- */

static cnnviz_status begin(struct samples *samples, uint32_t n, const float *x)
{
	struct path *path = samples->context;

	path->x = x;
	return baseline_make(samples->host, samples->job, samples->batch, n,
			&path->baseline);
}

static void end(struct samples *samples)
{
	struct path *path = samples->context;

	samples->host->tensor->unref(path->baseline);
	path->baseline = NULL;
}

/** x' + (k - 1/2)/m (x - x') */
static cnnviz_status make(struct samples *samples, int64_t k, float *weights,
		float *point)
{
	const struct path *path = samples->context;
	const float *baseline = samples->host->tensor->data(path->baseline);
	double a = ((double)k + 0.5) / (double)samples->count;

	(void)weights;
	for (int64_t i = 0; i < samples->size; i++) {
		point[i] = (float)(baseline[i] + a * ((double)path->x[i] - baseline[i]));
	}
	return CNNVIZ_OK;
}

static void add(struct samples *samples, const float *gradient)
{
	for (int64_t i = 0; i < samples->size; i++) {
		samples->sums[0][i] += gradient[i];
	}
}

/** (x - x') times the mean gradient */
static cnnviz_status finish(struct samples *samples, uint32_t n, float *map)
{
	const struct path *path = samples->context;
	const float *baseline = samples->host->tensor->data(path->baseline);
	double sum = 0;

	for (int64_t i = 0; i < samples->size; i++) {
		map[i] = (float)(((double)path->x[i] - baseline[i]) * samples->sums[0][i]
				/ (double)samples->count);
		sum += map[i];
	}
	return completeness_report(&path->completeness, n, path->baseline, sum);
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct path path = { .baseline = NULL };
	struct samples samples = {
		.host = host,
		.job = job,
		.batch = batch,
		.count = host->parameter->integer(job, "steps"),
		.together = host->parameter->integer(job, "points_together"),
		.like_input = true,
		.begin = begin,
		.make = make,
		.add = add,
		.finish = finish,
		.end = end,
		.context = &path,
	};

	cnnviz_status status = completeness_begin(host, job, batch, &path.completeness);

	if (status == CNNVIZ_OK) {
		status = samples_run(&samples, maps);
	}
	completeness_end(&path.completeness);
	return status;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("integrated_gradients", "1.0"),
	.summary = "Integrated gradients: contributions on the path from a baseline "
		   "picture",
	.description = "Averages the gradient on the straight path from a baseline to "
		       "the picture and multiplies by the difference. The map sums to "
		       "the change of the class score; the error of this sum is reported "
		       "with each map.",
	.reference = "Sundararajan, Taly, Yan 2017, Axiomatic Attribution for Deep "
		     "Networks, arXiv:1703.01365, sections 3 and 5",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = baseline_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
