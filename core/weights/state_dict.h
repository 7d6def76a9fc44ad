/**
 * \file    weights/state_dict.h
 * \brief   Finds the dicts of tensors in a checkpoint
 */
#ifndef WEIGHTS_STATE_DICT_H
#define WEIGHTS_STATE_DICT_H

#include "weights/torch_tensor.h"

/**
 * \brief   Append the tensors of a checkpoint, a group for each dict that has any
 *
 * The root may be such a dict, and so may what lies in it under texts as keys, up to
 * three dicts deep. Whatever else is there (counters, options, the state of an
 * optimizer, objects of any class) is skipped.
 *
 * Errors: no dict, a network that was saved as an object (its class is named), no
 * tensors, and those of torch_add_tensor().
 */
cnnviz_status add_state_dicts(struct weights *weights, const struct storages *storages,
		const struct pickle_value *root, struct error *error);

#endif
