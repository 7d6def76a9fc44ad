/**
 * \file    weights/reader.h
 * \brief   What the readers of weight files share; private to this folder and its tests
 *
 * A reader walks the mapped file and hands each tensor to weights_add(), which
 * holds the one check that a tensor lies inside the bytes it may come from.
 * Readers' errors do not name the file: weights_open() puts it in front.
 */
#ifndef WEIGHTS_READER_H
#define WEIGHTS_READER_H

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
	/* Known so that files which hold them open; weights_get() refuses them. */
	DTYPE_COMPLEX64,
	DTYPE_COMPLEX128,
	DTYPE_COUNT,
};

/** torch's name ("float32") and size of an element in bytes */
const char *dtype_name(enum weights_dtype dtype);
size_t dtype_size(enum weights_dtype dtype);

/** A tensor as a file describes it; nothing of it is trusted */
struct weights_entry {
	const unsigned char *name; /* no NUL at its end */
	size_t name_length;
	enum weights_dtype dtype;
	const unsigned char *data; /* the storage: inside the mapping */
	size_t size;               /* bytes of the storage */
	int64_t offset;            /* of the first element, in elements */
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t stride[CNNVIZ_MAX_RANK];
};

/** Fill entry->stride for an array without gaps, after entry->shape */
cnnviz_status entry_set_contiguous(struct weights_entry *entry, struct error *error);

/**
 * \brief   Check a tensor and append it
 *
 * Errors: a name that is too long or not printable, a negative extent or
 * stride, more elements than can be counted, elements outside of the storage.
 */
cnnviz_status weights_add(struct weights *weights, const struct weights_entry *entry,
		struct error *error);

/** weights_open() over a file that is already mapped; takes a reference of its own */
cnnviz_status weights_read(struct mapping *mapping, struct weights **weights,
		struct error *error);

/** torch.save since 1.6: a zip archive with a pickle and raw storages */
cnnviz_status torch_zip_read(struct weights *weights, struct error *error);
/** torch.save before 1.6: pickles, then raw storages */
cnnviz_status torch_stream_read(struct weights *weights, struct error *error);
cnnviz_status safetensors_read(struct weights *weights, struct error *error);

/** Little-endian number of up to 8 bytes */
uint64_t bytes_number(const unsigned char *bytes, size_t length);

/** Untrusted text, cut and with '?' for what does not print, into text; returns text */
const char *bytes_printable(const unsigned char *bytes, size_t length, char *text,
		size_t size);

#endif
