/**
 * \file    host/tensors.c
 * \brief   Tensors, for techniques
 */
#include "host/tensors.h"

#include "base/tensor.h"
#include "host/job.h"

cnnviz_status job_create_tensor(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor)
{
	char text[128];

	if (!tensor_is_shape(rank, shape)) {
		return job_misuse(job,
				"tensor->create() was given a shape that is not 1 to %d "
				"extents from 1 up",
				CNNVIZ_MAX_RANK);
	}
	cnnviz_tensor *made = tensor_create(rank, shape);

	if (made == NULL) {
		return job_fail(job, CNNVIZ_ERROR_MEMORY,
				"out of memory for an array of shape %s; let it treat "
				"fewer or smaller pictures at once",
				tensor_shape_text(rank, shape, text, sizeof(text)));
	}
	*tensor = made;
	return CNNVIZ_OK;
}

const cnnviz_tensor_api tensor_services = {
	.struct_size = sizeof(cnnviz_tensor_api),
	.create = job_create_tensor,
	.ref = tensor_ref,
	.unref = tensor_unref,
	.rank = tensor_rank,
	.shape = tensor_shape,
	.count = tensor_count,
	.data = tensor_data,
	.mutable_data = tensor_mutable_data,
};
