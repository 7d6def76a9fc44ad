/**
 * \file    common/segmentations.c
 * \brief   Regions of a picture: its parts at several scales, grown
 */
#include "common/segmentations.h"

#include <math.h>
#include <stdlib.h>

#include "common/segments.h"

/* Of Kapishnikov et al. 2019, in their code */
#define EXTENT 224
#define SIGMA 0.8
#define SMALLEST 150

/** A copy of input n in the range -1..1 */
static cnnviz_status scale_input(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, uint32_t n, cnnviz_tensor **scaled)
{
	const int64_t *shape = host->tensor->shape(inputs);
	int64_t size = shape[1] * shape[2] * shape[3];
	const float *input = host->tensor->data(inputs) + n * size;
	float low = input[0], high = input[0];
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ 1, shape[1], shape[2], shape[3] }, scaled);

	for (int64_t i = 0; i < size; i++) {
		low = fminf(low, input[i]);
		high = fmaxf(high, input[i]);
	}
	for (int64_t i = 0; i < size && status == CNNVIZ_OK && high > low; i++) {
		host->tensor->mutable_data(*scaled)[i] =
				2 * ((input[i] - low) / (high - low)) - 1;
	}
	return status;
}

/** Input n as it is segmented */
static cnnviz_status prepare(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, uint32_t n, cnnviz_tensor **picture)
{
	cnnviz_tensor *scaled = NULL, *resized = NULL;
	cnnviz_status status = scale_input(host, job, inputs, n, &scaled);

	if (status == CNNVIZ_OK) {
		status = host->image->resize(job, scaled, EXTENT, EXTENT,
				CNNVIZ_FILTER_BICUBIC, &resized);
	}
	if (status == CNNVIZ_OK) {
		status = host->image->blur(job, resized, SIGMA, CNNVIZ_EDGE_MIRROR,
				picture);
	}
	host->tensor->unref(resized);
	host->tensor->unref(scaled);
	return status;
}

/** Labels of (EXTENT,EXTENT) at another size, by the nearest pixel; `first` is added */
static void bring_labels(const int32_t *labels, int32_t first, int64_t height,
		int64_t width, int32_t *brought)
{
	for (int64_t y = 0; y < height; y++) {
		int64_t row = (2 * y + 1) * EXTENT / (2 * height);

		for (int64_t x = 0; x < width; x++) {
			int64_t column = (2 * x + 1) * EXTENT / (2 * width);

			*brought++ = first + labels[row * EXTENT + column];
		}
	}
}

/** Segment a picture at all scales; returns how many parts there are, or 0: out of memory */
static int32_t segment(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *picture, const struct regions *regions,
		int32_t *labels)
{
	uint32_t scales = host->parameter->list_count(job, "scales");
	int32_t *found = calloc((size_t)EXTENT * EXTENT, sizeof(*found)), first = 0;
	struct segments segments;
	bool enough = segments_begin(&segments, host->tensor->data(picture),
			host->tensor->shape(picture)[1], EXTENT, EXTENT);

	for (uint32_t s = 0; s < scales && enough && found != NULL; s++) {
		double scale = host->parameter->list_real(job, "scales", s);
		int32_t count = segments_merge(&segments, scale, SMALLEST, found);

		bring_labels(found, first, regions->height, regions->width,
				labels + s * regions->height * regions->width);
		first += count;
	}
	segments_end(&segments);
	free(found);
	return first;
}

cnnviz_status segmentations_regions(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, uint32_t n, struct regions *regions)
{
	uint32_t scales = host->parameter->list_count(job, "scales");
	int32_t *labels = calloc(scales * (size_t)(regions->height * regions->width),
			sizeof(*labels));
	cnnviz_tensor *picture = NULL;
	cnnviz_status status = labels != NULL ? prepare(host, job, inputs, n, &picture)
					      : CNNVIZ_ERROR_MEMORY;

	if (status == CNNVIZ_OK) {
		regions->count = segment(host, job, picture, regions, labels);
		if (regions->count == 0
				|| !regions_make(regions, scales, labels,
						host->parameter->integer(job,
								"dilation"))) {
			status = CNNVIZ_ERROR_MEMORY;
		}
	}
	if (status == CNNVIZ_ERROR_MEMORY) {
		status = host->fail(job, status,
				"out of memory for the regions of a picture");
	}
	host->tensor->unref(picture);
	free(labels);
	return status;
}
