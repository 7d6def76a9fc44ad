/**
 * \file    optimize/own.c
 * \brief   A technique's own transformations within the steps of the loop
 *
 * Between apply() and pull_back() an item keeps what each of them was given: where a
 * function bends, its derivative depends on that.
 */
#include "optimize/own.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"

cnnviz_status own_open(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];
	size_t numbers = (size_t)transformations_count_numbers(loop->settings);

	if (loop->settings->transformation_count == 0) {
		return CNNVIZ_OK;
	}
	item->given = memory_new(loop->settings->transformation_count,
			sizeof(cnnviz_tensor *));
	item->numbers = numbers > 0 ? malloc(numbers * sizeof(float)) : NULL;
	return numbers > 0 && item->numbers == NULL ? loop_out_of_memory(loop)
						    : CNNVIZ_OK;
}

void own_close(struct loop *loop, uint32_t n)
{
	struct item *item = &loop->items[n];

	for (uint32_t i = 0;
			item->given != NULL && i < loop->settings->transformation_count;
			i++) {
		tensor_unref(item->given[i]);
	}
	free(item->given);
	free(item->numbers);
}

/** What has been drawn for one of an item's transformations in this step */
static cnnviz_optimize_draw drawn_for(const struct loop *loop, uint32_t n, uint32_t which)
{
	const cnnviz_transformation *const *all = loop->settings->transformations;
	size_t first = 0;

	for (uint32_t i = 0; i < which; i++) {
		first += all[i]->number_count;
	}
	return (cnnviz_optimize_draw){
		.struct_size = sizeof(cnnviz_optimize_draw),
		.item = n,
		.step = loop->step,
		.numbers = all[which]->number_count > 0 ? loop->items[n].numbers + first
							: NULL,
	};
}

static struct transformation_call call_of(const struct loop *loop)
{
	return (struct transformation_call){ loop->request->host, loop->request->job,
		loop->error };
}

/** A copy (1,C,h,w) of something of a view's size; NULL when out of memory */
static cnnviz_tensor *copy_view(struct loop *loop, const float *values)
{
	const struct views *views = &loop->views;
	const int64_t shape[] = { 1, views->extents.channels, views->height,
		views->width };
	cnnviz_tensor *copy = tensor_create_unset(4, shape);

	if (copy != NULL) {
		memcpy(tensor_mutable_data(copy), values,
				(size_t)tensor_count(copy) * sizeof(float));
	} else {
		loop_out_of_memory(loop);
	}
	return copy;
}

cnnviz_status own_apply(struct loop *loop, uint32_t n, float *view)
{
	const cnnviz_optimization *settings = loop->settings;
	const struct transformation_call call = call_of(loop);
	int64_t numbers = transformations_count_numbers(settings);
	struct item *item = &loop->items[n];
	cnnviz_tensor *seen = copy_view(loop, view);
	cnnviz_status status = seen != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_MEMORY;

	if (numbers > 0) {
		loop->calls->uniform(loop->request->context, n, 0, 1, numbers,
				item->numbers);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < settings->transformation_count;
			i++) {
		const cnnviz_optimize_draw draw = drawn_for(loop, n, i);

		item->given[i] = seen;
		status = transformation_apply(settings->transformations[i], &call, &draw,
				item->given[i], &seen);
	}
	if (status == CNNVIZ_OK) {
		memcpy(view, tensor_data(seen),
				(size_t)tensor_count(seen) * sizeof(float));
	}
	tensor_unref(seen);
	return status;
}

cnnviz_status own_pull_back(struct loop *loop, uint32_t n, const float *by_seen,
		cnnviz_tensor **by_view)
{
	const cnnviz_optimization *settings = loop->settings;
	const struct transformation_call call = call_of(loop);
	struct item *item = &loop->items[n];
	cnnviz_tensor *gradient = copy_view(loop, by_seen);
	cnnviz_status status = gradient != NULL ? CNNVIZ_OK : CNNVIZ_ERROR_MEMORY;

	for (uint32_t i = settings->transformation_count;
			status == CNNVIZ_OK && i-- > 0;) {
		const cnnviz_optimize_draw draw = drawn_for(loop, n, i);
		cnnviz_tensor *pulled = NULL;

		status = transformation_pull_back(settings->transformations[i], &call,
				&draw, item->given[i], gradient, &pulled);
		tensor_unref(gradient);
		tensor_unref(item->given[i]);
		item->given[i] = NULL;
		gradient = pulled;
	}
	*by_view = gradient;
	return status;
}
