/**
 * \file    base/npy.h
 * \brief   NumPy's .npy files (version 1.0, float32, C order)
 */
#ifndef BASE_NPY_H
#define BASE_NPY_H

#include "base/error.h"

/** Write a tensor with its shape, atomically. */
cnnviz_status npy_write(const char *path, const cnnviz_tensor *tensor,
		struct error *error);

/** Read a little-endian float32 or float64 array in C order, as float32 */
cnnviz_status npy_read(const char *path, cnnviz_tensor **tensor, struct error *error);

#endif
