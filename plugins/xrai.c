/**
 * \file    xrai.c
 * \brief   XRAI: regions of the picture in the order of how dense an attribution is in them
 *
 * The picture is segmented at several scales; each part, grown by a disk, is a candidate. From
 * what no region has yet, the candidate R with the highest
 *
 *     1/|R| sum_{i in R} A_i
 *
 * is taken, again and again, and this density becomes the value of its pixels. A is the map of
 * the job `base`, or its mean with that of `second`; of an input with channels the largest.
 *
 * A. Kapishnikov, T. Bolukbasi, F. Viegas, M. Terry: XRAI: Better Attributions Through Regions.
 * 2019, arXiv:1906.02825, section 3.
 *
 * The paper's A is the mean of integrated gradients from a black and a white baseline: give jobs
 * for `base` and `second`; here it is from a black one unless said otherwise. As in the authors'
 * code (package saliency, XRAI), the picture is segmented at 224 x 224, in the range -1..1, at
 * the scales and with the sizes below. The blur before the segmentation ends at three
 * deviations, there at four. Pictures are resized bicubically in both, but by other code, so that
 * borders may lie elsewhere by a pixel where the input has another size.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <cnnviz/cnnviz.h>

#include "common/regions.h"
#include "common/segmentations.h"

enum channels { MAXIMUM, SUM };

static const char *const channels_names[] = { "max", "sum", NULL };

static const cnnviz_parameter parameters[] = {
	{ "base", CNNVIZ_PARAMETER_JOB, .default_value = "integrated_gradients",
			.summary = "attribution job whose maps have the input's size" },
	{ "second", CNNVIZ_PARAMETER_JOB,
			.summary = "another one, to take the mean of both, such as one "
				   "from "
				   "a white baseline" },
	{ "channels", CNNVIZ_PARAMETER_ENUM, .default_value = "max",
			.choices = channels_names,
			.summary = "what a pixel has of its channels" },
	SEGMENTATIONS_PARAMETERS,
	{ "min_pixels", CNNVIZ_PARAMETER_INT, .default_value = "50", .minimum = 1,
			.maximum = 1000000, .unit = "pixels",
			.summary = "regions that add less are left out" },
};

static const cnnviz_artifact artifacts[] = {
	{ "ranks", CNNVIZ_ARTIFACT_ARRAY,
			.summary = "for each pixel which region it is in (1,H,W): 1 is "
				   "the "
				   "densest" },
};

/** What is computed for a batch */
struct task {
	const cnnviz_host *host;
	cnnviz_job *job;
	const cnnviz_batch *batch;
	int64_t height, width;
	const cnnviz_tensor *maps[2]; /* of `base` and `second`, or NULL */
	double *map;                  /* of one picture, without channels */
	cnnviz_tensor *ranks;         /* (N,1,H,W) */
};

static cnnviz_status no_memory(const struct task *task)
{
	return task->host->fail(task->job, CNNVIZ_ERROR_MEMORY,
			"out of memory for the regions of a picture");
}

/* ---- The attribution ----------------------------------------------------------------- */

static cnnviz_status take_maps(struct task *task, int i, const char *parameter)
{
	const cnnviz_host *host = task->host;

	if (!host->parameter->is_set(task->job, parameter)) {
		return CNNVIZ_OK;
	}
	cnnviz_status status = host->attribution->run(task->job, parameter, task->batch,
			&task->maps[i]);

	if (status != CNNVIZ_OK) {
		return status;
	}
	const int64_t *shape = host->tensor->shape(task->maps[i]);

	return shape[2] == task->height && shape[3] == task->width
					&& (i == 0
							|| host->tensor->shape(
									   task->maps[0])
											[1]
									== shape[1])
			? CNNVIZ_OK
			: host->fail(task->job, CNNVIZ_ERROR_INPUT,
					"the maps of the job \"%s\" have the shape "
					"(%lld,%lld,%lld) and the input %lldx%lld; `%s` "
					"needs a job whose maps have the input's size, "
					"such as integrated_gradients",
					host->parameter->text(task->job, parameter),
					(long long)shape[1], (long long)shape[2],
					(long long)shape[3], (long long)task->width,
					(long long)task->height, parameter);
}

