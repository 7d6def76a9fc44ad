/**
 * \file    optimize/redirect.c
 * \brief   Gradients for items that have none, because the network's ReLUs are silent
 */
#include "optimize/redirect.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/canvas.h"

/** An item's gradient is redirected in this many steps at most, as in Lucid */
#define REDIRECTED_STEPS 16

/** Copy whole items between tensors (N,C,h,w); to and from are lists of numbers, or NULL
 * for 0, 1, 2, ... */
static void copy_items(uint32_t count, const cnnviz_tensor *source, const uint32_t *from,
		cnnviz_tensor *target, const uint32_t *to)
{
	int64_t size = tensor_count(source) / tensor_shape(source)[0];

	for (uint32_t i = 0; i < count; i++) {
		memcpy(tensor_mutable_data(target) + (to != NULL ? to[i] : i) * size,
				tensor_data(source) + (from != NULL ? from[i] : i) * size,
				(size_t)size * sizeof(float));
	}
}

/** List the places in a group of the items whose gradient is redirected in this step */
static uint32_t list_silent(struct loop *loop, const struct group *group,
		const bool *silent, uint32_t *places)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->count; i++) {
		struct item *item = &loop->items[group->items[i]];
		bool zero = silent[i];

		if (zero && (loop->step == 0 || item->zeros + 1 >= DEAD_STEPS)) {
			item->silent = true;
		}
		item->redirected = zero && item->silent
				&& item->redirects < REDIRECTED_STEPS;
		item->redirects += item->redirected;
		if (item->redirected) {
			places[count++] = i;
		}
	}
	return count;
}

/** Which items of a group have a gradient that is zero everywhere */
static cnnviz_status find_silent(struct loop *loop, const struct group *group,
		bool *silent)
{
	int64_t size = tensor_count(group->gradients) / group->count;

	if (canvas_used(loop)) {
		return canvas_find_silent(loop, group, silent);
	}
	for (uint32_t i = 0; i < group->count; i++) {
		silent[i] = all_zero(tensor_data(group->gradients) + i * size, size);
	}
	return CNNVIZ_OK;
}

/** Compute the redirected gradients of items of a group, in the same views */
static cnnviz_status compute_redirected(struct loop *loop, const struct group *group,
		uint32_t count, const uint32_t *places, cnnviz_tensor **gradients)
{
	const int64_t *shape = tensor_shape(group->views);
	uint32_t *items = memory_new(count, sizeof(*items));
	struct group part = {
		.count = count,
		.items = items,
		.redirected = true,
		.values = memory_new(count, sizeof(*part.values)),
		.views = tensor_create(4,
				(const int64_t[]){ count, shape[1], shape[2], shape[3] }),
	};
	cnnviz_status status = part.views != NULL ? CNNVIZ_OK : loop_out_of_memory(loop);

	for (uint32_t i = 0; i < count; i++) {
		items[i] = group->items[places[i]];
	}
	if (status == CNNVIZ_OK) {
		copy_items(count, group->views, places, part.views, NULL);
		status = group_differentiate(loop, &part);
	}
	*gradients = part.gradients;
	tensor_unref(part.views);
	free(part.values);
	free(items);
	return status;
}

/** Put the gradients of some items in the place of those that a group has */
static cnnviz_status replace_gradients(struct loop *loop, struct group *group,
		uint32_t count, const uint32_t *places, const cnnviz_tensor *gradients)
{
	if (canvas_used(loop)) {
		return CNNVIZ_OK; /* which has them already */
	}
	/* A gradient may be memory of the engine's, which cannot be written to. */
	cnnviz_tensor *all = tensor_create(4, tensor_shape(group->gradients));

	if (all == NULL) {
		return loop_out_of_memory(loop);
	}
	copy_items(group->count, group->gradients, NULL, all, NULL);
	copy_items(count, gradients, NULL, all, places);
	tensor_unref(group->gradients);
	group->gradients = all;
	return CNNVIZ_OK;
}

cnnviz_status group_redirect(struct loop *loop, struct group *group)
{
	uint32_t *places = memory_new(group->count, sizeof(*places));
	bool *silent = memory_new(group->count, sizeof(*silent));
	cnnviz_status status = find_silent(loop, group, silent);
	uint32_t count = status == CNNVIZ_OK ? list_silent(loop, group, silent, places)
					     : 0;
	cnnviz_tensor *gradients = NULL;

	if (count > 0) {
		status = compute_redirected(loop, group, count, places, &gradients);
	}
	if (count > 0 && status == CNNVIZ_OK) {
		status = replace_gradients(loop, group, count, places, gradients);
	}
	tensor_unref(gradients);
	free(silent);
	free(places);
	return status;
}
