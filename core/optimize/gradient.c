/**
 * \file    optimize/gradient.c
 * \brief   Makes views and tiles of the items, and collects their gradients
 */
#include "optimize/gradient.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/canvas.h"
#include "optimize/own.h"

/** Context of draw_uniform for an item */
struct item_stream {
	const struct loop *loop;
	uint32_t item;
};

static void draw_item(void *context, float low, float high, int64_t count, float *values)
{
	const struct item_stream *stream = context;

	stream->loop->calls->uniform(stream->loop->request->context, stream->item, low,
			high, count, values);
}

bool loop_is_tiled(const struct loop *loop)
{
	return loop->tiles.rows * loop->tiles.columns > 1;
}

static void draw_view(struct loop *loop, uint32_t n)
{
	struct item_stream context = { loop, n };
	struct item *item = &loop->items[n];
	float units[2];

	item->view = view_draw(&loop->views, draw_item, &context);
	if (loop_is_tiled(loop)) {
		draw_item(&context, 0, 1, 2, units);
		item->offset[0] = (int64_t)(units[0] * (float)loop->views.height);
		item->offset[1] = (int64_t)(units[1] * (float)loop->views.width);
	}
}

/** The objective's values and gradients of one tile of each item of a group */
static cnnviz_status add_tile(struct loop *loop, struct group *group, int64_t row,
		int64_t column)
{
	const struct tiles *tiles = &loop->tiles;
	int64_t view = tensor_count(group->views) / group->count;
	int64_t size = tiles->extents.channels * tiles->height * tiles->width;
	double *values = memory_new(group->count, sizeof(*values));
	cnnviz_tensor *gradient = NULL,
		      *pieces = tensor_create(4,
				      (const int64_t[]){ group->count,
						      tiles->extents.channels,
						      tiles->height, tiles->width });
	cnnviz_status status = pieces != NULL ? CNNVIZ_OK : loop_out_of_memory(loop);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		tile_extract(tiles, row, column, loop->items[group->items[i]].offset,
				tensor_data(group->views) + i * view,
				tensor_mutable_data(pieces) + i * size);
	}
	if (status == CNNVIZ_OK) {
		status = loop->calls->gradient(loop->request->context, pieces,
				group->count, group->items, group->redirected, values,
				&gradient);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		group->values[i] += values[i] / (double)(tiles->rows * tiles->columns);
		tile_add_gradient(tiles, row, column, loop->items[group->items[i]].offset,
				tensor_data(gradient) + i * size,
				tensor_mutable_data(group->gradients) + i * view);
	}
	tensor_unref(gradient);
	tensor_unref(pieces);
	free(values);
	return status;
}

static cnnviz_status compute_tiles(struct loop *loop, struct group *group)
{
	cnnviz_status status = CNNVIZ_OK;

	group->gradients = tensor_create(4, tensor_shape(group->views));
	if (group->gradients == NULL) {
		return loop_out_of_memory(loop);
	}
	for (int64_t i = 0;
			status == CNNVIZ_OK && i < loop->tiles.rows * loop->tiles.columns;
			i++) {
		status = add_tile(loop, group, i / loop->tiles.columns,
				i % loop->tiles.columns);
	}
	return status;
}

cnnviz_status group_differentiate(struct loop *loop, struct group *group)
{
	cnnviz_status status = canvas_used(loop) ? canvas_look(loop, group) : CNNVIZ_OK;

	if (status != CNNVIZ_OK) {
		return status;
	}
	return loop_is_tiled(loop)
			? compute_tiles(loop, group)
			: loop->calls->gradient(loop->request->context, group->views,
					group->count, group->items, group->redirected,
					group->values, &group->gradients);
}

cnnviz_status group_compute(struct loop *loop, struct group *group)
{
	const struct views *views = &loop->views;
	int64_t size = views->extents.channels * views->height * views->width;
	bool own = loop->settings->transformation_count > 0;
	cnnviz_status status = CNNVIZ_OK;

	group->views = tensor_create(4,
			(const int64_t[]){ group->count, views->extents.channels,
					views->height, views->width });
	if (group->views == NULL) {
		return loop_out_of_memory(loop);
	}
	for (uint32_t i = 0; status == CNNVIZ_OK && i < group->count; i++) {
		float *view = tensor_mutable_data(group->views) + i * size;
		struct item *item = &loop->items[group->items[i]];

		draw_view(loop, group->items[i]);
		if (!canvas_used(loop)) {
			view_apply(views, &item->view, item->input, view);
		}
		if (own) {
			status = own_apply(loop, group->items[i], view);
		}
	}
	return status == CNNVIZ_OK ? group_differentiate(loop, group) : status;
}
