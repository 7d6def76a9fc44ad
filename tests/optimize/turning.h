/*
 * Transformations as a technique has them, for tests of the loop without a host: one mirrors
 * items, or not, the next bends their values, by a share that is drawn.
 */
#ifndef OPTIMIZE_TURNING_H
#define OPTIMIZE_TURNING_H

#include <math.h>

#include <cnnviz/optimize.h>

#include "base/tensor.h"

static inline cnnviz_status mirror(const cnnviz_host *host, cnnviz_job *job,
		void *context, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, cnnviz_tensor **transformed)
{
	int64_t width = tensor_shape(input)[3];

	(void)host;
	(void)job;
	(void)context;
	*transformed = tensor_create(4, tensor_shape(input));
	for (int64_t i = 0; i < tensor_count(input); i++) {
		int64_t x = i % width;

		tensor_mutable_data(*transformed)[i] = tensor_data(
				input)[draw->numbers[0] < 0.5f ? i - x + width - 1 - x
							       : i];
	}
	return CNNVIZ_OK;
}

static inline cnnviz_status mirror_back(const cnnviz_host *host, cnnviz_job *job,
		void *context, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, const cnnviz_tensor *gradient,
		cnnviz_tensor **pulled)
{
	(void)input;
	return mirror(host, job, context, draw, gradient, pulled);
}

static inline cnnviz_status bend(const cnnviz_host *host, cnnviz_job *job, void *context,
		const cnnviz_optimize_draw *draw, const cnnviz_tensor *input,
		cnnviz_tensor **transformed)
{
	(void)host;
	(void)job;
	(void)context;
	*transformed = tensor_create(4, tensor_shape(input));
	for (int64_t i = 0; i < tensor_count(input); i++) {
		float x = tensor_data(input)[i];

		tensor_mutable_data(*transformed)[i] = x
				+ 0.01f * draw->numbers[1] * sinf(x);
	}
	return CNNVIZ_OK;
}

static inline cnnviz_status bend_back(const cnnviz_host *host, cnnviz_job *job,
		void *context, const cnnviz_optimize_draw *draw,
		const cnnviz_tensor *input, const cnnviz_tensor *gradient,
		cnnviz_tensor **pulled)
{
	(void)host;
	(void)job;
	(void)context;
	*pulled = tensor_create(4, tensor_shape(input));
	for (int64_t i = 0; i < tensor_count(input); i++) {
		tensor_mutable_data(*pulled)[i] = tensor_data(gradient)[i]
				* (1
						+ 0.01f * draw->numbers[1]
								* cosf(tensor_data(
										input)[i]));
	}
	return CNNVIZ_OK;
}

static const cnnviz_transformation mirroring = {
	.struct_size = sizeof(mirroring),
	.number_count = 1,
	.name = "mirroring",
	.apply = mirror,
	.pull_back = mirror_back,
};

static const cnnviz_transformation bending = {
	.struct_size = sizeof(bending),
	.number_count = 2,
	.name = "bending",
	.apply = bend,
	.pull_back = bend_back,
};

static const cnnviz_transformation *const turning[] = { &mirroring, &bending };

#define TURNING_COUNT 2

#endif
