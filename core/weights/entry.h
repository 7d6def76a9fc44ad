/**
 * \file    weights/entry.h
 * \brief   Tensors as a file describes them, checked before anyone reads them
 *
 * A reader walks the mapped file and passes each tensor to weights_add(), which is the
 * one place that checks that a tensor lies within its storage.
 */
#ifndef WEIGHTS_ENTRY_H
#define WEIGHTS_ENTRY_H

#include "weights/weights.h"

enum weights_dtype {
	DTYPE_FLOAT32,
	DTYPE_FLOAT64,
	DTYPE_FLOAT16,
	DTYPE_BFLOAT16,
	DTYPE_INT64,
	DTYPE_INT32,
	DTYPE_INT16,
	DTYPE_INT8,
	DTYPE_UINT64,
	DTYPE_UINT32,
	DTYPE_UINT16,
	DTYPE_UINT8,
	DTYPE_BOOL,
	DTYPE_FLOAT8_E4M3,
	DTYPE_FLOAT8_E5M2,
	/* Known, so that files with such tensors can be opened; weights_get() refuses
	 * them. */
	DTYPE_COMPLEX64,
	DTYPE_COMPLEX128,
	DTYPE_COUNT,
};

/** torch's name ("float32") and size of an element in bytes */
const char *dtype_name(enum weights_dtype dtype);
size_t dtype_size(enum weights_dtype dtype);

/** A tensor as a file describes it, not yet checked */
struct weights_entry {
	const unsigned char *name; /* without a NUL */
	size_t name_length;
	enum weights_dtype dtype;
	const unsigned char *data; /* start of the storage, inside the mapping */
	size_t size;               /* size of the storage in bytes */
	struct mapping *mapping;   /* that data is inside of; NULL: the weights' own */
	int64_t offset;            /* offset of the first element, in elements */
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t stride[CNNVIZ_MAX_RANK];
};

/** Set `tensor "NAME" WHY`, with the entry's name; returns CNNVIZ_ERROR_INPUT. */
cnnviz_status entry_error(const struct weights_entry *entry, const char *why,
		struct error *error);

/** Set entry->stride to that of a contiguous array with entry->shape */
cnnviz_status entry_set_contiguous(struct weights_entry *entry, struct error *error);

/** Start a group of that name; what is added next belongs to it. */
void weights_start_group(struct weights *weights, const char *name);

/** Forget the group that was started last if nothing was added to it. */
void weights_end_group(struct weights *weights);

/**
 * \brief   Check a tensor and append it to the group that was started last
 *
 * Errors: a name that is too long or not printable, a negative extent or stride, a
 * number of elements that overflows, elements outside the storage.
 */
cnnviz_status weights_add(struct weights *weights, const struct weights_entry *entry,
		struct error *error);

/**
 * \brief   Append a tensor whose values have been computed
 *
 * \param   tensor  Taken, also after an error
 *
 * Errors: too many tensors.
 */
cnnviz_status weights_add_tensor(struct weights *weights, const char *name,
		cnnviz_tensor *tensor, struct error *error);

#endif
