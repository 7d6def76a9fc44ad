/**
 * \file    weights/open.h
 * \brief   Opening a weights file, whatever its format
 */
#ifndef WEIGHTS_OPEN_H
#define WEIGHTS_OPEN_H

#include "weights/weights.h"

/**
 * \brief   Open a weights file
 *
 * The format is detected from the content: zip (torch.save since 1.6), pickle stream
 * with torch's magic number (older torch.save) or safetensors. The file must hold an
 * OrderedDict or dict of tensors, or such dicts nested in it, which become groups.
 * Unpickling accepts the opcodes that tensors need, gives a meaning to the globals
 * that they need (collections.OrderedDict, torch._utils._rebuild_tensor_v2,
 * torch.*Storage, ...), passes over objects of other classes and refuses functions
 * that attacks use (os.system, eval, ...) by name. All offsets, sizes and strides are
 * checked against the file's size; nothing is executed.
 *
 * Errors name the file and what is wrong with it.
 */
cnnviz_status weights_open(const char *path, struct weights **weights,
		struct error *error);

/** Whether a file has a format of weights, by its first bytes and a zip's directory */
bool weights_are_here(const unsigned char *data, size_t size);

/** Like weights_open(), for a file that is already mapped; takes its own reference */
cnnviz_status weights_read(struct mapping *mapping, struct weights **weights,
		struct error *error);

#endif
