/**
 * \file    common/expectation.c
 * \brief   The mean over random places on the paths from many baselines to a picture
 */
#include "common/expectation.h"

#include <string.h>

#include "common/baseline.h"
#include "common/samples.h"

/** One picture x, and what samples of it are drawn with */
struct draws {
	const struct expectation *expectation;
	uint32_t references;
	uint32_t item;
	const float *x;
	cnnviz_tensor *baseline; /* where there are no references */
	cnnviz_random *random;
};

static cnnviz_status begin(struct samples *samples, uint32_t n, const float *x)
{
	const cnnviz_host *host = samples->host;
	struct draws *draws = samples->context;
	cnnviz_status status = host->random->create(samples->job,
			samples->batch->streams[n], &draws->random);

	draws->x = x;
	draws->item = n;
	if (status == CNNVIZ_OK && draws->references == 0) {
		status = baseline_make(host, samples->job, samples->batch, n,
				&draws->baseline);
	}
	return status;
}

static void end(struct samples *samples)
{
	struct draws *draws = samples->context;

	samples->host->tensor->unref(draws->baseline);
	samples->host->random->unref(draws->random);
	draws->baseline = NULL;
	draws->random = NULL;
}

/** A reference picture, of the inputs' size */
static cnnviz_status read_reference(struct samples *samples, uint32_t index,
		cnnviz_tensor **reference)
{
	const cnnviz_host *host = samples->host;
	const int64_t *shape = host->tensor->shape(samples->batch->inputs);
	cnnviz_status status = host->image->read_inputs(samples->job, "references", index,
			1, reference);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *found = host->tensor->shape(*reference);

	return found[2] == shape[2] && found[3] == shape[3]
			? CNNVIZ_OK
			: host->fail(samples->job, CNNVIZ_ERROR_INPUT,
					"the picture %s of `references` has %lldx%lld "
					"pixels and the input %lldx%lld; give pictures "
					"of the same size, or resize all with [input] "
					"resize",
					host->parameter->list_text(samples->job,
							"references", index),
					(long long)found[3], (long long)found[2],
					(long long)shape[3], (long long)shape[2]);
}

/** x + N(0, sigma^2) in place of noise drawn before, if there is to be some */
static void draw_picture(struct samples *samples, float *picture)
{
	const struct draws *draws = samples->context;
	double level = draws->expectation->noise;

	if (!(level > 0)) {
		memcpy(picture, draws->x, (size_t)samples->size * sizeof(float));
		return;
	}
	samples->host->random->normal(draws->random, 0,
			(float)level * samples_range(draws->x, samples->size),
			samples->size, picture);
	for (int64_t i = 0; i < samples->size; i++) {
		picture[i] += draws->x[i];
	}
}

/** Sample k: a place between a baseline and the picture, and their difference */
static cnnviz_status make(struct samples *samples, int64_t k, float *difference,
		float *place)
{
	struct draws *draws = samples->context;
	cnnviz_tensor *reference = NULL;
	cnnviz_status status = CNNVIZ_OK;
	float units[2];

	samples->host->random->uniform(draws->random, 0, 1, 2, units);
	if (draws->references > 0) {
		status = read_reference(samples,
				draws->expectation->in_turn
						? (uint32_t)(k % draws->references)
						: (uint32_t)((double)units[0]
								* draws->references),
				&reference);
	}
	if (status == CNNVIZ_OK) {
		const float *from = samples->host->tensor->data(reference != NULL
						? reference
						: draws->baseline);

		draw_picture(samples, place);
		for (int64_t i = 0; i < samples->size; i++) {
			difference[i] = place[i] - from[i];
			place[i] = from[i] + units[1] * difference[i];
		}
	}
	samples->host->tensor->unref(reference);
	return status;
}

static cnnviz_status finish(struct samples *samples, uint32_t n, float *map)
{
	(void)n;
	for (int64_t i = 0; i < samples->size; i++) {
		map[i] = (float)(samples->sums[0][i] / (double)samples->count);
	}
	return CNNVIZ_OK;
}

cnnviz_status expectation_attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, const struct expectation *expectation,
		cnnviz_tensor **maps)
{
	struct draws draws = {
		.expectation = expectation,
		.references = host->parameter->list_count(job, "references"),
	};
	struct samples samples = {
		.host = host,
		.job = job,
		.batch = batch,
		.count = host->parameter->integer(job, "samples"),
		.together = host->parameter->integer(job, "points_together"),
		.like_input = true,
		.weighted = true,
		.begin = begin,
		.make = make,
		.finish = finish,
		.end = end,
		.context = &draws,
	};

	return samples_run(&samples, maps);
}
