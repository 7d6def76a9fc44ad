/**
 * \file    weights/weights.h
 * \brief   The tensors of a weights file, as float32
 */
#ifndef WEIGHTS_WEIGHTS_H
#define WEIGHTS_WEIGHTS_H

#include "base/error.h"
#include "base/file.h"
#include "base/tensor.h"

struct weights_tensor {
	char *name;    /* as in the file */
	char *dtype;   /* as in the file: "float32", "float16", "int64", ... */
	uint32_t rank; /* 0 for scalars such as num_batches_tracked */
	int64_t shape[CNNVIZ_MAX_RANK];
	cnnviz_tensor *tensor; /* float32, as weights_get() has made it; NULL before */
	bool nonfinite;        /* it has a value that is infinite or not a number */
	/* position and layout in the file; private to the readers */
	struct mapping *mapping; /* that data is inside of; NULL: the weights' own */
	const unsigned char *data;
	int64_t stride[CNNVIZ_MAX_RANK]; /* in elements */
	int dtype_code;
};

/** Tensors that lie in one dict of a checkpoint: usually those of one network */
struct weights_group {
	char *name; /* keys that lead there, dots between: "state_dict"; "" for the root */
	size_t first, count; /* of weights->tensors; at least one */
};

struct weights {
	struct mapping *mapping; /* of the file; NULL for random weights */
	struct weights_tensor *tensors;
	size_t count;
	struct weights_group *groups; /* in the file's order; together all tensors */
	size_t group_count;
};

/** Tensor by name, or NULL */
struct weights_tensor *weights_find(struct weights *weights, const char *name);

/**
 * \brief   A tensor's values as float32 in row-major order; borrowed
 *
 * Contiguous, aligned float32 stays in the mapped file; anything else is converted on
 * first use and cached. A scalar (rank 0) gets the shape (1). The file's pages are given
 * back as they have been looked at, for entry->nonfinite.
 *
 * Errors: a tensor without elements (which files may have), a complex type, an array
 * that expands a few bytes without limit, out of memory.
 */
cnnviz_status weights_get(struct weights *weights, struct weights_tensor *entry,
		const cnnviz_tensor **tensor, struct error *error);

/**
 * Give back the memory of some values of a tensor that lies in a mapped file, from which
 * they come back when they are read; others stay
 */
void weights_spare(const cnnviz_tensor *tensor, int64_t first, int64_t count);

void weights_free(struct weights *weights);

#endif
