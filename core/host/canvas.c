/**
 * \file    host/canvas.c
 * \brief   Lets an optimization keep its pictures where the network is
 */
#include "host/canvas.h"

#include <stdlib.h>

#include "base/memory.h"

cnnviz_status canvas_start(struct canvas *canvas, const struct views *views,
		const struct space *space, const cnnviz_tensor *variables,
		const cnnviz_tensor *starts)
{
	const struct space_numbers *numbers = &canvas->numbers;

	canvas->numbers = space_numbers(space);
	canvas->settings = (struct engine_canvas_settings){
		.optimization = canvas->optimization,
		.channels = views->extents.channels,
		.height = views->extents.height,
		.width = views->extents.width,
		.bgr = numbers->scale.bgr,
		.mean = numbers->scale.mean,
		.deviation = numbers->scale.std,
		.view_height = views->height,
		.view_width = views->width,
		.pad = views->pad,
		.gray = views->gray,
		.colors = numbers->decorrelate ? &numbers->colors[0][0] : NULL,
		.amplitude = numbers->amplitude,
		.margin = numbers->margin,
		.to_plane = numbers->to_plane,
		.to_spectrum = numbers->to_spectrum,
	};
	return canvas->engine->canvas->open(canvas->network, &canvas->settings, variables,
			starts, &canvas->canvas, canvas->error);
}

void canvas_end(struct canvas *canvas)
{
	canvas->engine->canvas->close(canvas->canvas);
	canvas->canvas = NULL;
}

cnnviz_status canvas_see(struct canvas *canvas, uint32_t count, const uint32_t *items,
		const struct view *views, const cnnviz_tensor *stand_in)
{
	struct engine_view *seen = memory_new(count, sizeof(*seen));

	for (uint32_t i = 0; i < count; i++) {
		seen[i] = (struct engine_view){
			.first = { views[i].first[0], views[i].first[1] },
			.last = { views[i].last[0], views[i].last[1] },
			.scale = views[i].scale,
			.angle = views[i].angle,
		};
	}
	cnnviz_status status = canvas->engine->canvas->look(canvas->canvas, count, items,
			seen, stand_in, canvas->error);

	free(seen);
	return status;
}

cnnviz_status canvas_advance(struct canvas *canvas, uint32_t count, const uint32_t *items,
		const struct canvas_step *step, struct canvas_outcome *outcomes)
{
	struct engine_canvas_outcome *found = memory_new(count, sizeof(*found));
	const struct engine_canvas_step given = {
		.rate = step->rate,
		.blur = step->blur,
		.blur_radius = step->blur_radius,
		.clipped = step->clipped,
	};
	cnnviz_status status = canvas->engine->canvas->step(canvas->canvas, count, items,
			&given, found, canvas->error);

	for (uint32_t i = 0; status == CNNVIZ_OK && i < count; i++) {
		outcomes[i] = (struct canvas_outcome){
			.gradient_finite = found[i].gradient_finite,
			.variable_finite = found[i].variable_finite,
			.penalty = found[i].penalty,
		};
	}
	free(found);
	return status;
}
