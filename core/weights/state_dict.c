/**
 * \file    weights/state_dict.c
 * \brief   Finds the dicts of tensors in a checkpoint
 */
#include "weights/state_dict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/bytes.h"

/** Dicts around the innermost one that is looked into */
#define DEPTH_MAX 3

/** Entries of all dicts; a hostile file can list the same dict over and over. */
#define ENTRIES_MAX ((size_t)1 << 22)

/** Longest part of a group's name that comes from one key */
#define KEY_LENGTH 100

/** A checkpoint at work */
struct checkpoint {
	struct weights *weights;
	const struct storages *storages;
	struct error *error;
	size_t entries;                    /* seen so far */
	const struct pickle_value *object; /* the first one that is no tensor, or NULL */
	const struct pickle_value *holder; /* its key */
};

/** Whether a call makes an object of a class that is not one of a tensor's */
static bool is_object(const struct pickle_value *value)
{
	return value->type == PICKLE_CALL && value->items[0]->type == PICKLE_STRANGER;
}

/** A kind of tensor that is not known, such as a quantized one */
static cnnviz_status check_tensor(const struct pickle_value *key,
		const struct pickle_value *value, struct error *error)
{
	char class[PICKLE_NAME_SIZE], name[KEY_LENGTH + 1];

	if (!is_object(value)) {
		return CNNVIZ_OK;
	}
	pickle_name(value->items[0], class);
	if (strncmp(class, "torch._utils._rebuild", 21) != 0) {
		return CNNVIZ_OK;
	}
	return error_set(error, CNNVIZ_ERROR_INPUT,
			"tensor \"%s\" is of a kind that cnnviz does not read (%s); load "
			"the file in Python, and save its state_dict() with ordinary "
			"tensors",
			bytes_printable(key->bytes, key->count, name, sizeof(name)),
			class);
}

static cnnviz_status add_own_tensors(struct checkpoint *checkpoint,
		const struct pickle_value *dict)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i + 1 < dict->count && status == CNNVIZ_OK; i += 2) {
		const struct pickle_value *key = dict->items[i];
		const struct pickle_value *value = dict->items[i + 1];
		const struct pickle_value *tensor = torch_find_tensor(value);

		if (key->type != PICKLE_TEXT) {
			continue;
		}
		if (tensor != NULL) {
			status = torch_add_tensor(checkpoint->weights,
					checkpoint->storages, key, tensor,
					checkpoint->error);
		} else {
			status = check_tensor(key, value, checkpoint->error);
		}
		if (checkpoint->object == NULL && is_object(value)) {
			checkpoint->object = value->items[0];
			checkpoint->holder = key;
		}
	}
	return status;
}

static cnnviz_status add_dict(struct checkpoint *checkpoint,
		const struct pickle_value *dict, const char *name, int depth)
{
	cnnviz_status status;

	checkpoint->entries += dict->count / 2;
	if (checkpoint->entries > ENTRIES_MAX) {
		return error_set(checkpoint->error, CNNVIZ_ERROR_INPUT,
				"it has more entries than any weights file needs");
	}
	weights_start_group(checkpoint->weights, name);
	status = add_own_tensors(checkpoint, dict);
	for (size_t i = 0;
			depth < DEPTH_MAX && i + 1 < dict->count && status == CNNVIZ_OK;
			i += 2) {
		const struct pickle_value *key = dict->items[i];
		char part[KEY_LENGTH + 1];
		char *path;

		if (key->type != PICKLE_TEXT || dict->items[i + 1]->type != PICKLE_DICT) {
			continue;
		}
		bytes_printable(key->bytes, key->count, part, sizeof(part));
		path = memory_format("%s%s%s", name, depth > 0 ? "." : "", part);
		status = add_dict(checkpoint, dict->items[i + 1], path, depth + 1);
		free(path);
	}
	return status;
}

/** Why there are no tensors: a whole network, if there is an object. */
static cnnviz_status no_tensors(const struct checkpoint *checkpoint)
{
	char class[PICKLE_NAME_SIZE], key[KEY_LENGTH + 1];

	if (checkpoint->object == NULL) {
		return error_set(checkpoint->error, CNNVIZ_ERROR_INPUT,
				"it holds a dict without tensors, and so do the dicts in "
				"it; save the network's state_dict()");
	}
	pickle_name(checkpoint->object, class);
	bytes_printable(checkpoint->holder->bytes, checkpoint->holder->count, key,
			sizeof(key));
	return error_set(checkpoint->error, CNNVIZ_ERROR_INPUT,
			"it holds a dict without tensors, but with an object of %s under "
			"\"%s\"; load the file in Python, and save the network's "
			"state_dict()",
			class, key);
}

cnnviz_status add_state_dicts(struct weights *weights, const struct storages *storages,
		const struct pickle_value *root, struct error *error)
{
	struct checkpoint checkpoint = {
		.weights = weights,
		.storages = storages,
		.error = error,
	};
	char class[PICKLE_NAME_SIZE];
	cnnviz_status status;

	if (is_object(root)) {
		pickle_name(root->items[0], class);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it holds an object of %s, not a dict of tensors; load "
				"the file in Python, and save the network's state_dict()",
				class);
	}
	if (root->type != PICKLE_DICT) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"it holds %s, not a dict of tensors; save the network's "
				"state_dict()",
				pickle_type_text(root));
	}
	status = add_dict(&checkpoint, root, "", 0);
	return status == CNNVIZ_OK && weights->count == 0 ? no_tensors(&checkpoint)
							  : status;
}
