/**
 * \file    common/augment.c
 * \brief   Maps averaged over changed copies of the inputs
 */
#include "common/augment.h"

/** What inputs are multiplied by, as they are and mirrored */
static const float contrasts[] = { 0.9F, 1, 1.1F };
#define COPIES (2 * (uint32_t)(sizeof(contrasts) / sizeof(contrasts[0])))

void augment_scale(float *maps, int64_t items, int64_t positions)
{
	for (int64_t n = 0; n < items; n++) {
		float *map = maps + n * positions;
		float most = 0;

		for (int64_t ij = 0; ij < positions; ij++) {
			most = map[ij] > most ? map[ij] : most;
		}
		for (int64_t ij = 0; ij < positions && most > 0; ij++) {
			map[ij] /= most;
		}
	}
}

/** Where value i of rows is found, if they are read from right to left */
static int64_t mirror(int64_t i, int64_t width)
{
	return i - i % width + width - 1 - i % width;
}

static cnnviz_status copy_inputs(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_tensor *inputs, float contrast, bool mirrored,
		cnnviz_tensor **copy)
{
	const int64_t *shape = host->tensor->shape(inputs);
	const float *from = host->tensor->data(inputs);
	cnnviz_status status = host->tensor->create(job, 4, shape, copy);

	for (int64_t i = 0; status == CNNVIZ_OK && i < host->tensor->count(inputs); i++) {
		host->tensor->mutable_data(*copy)[i] = contrast
				* from[mirrored ? mirror(i, shape[3]) : i];
	}
	return status;
}

/** Add a copy's share of the mean, turned back */
static void add_maps(const cnnviz_tensor_api *tensor, cnnviz_tensor *maps, bool mirrored,
		cnnviz_tensor *mean)
{
	const int64_t *shape = tensor->shape(mean);
	const float *from = tensor->data(maps);

	augment_scale(tensor->mutable_data(maps), shape[0], shape[2] * shape[3]);
	for (int64_t i = 0; i < tensor->count(mean); i++) {
		tensor->mutable_data(mean)[i] += from[mirrored ? mirror(i, shape[3]) : i]
				/ COPIES;
	}
}

static cnnviz_status add_copy(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, uint32_t number, augment_make *make,
		void *context, cnnviz_tensor *mean)
{
	bool mirrored = number % 2 == 1;
	cnnviz_batch copy = *batch;
	cnnviz_tensor *inputs = NULL, *maps = NULL;
	cnnviz_status status = copy_inputs(host, job, batch->inputs,
			contrasts[number / 2], mirrored, &inputs);

	copy.inputs = inputs;
	if (status == CNNVIZ_OK) {
		status = make(host, job, &copy, context, &maps);
	}
	if (status == CNNVIZ_OK) {
		add_maps(host->tensor, maps, mirrored, mean);
	}
	host->tensor->unref(maps);
	host->tensor->unref(inputs);
	return status;
}

cnnviz_status augment_average(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, augment_make *make, void *context,
		cnnviz_tensor **maps)
{
	const int64_t *shape = host->tensor->shape(batch->inputs);
	cnnviz_tensor *mean = NULL;
	cnnviz_status status = host->tensor->create(job, 4,
			(const int64_t[]){ shape[0], 1, shape[2], shape[3] }, &mean);

	for (uint32_t number = 0; number < COPIES && status == CNNVIZ_OK; number++) {
		status = host->canceled(job)
				? CNNVIZ_ERROR_CANCELED
				: add_copy(host, job, batch, number, make, context, mean);
		host->progress(job, number + 1, COPIES);
	}
	if (status != CNNVIZ_OK) {
		host->tensor->unref(mean);
		return status;
	}
	*maps = mean;
	return CNNVIZ_OK;
}
