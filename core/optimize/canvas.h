/**
 * \file    optimize/canvas.h
 * \brief   Steps of an optimization whose pictures are elsewhere, as on a graphics card
 *
 * The loop draws views, decides what each step does and when to stop; the canvas holds
 * the pictures and changes them. Only what is asked for comes back.
 */
#ifndef OPTIMIZE_CANVAS_H
#define OPTIMIZE_CANVAS_H

#include "optimize/gradient.h"

/** Whether a loop's pictures are on a canvas */
bool canvas_used(const struct loop *loop);

/** Hand the pictures over, if there is a canvas that can take them. */
cnnviz_status canvas_open(struct loop *loop);
void canvas_close(struct loop *loop);

/** Look at a group's items through their views: group->views stands for what is seen. */
cnnviz_status canvas_look(struct loop *loop, const struct group *group);

/** Which items of a group have a gradient that is zero everywhere */
cnnviz_status canvas_find_silent(struct loop *loop, const struct group *group,
		bool *silent);

/** Take a step of items by the gradients that the canvas has; adds penalties to losses. */
cnnviz_status canvas_step(struct loop *loop, uint32_t count, const uint32_t *items);

/** Copy what the items have become to loop->inputs. */
cnnviz_status canvas_read(struct loop *loop);

#endif
