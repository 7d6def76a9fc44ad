/**
 * \file    optimize/state.h
 * \brief   An optimization under way: what the files of the loop share
 *
 * Items share nothing but the calls of the network, so each has its own random
 * numbers, views, optimizer and checks, and comes out the same in whatever company.
 */
#ifndef OPTIMIZE_STATE_H
#define OPTIMIZE_STATE_H

#include "optimize/loop.h"
#include "optimize/optimizer.h"
#include "optimize/transform.h"

/** One picture on its way */
struct item {
	float *variable; /* the input itself in SPACE_INPUT */
	float *input;    /* its part of loop.inputs */
	float *start;    /* image, where the change from it is bounded; or NULL */
	uint8_t *least;  /* pixels to be set to gray in this step */
	struct optimizer optimizer;
	struct view view;
	int64_t offset[2]; /* of the tiles */
	double value;      /* of the objective, before the present step */
	double loss;
	double best;
	uint32_t since; /* steps without progress */
	uint32_t zeros; /* steps on end without a gradient */
	uint32_t steps; /* in which it took part */
	bool dead;
};

struct loop {
	const struct loop_request *request;
	const cnnviz_optimization *what;
	const struct loop_calls *calls;
	struct error *error;
	struct extents extents;
	int64_t size; /* numbers in an image */
	struct views views;
	struct tiles tiles; /* of a view */
	struct space *space;
	struct item *items;
	uint8_t *frozen;
	double *values;        /* of all items, for the observer */
	cnnviz_tensor *inputs; /* (N,C,H,W) */
	float *gradient;       /* of one image */
	float *slope;          /* of one variable */
	float *image;          /* one */
	double rate;
	uint32_t step;     /* under way, from 0 */
	float *history[2]; /* values and losses, a row for each step */
};

/** Items that are treated together, as the network sees them */
struct group {
	uint32_t count;
	const uint32_t *items;
	double *values;
	cnnviz_tensor *views;     /* (count,C,h,w) */
	cnnviz_tensor *gradients; /* by the views */
};

/** Take memory and start every item; close it in any case. */
cnnviz_status loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/** Record that memory is short; returns the status */
cnnviz_status loop_short(struct loop *loop);

/** An item's image, which may lie outside of 0..1 in SPACE_INPUT */
void loop_image(const struct loop *loop, uint32_t n, float *image);

/** Whether something that is done every so many steps is done after the present one */
bool loop_due(const struct loop *loop, uint32_t every);

/**
 * \brief   Draw views of a group's items and ask for values and gradients
 *
 * \param   group   values holds count zeros; the caller gives up the tensors
 */
cnnviz_status group_compute(struct loop *loop, struct group *group);

/**
 * \brief   What follows an item's step: operations on the image, bounds, clipping,
 *          rounding
 *
 * Brings its input in line with its variable.
 */
cnnviz_status item_settle(struct loop *loop, uint32_t n);

#endif
