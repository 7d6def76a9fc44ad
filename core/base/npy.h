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

/** Write a tensor with its shape, atomically: version 1.0, float32, C order. */
cnnviz_status npy_write(const char *path, const cnnviz_tensor *tensor,
		struct error *error);

/** Read an array of float32 or float64, of either byte order and order of axes */
cnnviz_status npy_read(const char *path, cnnviz_tensor **tensor, struct error *error);
/** Read an array of float32 alone, likewise */
cnnviz_status npy_read_exact(const char *path, cnnviz_tensor **tensor,
		struct error *error);

#endif
