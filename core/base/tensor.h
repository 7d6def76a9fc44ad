/**
 * \file    base/tensor.h
 * \brief   The host's tensors; functions as in cnnviz_tensor_api, but for tensor_create()
 */
#ifndef BASE_TENSOR_H
#define BASE_TENSOR_H

#include <cnnviz/types.h>

/** Whether these are 1 to CNNVIZ_MAX_RANK extents from 1 up */
bool tensor_is_shape(uint32_t rank, const int64_t *shape);

/** A tensor of zeros; NULL where memory is out or the shape not valid */
cnnviz_tensor *tensor_create(uint32_t rank, const int64_t *shape);
/** A tensor whose values the caller sets, all of them; NULL likewise */
cnnviz_tensor *tensor_create_unset(uint32_t rank, const int64_t *shape);
cnnviz_tensor *tensor_ref(cnnviz_tensor *tensor);
void tensor_unref(cnnviz_tensor *tensor);
uint32_t tensor_rank(const cnnviz_tensor *tensor);
const int64_t *tensor_shape(const cnnviz_tensor *tensor);
int64_t tensor_count(const cnnviz_tensor *tensor);
const float *tensor_data(const cnnviz_tensor *tensor);
float *tensor_mutable_data(cnnviz_tensor *tensor);

/** The table handed to engines; they have no job, so create() takes NULL in its place */
extern const cnnviz_tensor_api tensor_api;

/**
 * \brief   A read-only tensor over memory that it does not own
 *
 * \param   data        As many floats as the shape has elements, aligned for float
 * \param   release     Called with context when the last reference is released; may be
 *                     NULL
 */
cnnviz_tensor *tensor_wrap(uint32_t rank, const int64_t *shape, const float *data,
		void (*release)(void *context), void *context);

/** What tensor_wrap() was given along with this function; NULL: it was not given it */
void *tensor_context(const cnnviz_tensor *tensor, void (*release)(void *context));

bool tensor_same_shape(const cnnviz_tensor *a, const cnnviz_tensor *b);

/**
 * \brief   Whether nothing was written behind the last element
 *
 * What tensors create for themselves ends in bytes that nobody may change; of wrapped memory
 * nothing is known.
 */
bool tensor_is_intact(const cnnviz_tensor *tensor);

/** Set these bytes again. */
void tensor_mend(cnnviz_tensor *tensor);

/** Number of tensors so far, of all threads, that were not intact when they were released */
size_t tensor_overruns(void);

/** Whether no value is infinite or not a number */
bool floats_are_finite(const float *values, int64_t count);
bool tensor_is_finite(const cnnviz_tensor *tensor);

/** A copy as a new tensor; NULL when out of memory */
cnnviz_tensor *tensor_copy(const cnnviz_tensor *tensor);

/**
 * Copy of item n of the first dimension, as a new tensor (1,...); NULL when out of
 * memory
 */
cnnviz_tensor *tensor_item(const cnnviz_tensor *tensor, int64_t n);

/**
 * \brief   Item n of the first dimension, without that one, in the tensor's own memory
 *
 * \return  A read-only tensor to be released before the other one; NULL without memory,
 *          without such an item, and for a tensor of rank 1.
 */
cnnviz_tensor *tensor_view(const cnnviz_tensor *tensor, int64_t n);

/**
 * Number of tensors that the calling thread has created and not released, for leak checks;
 * one that another thread releases stays counted
 */
size_t tensor_live_count(void);

/** "(1,3,224,224)" into text; returns text */
char *tensor_shape_text(uint32_t rank, const int64_t *shape, char *text, size_t size);

#endif
