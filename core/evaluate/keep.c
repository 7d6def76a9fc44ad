/**
 * \file    evaluate/keep.c
 * \brief   Batches of pictures that were read before, or of changed copies of them
 */
#include "evaluate/keep.h"

#include <string.h>

#include "base/tensor.h"

struct batch *keep_create(const cnnviz_tensor *inputs, size_t most)
{
	struct batch *batch = batch_create(most);
	int64_t shape[4];

	memcpy(shape, tensor_shape(inputs), sizeof(shape));
	shape[0] = (int64_t)most;
	batch->inputs = tensor_create(4, shape);
	if (batch->inputs == NULL) {
		batch_free(batch);
		return NULL;
	}
	return batch;
}

float *keep_add(struct batch *batch, const struct batch *from, size_t n, size_t most)
{
	size_t size = (size_t)tensor_count(from->inputs) / from->count;
	float *values = tensor_mutable_data(batch->inputs) + batch->count * size;

	batch->pictures[batch->count] = from->pictures[n];
	batch->streams[batch->count] = from->streams[n];
	batch_copy_labels(from, n, batch, batch->count, most);
	memcpy(values, tensor_data(from->inputs) + n * size, size * sizeof(*values));
	batch->count++;
	return values;
}
