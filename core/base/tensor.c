/**
 * \file    base/tensor.c
 * \brief   The host's tensors
 */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tensor.h"

/**
 * Alignment of the elements of created tensors in bytes: a cache line, enough for any
 * SIMD unit
 */
#define ALIGNMENT 64

/** At least so many bytes behind the elements are never written to, and have this value. */
#define CANARY 64
#define CANARY_BYTE 0xC5

struct cnnviz_tensor {
	atomic_size_t references;
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t count;
	const float *data;
	float *own; /* NULL if the tensor wraps foreign memory */
	void (*release)(void *context);
	void *context;
};

static _Thread_local size_t live_count;
static atomic_size_t overrun_count;

bool tensor_is_shape(uint32_t rank, const int64_t *shape)
{
	bool good = rank >= 1 && rank <= CNNVIZ_MAX_RANK && shape != NULL;

	for (uint32_t i = 0; good && i < rank; i++) {
		good = shape[i] >= 1;
	}
	return good;
}

/** Number of elements, or 0 when the shape is not valid or too large for memory */
static int64_t count_elements(uint32_t rank, const int64_t *shape)
{
	const int64_t most = (int64_t)((PTRDIFF_MAX - ALIGNMENT - CANARY)
			/ sizeof(float));
	int64_t count = 1;

	if (!tensor_is_shape(rank, shape)) {
		return 0;
	}
	for (uint32_t i = 0; i < rank; i++) {
		if (shape[i] > most / count) {
			return 0;
		}
		count *= shape[i];
	}
	return count;
}

static cnnviz_tensor *new_tensor(uint32_t rank, const int64_t *shape)
{
	int64_t count = count_elements(rank, shape);
	cnnviz_tensor *tensor = count ? calloc(1, sizeof(*tensor)) : NULL;

	if (tensor == NULL) {
		return NULL;
	}
	atomic_init(&tensor->references, 1);
	tensor->rank = rank;
	memcpy(tensor->shape, shape, rank * sizeof(*shape));
	tensor->count = count;
	return tensor;
}

/* ---- Behind the end ------------------------------------------------------------ */

static size_t element_bytes(const cnnviz_tensor *tensor)
{
	return (size_t)tensor->count * sizeof(float);
}

