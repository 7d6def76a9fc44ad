/**
 * \file    guided_integrated_gradients.c
 * \brief   Guided integrated gradients: contributions on a path that goes where the score
 *          changes least
 *
 *     GIG_i(x) = int_0^1 dF(g(a)) / dx_i * dg_i(a) / da da,   g(0) = x',  g(1) = x
 *
 * where x is the normalized input, x' the baseline, F the class score before the softmax, and
 * dF/dx the map of the job `base`. In each of `steps` steps only those values move on whose
 * gradient is among the `fraction` smallest, until the step has gone its share of the way from
 * x' to x, measured in L1; none may be farther from its place on the straight line than
 * `max_distance` of the whole.
 *
 * A. Kapishnikov, S. Venugopalan, B. Avci, B. Wedin, M. Terry, T. Bolukbasi: Guided Integrated
 * Gradients: An Adaptive Path Method for Removing Noise. 2021, arXiv:2106.09788, sections 4
 * and 5; algorithm 1, with anchors replaced by the band around the straight line, as in the
 * authors' code (package saliency, guided_ig).
 *
 * The code sums the gradient at the beginning of each step, where the moving values have their
 * smallest ones, so that the sum may miss more than the whole (`gradient = start`). By default
 * each step counts by the mean of the gradients at its ends, which costs no pass: the last is that
 * at the picture, which the batch's jobs share. With max_distance = 0 the path is the straight one
 * of integrated gradients.
 *
 * The sum of the map is F(x) - F(x'), as of integrated gradients; its error is recorded.
 */
#include <stdlib.h>

#include "common/baseline.h"
#include "common/completeness.h"
#include "common/guided_path.h"
#include "common/samples.h"

enum gradient { MEAN, START };

static const char *const gradient_names[] = { "mean", "start", NULL };

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "vanilla_bp",
			.summary = "attribution job that computes the gradient: its maps "
				   "have the input's shape" },
	{ "steps", CNNVIZ_PARAMETER_INT, .flags = CNNVIZ_PARAMETER_EFFORT,
			.default_value = "100", .minimum = 1, .maximum = 100000,
			.summary = "steps on the path, one after the other" },
	{ "fraction", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.25", .minimum = 0,
			.maximum = 1, .unit = "fraction of the values",
			.summary = "how many move at a time, those of the smallest "
				   "gradients" },
	{ "max_distance", CNNVIZ_PARAMETER_FLOAT, .default_value = "0.02", .minimum = 0,
			.maximum = 1, .unit = "fraction of the path",
			.summary = "how far a value may be ahead of the straight path or "
				   "behind it; 1: as far as it likes" },
	{ "gradient", CNNVIZ_PARAMETER_ENUM, .default_value = "mean",
			.choices = gradient_names,
			.summary = "what a step counts by: the mean of the gradients at "
				   "its ends, or that at its start, as the authors' "
				   "code does" },
	BASELINE_PARAMETERS("black"),
};

/** The paths of a batch's pictures, which go through the network together */
struct paths {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	struct completeness completeness;
	struct guided_path *paths; /* one for each picture */
	cnnviz_tensor **baselines;
	uint64_t *streams; /* of a step */
};

static cnnviz_status no_memory(const struct paths *paths)
{
	return paths->host->fail(paths->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for the paths of %u pictures",
			(unsigned)paths->batch->count);
}

static cnnviz_status begin(struct paths *paths)
{
	const cnnviz_host *host = paths->host;
	const cnnviz_batch *batch = paths->batch;
	int64_t size = host->tensor->count(batch->inputs) / batch->count;
	cnnviz_status status = completeness_begin(host, paths->job, batch,
			&paths->completeness);

	paths->paths = calloc(batch->count, sizeof(*paths->paths));
	paths->baselines = calloc(batch->count, sizeof(cnnviz_tensor *));
	paths->streams = calloc(batch->count, sizeof(*paths->streams));
	if (paths->paths == NULL || paths->baselines == NULL || paths->streams == NULL) {
		return no_memory(paths);
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		paths->paths[n].both_ends =
				host->parameter->integer(paths->job, "gradient") == MEAN;
		status = baseline_make(host, paths->job, batch, n, &paths->baselines[n]);
		if (status == CNNVIZ_OK
				&& !guided_path_begin(&paths->paths[n], size,
						host->tensor->data(paths->baselines[n]),
						host->tensor->data(batch->inputs)
								+ n * size)) {
			status = no_memory(paths);
		}
	}
	return status;
}

static void end(struct paths *paths)
{
	for (uint32_t n = 0; n < paths->batch->count; n++) {
		if (paths->paths != NULL) {
			guided_path_end(&paths->paths[n]);
		}
		if (paths->baselines != NULL) {
			paths->host->tensor->unref(paths->baselines[n]);
		}
	}
	free(paths->paths);
	free(paths->baselines);
	free(paths->streams);
	completeness_end(&paths->completeness);
}

