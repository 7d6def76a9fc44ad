/**
 * \file    cnnviz/types.h
 * \brief   Versions, status codes and tensors: what every other header builds on
 *
 * All public headers are plain C11, also valid C++17, and name no type of any
 * tensor library.
 */
#ifndef CNNVIZ_TYPES_H
#define CNNVIZ_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \brief   Version of the plugin ABI that these headers describe
 *
 * A host accepts a plugin when the majors are equal and the plugin's minor is
 * not newer than the host's. Within one major, tables and structs only grow at
 * their end, and every struct that may grow starts with its size or is reached
 * through a stride, so that either side can tell what the other one knows.
 */
#define CNNVIZ_ABI_MAJOR UINT32_C(1)
#define CNNVIZ_ABI_MINOR UINT32_C(0)

/**
 * \brief   Outcome of a call that can fail; 0 is success
 *
 * An int32_t rather than an enum, so that its size is part of the ABI.
 */
typedef int32_t cnnviz_status;

#define CNNVIZ_OK INT32_C(0)
/** The user's input (a file, a key, a value) is wrong; the user can fix it. */
#define CNNVIZ_ERROR_INPUT INT32_C(1)
/** Out of memory. */
#define CNNVIZ_ERROR_MEMORY INT32_C(2)
/** A file could not be read or written. */
#define CNNVIZ_ERROR_IO INT32_C(3)
/** The request is not possible with this network, build or machine, or at this time. */
#define CNNVIZ_ERROR_UNSUPPORTED INT32_C(4)
/** The engine failed while computing. */
#define CNNVIZ_ERROR_ENGINE INT32_C(5)
/** A plugin broke its contract: it called a service with arguments the API forbids. */
#define CNNVIZ_ERROR_PLUGIN INT32_C(6)
/** The user interrupted the run. */
#define CNNVIZ_ERROR_CANCELED INT32_C(7)

/** Highest rank of a tensor */
#define CNNVIZ_MAX_RANK 8

/** A running job: opaque, valid until the plugin's function returns */
typedef struct cnnviz_job cnnviz_job;

/**
 * \brief   A dense float32 array in row-major (contiguous) order
 *
 * Opaque and reference counted. Pictures are (N,C,H,W), activations (N,C,h,w) or
 * (N,features), maps (N,C,h,w). Two tensors never share memory that one of them may
 * write.
 */
typedef struct cnnviz_tensor cnnviz_tensor;

/**
 * \brief   Functions on tensors
 *
 * Only create() can fail.
 */
typedef struct cnnviz_tensor_api {
	uint32_t struct_size;

	/**
	 * \brief   Create a tensor filled with zeros
	 *
	 * \param   job     Receives the reason of a failure
	 * \param   rank    1 to CNNVIZ_MAX_RANK
	 * \param   shape   rank extents, each at least 1; copied
	 * \param   tensor  Receives a new reference; release it with unref()
	 *
	 * \retval  CNNVIZ_OK               *tensor is the caller's
	 * \retval  CNNVIZ_ERROR_MEMORY     out of memory; *tensor is unchanged
	 * \retval  CNNVIZ_ERROR_PLUGIN     rank or an extent is out of its range;
	 *                                  *tensor is unchanged
	 */
	cnnviz_status (*create)(cnnviz_job *job, uint32_t rank, const int64_t *shape,
			cnnviz_tensor **tensor);

	/** \brief  Take one more reference; returns its argument. NULL is allowed. */
	cnnviz_tensor *(*ref)(cnnviz_tensor *tensor);

	/** \brief  Release a reference; the last one frees. NULL is allowed. */
	void (*unref)(cnnviz_tensor *tensor);

	/** \brief  Number of dimensions, 1 to CNNVIZ_MAX_RANK */
	uint32_t (*rank)(const cnnviz_tensor *tensor);

	/** \brief  rank() extents; borrowed, valid as long as the tensor */
	const int64_t *(*shape)(const cnnviz_tensor *tensor);

	/** \brief  Number of elements: the product of the extents */
	int64_t (*count)(const cnnviz_tensor *tensor);

	/** \brief  Elements for reading; borrowed, valid as long as the tensor */
	const float *(*data)(const cnnviz_tensor *tensor);

	/**
	 * \brief   Elements for writing; borrowed, valid as long as the tensor
	 *
	 * Only for tensors that the caller created or received as its own.
	 *
	 * \return  NULL for a tensor whose memory is read-only (mapped weights).
	 */
	float *(*mutable_data)(cnnviz_tensor *tensor);
} cnnviz_tensor_api;

#ifdef __cplusplus
}
#endif

#endif
