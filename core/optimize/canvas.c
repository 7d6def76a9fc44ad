/**
 * \file    optimize/canvas.c
 * \brief   Steps of an optimization whose pictures are elsewhere, as on a graphics card
 */
#include "optimize/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "optimize/settle.h"

bool canvas_used(const struct loop *loop)
{
	return loop->on_canvas;
}

/** Copy a row of numbers of each item into a tensor. */
static void stack_items(const struct loop *loop,
		const float *(*row)(const struct item *item), cnnviz_tensor *stack)
{
	int64_t size = tensor_count(stack) / loop->settings->count;

	for (uint32_t n = 0; n < loop->settings->count; n++) {
		memcpy(tensor_mutable_data(stack) + n * size, row(&loop->items[n]),
				(size_t)size * sizeof(float));
	}
}

static const float *variable_of(const struct item *item)
{
	return item->variable;
}

static const float *start_of(const struct item *item)
{
	return item->start;
}

cnnviz_status canvas_open(struct loop *loop)
{
	const struct canvas_calls *canvas = loop->calls->canvas;
	const int64_t shape[] = { loop->settings->count, space_size(loop->space) };
	bool bounded = loop->items[0].start != NULL;

	/* Tiles are cut from pictures that are too large for the network's device, and a
	 * technique transforms what is in the host's memory. */
	if (canvas == NULL || loop_is_tiled(loop)
			|| loop->settings->transformation_count > 0) {
		return CNNVIZ_OK;
	}
	cnnviz_tensor *variables = tensor_create(2, shape);
	cnnviz_tensor *starts = bounded ? tensor_create(4, tensor_shape(loop->inputs))
					: NULL;
	if (variables == NULL || (bounded && starts == NULL)) {
		tensor_unref(starts);
		tensor_unref(variables);
		return loop_out_of_memory(loop);
	}
	stack_items(loop, variable_of, variables);
	if (bounded) {
		stack_items(loop, start_of, starts);
	}
	cnnviz_status status = canvas->open(loop->request->context, &loop->views,
			loop->space, variables, starts);

	loop->on_canvas = status == CNNVIZ_OK;
	tensor_unref(starts);
	tensor_unref(variables);
	return status;
}

void canvas_close(struct loop *loop)
{
	if (loop->on_canvas) {
		loop->calls->canvas->close(loop->request->context);
		loop->on_canvas = false;
	}
}

cnnviz_status canvas_look(struct loop *loop, const struct group *group)
{
	struct view *views = memory_new(group->count, sizeof(*views));

	for (uint32_t i = 0; i < group->count; i++) {
		views[i] = loop->items[group->items[i]].view;
	}
	cnnviz_status status = loop->calls->canvas->look(loop->request->context,
			group->count, group->items, views, group->views);

	free(views);
	return status;
}

cnnviz_status canvas_find_silent(struct loop *loop, const struct group *group,
		bool *silent)
{
	return loop->calls->canvas->find_silent(loop->request->context, group->count,
			group->items, silent);
}

/** What the current step does */
static struct canvas_step choose_step(const struct loop *loop)
{
	const struct blur blur = settle_blur(loop);
	double area = (double)(loop->extents.height * loop->extents.width);

	return (struct canvas_step){
		.rate = loop->rate,
		.blur = blur.deviation,
		.blur_radius = blur.radius,
		.clipped = loop_due(loop, loop->settings->clip_every)
				? (int64_t)(loop->settings->clip_fraction * area)
				: 0,
	};
}

cnnviz_status canvas_step(struct loop *loop, uint32_t count, const uint32_t *items)
{
	struct canvas_outcome *outcomes = memory_new(count, sizeof(*outcomes));
	const struct canvas_step step = choose_step(loop);
	cnnviz_status status = loop->calls->canvas->step(loop->request->context, count,
			items, &step, outcomes);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		loop->items[items[i]].loss += outcomes[i].penalty;
		if (!outcomes[i].gradient_finite) {
			status = loop_not_finite(loop, items[i], "the gradient");
		} else if (!outcomes[i].variable_finite) {
			status = loop_not_finite(loop, items[i], "a pixel");
		}
	}
	free(outcomes);
	return status;
}

cnnviz_status canvas_read(struct loop *loop)
{
	return loop->on_canvas
			? loop->calls->canvas->read(loop->request->context, loop->inputs)
			: CNNVIZ_OK;
}