/** The gradient at the points that the paths have come to */
static cnnviz_status take_gradients(struct paths *paths, int64_t step,
		const cnnviz_tensor **maps)
{
	const cnnviz_host *host = paths->host;
	cnnviz_batch batch = *paths->batch;
	cnnviz_tensor *points = NULL;
	cnnviz_status status = host->tensor->create(paths->job, 4,
			host->tensor->shape(paths->batch->inputs), &points);

	if (status != CNNVIZ_OK) {
		return status;
	}
	for (uint32_t n = 0; n < batch.count; n++) {
		const struct guided_path *path = &paths->paths[n];
		float *point = host->tensor->mutable_data(points) + n * path->size;

		paths->streams[n] = paths->batch->streams[n]
				+ ((uint64_t)(step + 1) << 32);
		for (int64_t i = 0; i < path->size; i++) {
			point[i] = (float)path->point[i];
		}
	}
	batch.inputs = points;
	batch.streams = paths->streams;
	status = host->attribution->run(paths->job, "base", &batch, maps);
	if (status == CNNVIZ_OK) {
		status = samples_check_shape(host, paths->job, *maps, points);
	}
	host->tensor->unref(points);
	return status;
}

static cnnviz_status walk(struct paths *paths)
{
	const cnnviz_host *host = paths->host;
	int64_t steps = host->parameter->integer(paths->job, "steps");
	double fraction = host->parameter->real(paths->job, "fraction");
	double distance = host->parameter->real(paths->job, "max_distance");
	cnnviz_status status = CNNVIZ_OK;

	for (int64_t step = 0; step < steps && status == CNNVIZ_OK; step++) {
		const cnnviz_tensor *maps = NULL;

		status = host->canceled(paths->job) ? CNNVIZ_ERROR_CANCELED
						    : take_gradients(paths, step, &maps);
		for (uint32_t n = 0; n < paths->batch->count && status == CNNVIZ_OK;
				n++) {
			struct guided_path *path = &paths->paths[n];

			guided_path_step(path, host->tensor->data(maps) + n * path->size,
					(double)(step + 1) / (double)steps, fraction,
					distance);
		}
		host->progress(paths->job, (uint64_t)(step + 1), (uint64_t)steps);
	}
	return status;
}

/** The paths have come to the pictures. */
static cnnviz_status arrive(struct paths *paths)
{
	const cnnviz_host *host = paths->host;
	const cnnviz_tensor *maps = NULL;

	if (host->parameter->integer(paths->job, "gradient") != MEAN) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->attribution->run(paths->job, "base", paths->batch,
			&maps);

	for (uint32_t n = 0; n < paths->batch->count && status == CNNVIZ_OK; n++) {
		guided_path_arrive(&paths->paths[n],
				host->tensor->data(maps) + n * paths->paths[n].size);
	}
	return status;
}

static cnnviz_status write_maps(struct paths *paths, float *map)
{
	cnnviz_status status = CNNVIZ_OK;

	for (uint32_t n = 0; n < paths->batch->count && status == CNNVIZ_OK; n++) {
		const struct guided_path *path = &paths->paths[n];
		double sum = 0;

		for (int64_t i = 0; i < path->size; i++) {
			*map++ = (float)path->sums[i];
			sum += path->sums[i];
		}
		status = completeness_report(&paths->completeness, n, paths->baselines[n],
				sum);
	}
	return status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	struct paths paths = { .host = host, .job = job, .batch = batch };
	cnnviz_tensor *result = NULL;
	cnnviz_status status = begin(&paths);

	if (status == CNNVIZ_OK) {
		status = walk(&paths);
	}
	if (status == CNNVIZ_OK) {
		status = arrive(&paths);
	}
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(job, 4, host->tensor->shape(batch->inputs),
				&result);
	}
	if (status == CNNVIZ_OK) {
		status = write_maps(&paths, host->tensor->mutable_data(result));
	}
	end(&paths);
	if (status != CNNVIZ_OK) {
		host->tensor->unref(result);
		return status;
	}
	*maps = result;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("guided_integrated_gradients", "1.0"),
	.summary = "Guided integrated gradients: contributions on a path that avoids "
		   "steep "
		   "places",
	.description = "Goes from the baseline to the picture by moving those values "
		       "first "
		       "whose gradient is small, near the straight path of integrated "
		       "gradients: noise that comes of steep places on the way is left "
		       "out. The map sums to the change of the class score; the error of "
		       "this sum is reported with each map.",
	.reference = "Kapishnikov et al. 2021, Guided Integrated Gradients: An Adaptive "
		     "Path Method for Removing Noise, arXiv:2106.09788, sections 4 and 5",
	.parameters = CNNVIZ_TABLE(parameters),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.check = baseline_check,
	.asks = CNNVIZ_ASKS_ACTIVATIONS | CNNVIZ_ASKS_MAPS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
