/**
 * \file    graph/pt2/array.h
 * \brief   Arrays of numbers in a .pt2 file
 */
#ifndef PT2_ARRAY_H
#define PT2_ARRAY_H

#include "graph/onnx/file.h"
#include "graph/pt2/archive.h"

/** Whether the elements of an array, by its description, are unsigned bytes */
bool pt2_is_byte(const json_t *description);

/**
 * \brief   Find an array of the archive: a parameter, a buffer or a constant
 *
 * Its elements stay where they are. A type that cannot be used, or a pickle, which is never
 * read, is no error, but the tensor's fault.
 *
 * Errors: no such array; sizes, strides or an offset that lead outside its record.
 *
 * \param   tensor  Its constant is set
 */
cnnviz_status pt2_array_read(const struct pt2_archive *archive, const char *name,
		struct mapping *mapping, struct onnx_tensor *tensor, struct error *error);

#endif
