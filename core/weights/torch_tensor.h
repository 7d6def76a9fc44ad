/**
 * \file    weights/torch_tensor.h
 * \brief   Tensors in a pickle of torch.save: where their elements are
 *
 * A tensor is pickled as a call with a storage, an offset, a shape and strides; a
 * storage as a persistent ID ('storage', type, key, location, count[, view]).
 */
#ifndef WEIGHTS_TORCH_TENSOR_H
#define WEIGHTS_TORCH_TENSOR_H

#include "weights/entry.h"
#include "weights/pickle.h"

/** A storage and the key by which the pickle refers to it */
struct storage {
	const unsigned char *key;
	size_t key_length;
	size_t element_size;
	int64_t count; /* number of elements according to the pickle */
	const unsigned char *data;
	size_t size;
};

/** Sorted by key */
struct storages {
	struct storage *items;
	size_t count;
};

/** For qsort() of storages: by their keys */
int storages_compare(const void *a, const void *b);

/** The storage of a key, or NULL */
struct storage *storages_find(const struct storages *storages, const unsigned char *key,
		size_t key_length);

/** The content of a persistent ID */
struct torch_reference {
	enum weights_dtype dtype;
	const struct pickle_value *key;
	int64_t count;
	const struct pickle_value *view; /* (key, offset, count) or NULL */
};

/**
 * \brief   What a persistent ID says of a storage
 *
 * Errors: it is of something else, or of a type that is not known.
 */
cnnviz_status torch_read_reference(const struct pickle_value *persistent,
		struct torch_reference *reference, struct error *error);

#define TORCH_GLOBALS_MAX 64

/** Classes and functions that tensors are pickled with, NULL-terminated */
void torch_list_globals(const char *globals[TORCH_GLOBALS_MAX]);

/**
 * The call that rebuilds a tensor, unwrapped from calls that make it a parameter; or
 * NULL
 */
const struct pickle_value *torch_find_tensor(const struct pickle_value *value);

/**
 * \brief   Append a tensor
 *
 * \param   key         A text: its name
 * \param   rebuild     What torch_find_tensor() has found
 *
 * Errors name the tensor: its description is not valid, its storage is missing, and
 * those of weights_add().
 */
cnnviz_status torch_add_tensor(struct weights *weights, const struct storages *storages,
		const struct pickle_value *key, const struct pickle_value *rebuild,
		struct error *error);

#endif
