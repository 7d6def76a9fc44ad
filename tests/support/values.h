/**
 * \file    support/values.h
 * \brief   Inputs and results of techniques
 */
#ifndef SUPPORT_VALUES_H
#define SUPPORT_VALUES_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/tensor.h"
#include "support/mock_host.h"

/** A tensor of these values */
static inline cnnviz_tensor *tensor_of(uint32_t rank, const int64_t *shape,
		const float *values)
{
	cnnviz_tensor *tensor = tensor_create(rank, shape);

	memcpy(tensor_mutable_data(tensor), values,
			(size_t)tensor_count(tensor) * sizeof(float));
	return tensor;
}

/** To within one part in a million */
static inline bool near(double a, double b)
{
	return fabs(a - b) <= 1e-6 * (1 + fabs(b));
}

/** Whether a tensor has these values, so many of them */
static inline bool data_equals(const cnnviz_tensor *tensor, const float *values,
		int64_t count)
{
	if (tensor == NULL || tensor_count(tensor) != count) {
		return false;
	}
	for (int64_t i = 0; i < count; i++) {
		if (!near(tensor_data(tensor)[i], values[i])) {
			return false;
		}
	}
	return true;
}

/** The scalar that a job has left under a name; NAN without one */
static inline double scalar(const cnnviz_job *job, const char *name)
{
	const struct mock_artifact *found = mock_find(job, name);

	return found != NULL && found->type == CNNVIZ_ARTIFACT_SCALAR ? found->value
								      : NAN;
}

#endif
