/**
 * \file    host/canvas.h
 * \brief   Lets an optimization keep its pictures where the network is
 */
#ifndef HOST_CANVAS_H
#define HOST_CANVAS_H

#include "engine/engine.h"
#include "optimize/request.h"

/** A canvas of the engine for one optimization */
struct canvas {
	const struct engine *engine;
	struct engine_network *network;
	const cnnviz_optimization *optimization;
	struct error *error;
	/* While it is open */
	struct engine_canvas *canvas;
	struct engine_canvas_settings settings;
	struct space_numbers numbers;
};

/* Functions for the loop's struct canvas_calls, whose context finds the canvas */

cnnviz_status canvas_start(struct canvas *canvas, const struct views *views,
		const struct space *space, const cnnviz_tensor *variables,
		const cnnviz_tensor *starts);
void canvas_end(struct canvas *canvas);
cnnviz_status canvas_see(struct canvas *canvas, uint32_t count, const uint32_t *items,
		const struct view *views, const cnnviz_tensor *stand_in);
cnnviz_status canvas_advance(struct canvas *canvas, uint32_t count, const uint32_t *items,
		const struct canvas_step *step, struct canvas_outcome *outcomes);

#endif