/** The mean of the maps, and of its channels the largest or their sum */
static void combine_maps(struct task *task, uint32_t n)
{
	const cnnviz_tensor_api *tensor = task->host->tensor;
	int64_t pixels = task->height * task->width;
	int64_t channels = tensor->shape(task->maps[0])[1];
	bool sums = task->host->parameter->integer(task->job, "channels") == SUM;

	for (int64_t p = 0; p < pixels; p++) {
		task->map[p] = sums ? 0 : -DBL_MAX;
		for (int64_t c = 0; c < channels; c++) {
			int64_t i = (n * channels + c) * pixels + p;
			double value = tensor->data(task->maps[0])[i];

			if (task->maps[1] != NULL) {
				value = (value + tensor->data(task->maps[1])[i]) / 2;
			}
			task->map[p] = sums ? task->map[p] + value
					    : fmax(task->map[p], value);
		}
	}
}

/* ---- The technique ----------------------------------------------------------------------- */

static cnnviz_status explain(struct task *task, uint32_t n, float *values)
{
	const cnnviz_host *host = task->host;
	int64_t pixels = task->height * task->width;
	struct regions regions = { .height = task->height, .width = task->width };
	cnnviz_status status = segmentations_regions(host, task->job, task->batch->inputs,
			n, &regions);

	combine_maps(task, n);
	if (status == CNNVIZ_OK
			&& !regions_rank(&regions, task->map,
					host->parameter->integer(task->job, "min_pixels"),
					values + n * pixels,
					host->tensor->mutable_data(task->ranks)
							+ n * pixels)) {
		status = no_memory(task);
	}
	if (status == CNNVIZ_OK) {
		status = host->artifact->array(task->job, "ranks", NULL, task->ranks, n);
	}
	regions_end(&regions);
	return status;
}

static cnnviz_status begin(struct task *task, cnnviz_tensor **values)
{
	const cnnviz_host *host = task->host;
	const int64_t shape[] = { task->batch->count, 1, task->height, task->width };
	cnnviz_status status = take_maps(task, 0, "base");

	if (status == CNNVIZ_OK) {
		status = take_maps(task, 1, "second");
	}
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(task->job, 4, shape, &task->ranks);
	}
	if (status == CNNVIZ_OK) {
		status = host->tensor->create(task->job, 4, shape, values);
	}
	task->map = calloc((size_t)(task->height * task->width), sizeof(double));
	return status == CNNVIZ_OK && task->map == NULL ? no_memory(task) : status;
}

static cnnviz_status attribute(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	struct task task = {
		.host = host,
		.job = job,
		.batch = batch,
		.height = shape[2],
		.width = shape[3],
	};
	cnnviz_tensor *values = NULL;
	cnnviz_status status = begin(&task, &values);

	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = host->canceled(job)
				? CNNVIZ_ERROR_CANCELED
				: explain(&task, n, host->tensor->mutable_data(values));
	}
	free(task.map);
	host->tensor->unref(task.ranks);
	if (status != CNNVIZ_OK) {
		host->tensor->unref(values);
		return status;
	}
	*maps = values;
	return CNNVIZ_OK;
}

static const cnnviz_technique technique = {
	CNNVIZ_ATTRIBUTION("xrai", "1.0"),
	.summary = "XRAI: regions of the picture in the order of how dense an "
		   "attribution is "
		   "in them",
	.description = "Segments the picture at several scales and takes the regions in "
		       "which the map of the job `base` is densest, one after the other: "
		       "whole objects in place of single pixels. `ranks` tells the "
		       "order.",
	.reference = "Kapishnikov et al. 2019, XRAI: Better Attributions Through "
		     "Regions, "
		     "arXiv:1906.02825, section 3",
	.parameters = CNNVIZ_TABLE(parameters),
	.artifacts = CNNVIZ_TABLE(artifacts),
	.map_style = CNNVIZ_MAP_SIGNED,
	.attribute = attribute,
	.asks = CNNVIZ_ASKS_MAPS,
	.family = CNNVIZ_FAMILY_GRADIENT,
};

CNNVIZ_PLUGIN(technique)
