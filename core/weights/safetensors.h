/**
 * \file    weights/safetensors.h
 * \brief   safetensors
 */
#ifndef WEIGHTS_SAFETENSORS_H
#define WEIGHTS_SAFETENSORS_H

#include "weights/weights.h"

/** Append the tensors of the mapped file. Errors do not name it. */
cnnviz_status safetensors_read(struct weights *weights, struct error *error);

#endif
