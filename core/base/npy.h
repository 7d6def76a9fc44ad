/**
 * \file    base/npy.h
 * \brief   NumPy's .npy files
 */
#ifndef BASE_NPY_H
#define BASE_NPY_H

#include "base/file.h"

/** What every .npy file begins with */
#define NPY_MAGIC "\x93NUMPY"
#define NPY_MAGIC_SIZE 6

/** Write a tensor with its shape into a writer, and commit that */
cnnviz_status npy_put(struct writer *writer, const cnnviz_tensor *tensor,
		struct error *error);

/** Room for what stands before the elements, up to 8 extents and a few digits more */
#define NPY_HEADER_SIZE 384

/**
 * \brief   What stands before the elements of an array of float32 in C order
 *
 * \param   spare   Number of digits by which the shape may still grow
 *
 * \return  Its number of bytes, with which elements are aligned
 */
size_t npy_format_header(uint32_t rank, const int64_t *shape, size_t spare,
		char header[NPY_HEADER_SIZE]);

/** Write a tensor with its shape, atomically: version 1.0, float32, C order. */
cnnviz_status npy_write(const char *path, const cnnviz_tensor *tensor,
		struct error *error);

/** Read an array of float32 or float64, of either byte order and order of axes */
cnnviz_status npy_read(const char *path, cnnviz_tensor **tensor, struct error *error);
/** Read an array of float32 alone, likewise */
cnnviz_status npy_read_exact(const char *path, cnnviz_tensor **tensor,
		struct error *error);
/** Read a row of an array of float32 of rank 2 and more in C order, without that extent */
cnnviz_status npy_read_row(const char *path, int64_t row, cnnviz_tensor **tensor,
		struct error *error);
/** Shape of an array, of which a file has all elements, and where these start */
cnnviz_status npy_measure(const char *path, uint32_t *rank,
		int64_t shape[CNNVIZ_MAX_RANK], size_t *start, struct error *error);

#endif