/** What is allocated, a multiple of the alignment */
static size_t whole_bytes(const cnnviz_tensor *tensor)
{
	return (element_bytes(tensor) + CANARY + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

bool tensor_is_intact(const cnnviz_tensor *tensor)
{
	const unsigned char *bytes = (const unsigned char *)tensor->own;
	size_t place = element_bytes(tensor), end = whole_bytes(tensor);

	while (bytes != NULL && place < end && bytes[place] == CANARY_BYTE) {
		place++;
	}
	return bytes == NULL || place == end;
}

void tensor_mend(cnnviz_tensor *tensor)
{
	if (tensor->own != NULL) {
		memset((unsigned char *)tensor->own + element_bytes(tensor), CANARY_BYTE,
				whole_bytes(tensor) - element_bytes(tensor));
	}
}

size_t tensor_overruns(void)
{
	return atomic_load(&overrun_count);
}

/* ---- Creating and releasing ---------------------------------------------------- */

cnnviz_tensor *tensor_create_unset(uint32_t rank, const int64_t *shape)
{
	cnnviz_tensor *tensor = new_tensor(rank, shape);

	if (tensor == NULL) {
		return NULL;
	}
	tensor->own = aligned_alloc(ALIGNMENT, whole_bytes(tensor));
	if (tensor->own == NULL) {
		free(tensor);
		return NULL;
	}
	tensor->data = tensor->own;
	tensor_mend(tensor);
	live_count++;
	return tensor;
}

cnnviz_tensor *tensor_create(uint32_t rank, const int64_t *shape)
{
	cnnviz_tensor *tensor = tensor_create_unset(rank, shape);

	if (tensor != NULL) {
		memset(tensor->own, 0, (size_t)tensor->count * sizeof(float));
	}
	return tensor;
}

cnnviz_tensor *tensor_wrap(uint32_t rank, const int64_t *shape, const float *data,
		void (*release)(void *context), void *context)
{
	cnnviz_tensor *tensor = data != NULL ? new_tensor(rank, shape) : NULL;

	if (tensor == NULL) {
		return NULL;
	}
	tensor->data = data;
	tensor->release = release;
	tensor->context = context;
	live_count++;
	return tensor;
}

void *tensor_context(const cnnviz_tensor *tensor, void (*release)(void *context))
{
	return tensor->release == release ? tensor->context : NULL;
}

cnnviz_tensor *tensor_ref(cnnviz_tensor *tensor)
{
	if (tensor != NULL) {
		atomic_fetch_add(&tensor->references, 1);
	}
	return tensor;
}

void tensor_unref(cnnviz_tensor *tensor)
{
	if (tensor == NULL || atomic_fetch_sub(&tensor->references, 1) != 1) {
		return;
	}
	if (tensor->release != NULL) {
		tensor->release(tensor->context);
	}
	if (!tensor_is_intact(tensor)) {
		atomic_fetch_add(&overrun_count, 1);
	}
	free(tensor->own);
	free(tensor);
	live_count--;
}

uint32_t tensor_rank(const cnnviz_tensor *tensor)
{
	return tensor->rank;
}

const int64_t *tensor_shape(const cnnviz_tensor *tensor)
{
	return tensor->shape;
}

int64_t tensor_count(const cnnviz_tensor *tensor)
{
	return tensor->count;
}

const float *tensor_data(const cnnviz_tensor *tensor)
{
	return tensor->data;
}

float *tensor_mutable_data(cnnviz_tensor *tensor)
{
	return tensor->own;
}

/** create() without a job: the engine that asks for the tensor says why it fails. */
static cnnviz_status create_unrecorded(cnnviz_job *job, uint32_t rank,
		const int64_t *shape, cnnviz_tensor **tensor)
{
	cnnviz_tensor *made = tensor_create(rank, shape);

	(void)job;
	if (made == NULL) {
		return CNNVIZ_ERROR_MEMORY;
	}
	*tensor = made;
	return CNNVIZ_OK;
}

const cnnviz_tensor_api tensor_api = {
	.struct_size = sizeof(tensor_api),
	.create = create_unrecorded,
	.ref = tensor_ref,
	.unref = tensor_unref,
	.rank = tensor_rank,
	.shape = tensor_shape,
	.count = tensor_count,
	.data = tensor_data,
	.mutable_data = tensor_mutable_data,
};

bool tensor_same_shape(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	return a->rank == b->rank
			&& memcmp(a->shape, b->shape, a->rank * sizeof(*a->shape)) == 0;
}

/** Values that are looked at before it is asked whether all of them are finite */
#define FINITE_BLOCK 4096

/** In whole-number arithmetic without branches, at the speed of memory */
static bool block_is_finite(const float *values, int64_t count)
{
	uint32_t found = 0;

	for (int64_t i = 0; i < count; i++) {
		uint32_t bits;

		memcpy(&bits, &values[i], sizeof(bits));
		/* An exponent of ones alone carries into the sign's place. */
		found |= (bits & UINT32_C(0x7f800000)) + UINT32_C(0x00800000);
	}
	return found >> 31 == 0;
}

bool floats_are_finite(const float *values, int64_t count)
{
	for (int64_t i = 0; i < count; i += FINITE_BLOCK) {
		int64_t left = count - i;

		if (!block_is_finite(values + i,
				    left < FINITE_BLOCK ? left : FINITE_BLOCK)) {
			return false;
		}
	}
	return true;
}

bool tensor_is_finite(const cnnviz_tensor *tensor)
{
	return floats_are_finite(tensor->data, tensor->count);
}

cnnviz_tensor *tensor_copy(const cnnviz_tensor *tensor)
{
	cnnviz_tensor *copy = tensor_create_unset(tensor->rank, tensor->shape);

	if (copy != NULL) {
		memcpy(copy->own, tensor->data, (size_t)tensor->count * sizeof(float));
	}
	return copy;
}

cnnviz_tensor *tensor_item(const cnnviz_tensor *tensor, int64_t n)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	int64_t count = tensor->count / tensor->shape[0];

	if (n < 0 || n >= tensor->shape[0]) {
		return NULL;
	}
	memcpy(shape, tensor->shape, sizeof(shape));
	shape[0] = 1;
	cnnviz_tensor *item = tensor_create_unset(tensor->rank, shape);

	if (item != NULL) {
		memcpy(item->own, tensor->data + n * count,
				(size_t)count * sizeof(float));
	}
	return item;
}

cnnviz_tensor *tensor_view(const cnnviz_tensor *tensor, int64_t n)
{
	int64_t size = tensor->count / tensor->shape[0];

	return tensor->rank < 2 || n < 0 || n >= tensor->shape[0]
			? NULL
			: tensor_wrap(tensor->rank - 1, tensor->shape + 1,
					tensor->data + n * size, NULL, NULL);
}

size_t tensor_live_count(void)
{
	return live_count;
}

char *tensor_shape_text(uint32_t rank, const int64_t *shape, char *text, size_t size)
{
	size_t used = 0;

	if (size == 0) {
		return text;
	}
	snprintf(text, size, "()");
	for (uint32_t i = 0; i < rank && used < size; i++) {
		int length = snprintf(text + used, size - used, "%s%lld%s", i ? "," : "(",
				(long long)shape[i], i + 1 == rank ? ")" : "");

		used += length > 0 ? (size_t)length : 0;
	}
	return text;
}
