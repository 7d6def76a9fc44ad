/**
 * \file    graph/operations/families.h
 * \brief   The tables of rows, one for each kind of operation
 */
#ifndef OPERATIONS_FAMILIES_H
#define OPERATIONS_FAMILIES_H

#include "graph/operation.h"

/* Each ended by a row without a name */
extern const struct operation activation_operations[];
extern const struct operation arithmetic_operations[];
extern const struct operation array_operations[];
extern const struct operation attention_operations[];
extern const struct operation convolution_operations[];
extern const struct operation normalization_operations[];
extern const struct operation pool_operations[];
extern const struct operation resample_operations[];
extern const struct operation shape_operations[];

/* Bounds of integers in descriptions: far above any network, low enough that sums and
 * products of a few of them cannot overflow */
#define MAX_CHANNELS (INT64_C(1) << 24)
#define MAX_WINDOW (INT64_C(1) << 15)

#endif
