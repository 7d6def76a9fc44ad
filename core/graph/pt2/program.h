/**
 * \file    graph/pt2/program.h
 * \brief   Translates a program of torch.export into nodes of ONNX operators
 */
#ifndef PT2_PROGRAM_H
#define PT2_PROGRAM_H

#include "graph/onnx/file.h"
#include "graph/pt2/archive.h"

/**
 * \brief   Fill in what an ONNX file of the same network would say
 *
 * Arrays of weights keep the names that the network has for them, and stay where they are in
 * the archive, which is mapped. Records extra/cnnviz.KEY become properties.
 *
 * Errors, without the file's name: damage; arrays that lie outside their records; a network
 * in training mode, which changes its buffers; limits of an ONNX file exceeded.
 *
 * \param   file    Its mapping is set; free it with onnx_file_free(), also after an error
 */
cnnviz_status pt2_program_read(const struct pt2_archive *archive, struct onnx_file *file,
		struct error *error);

#endif
