/**
 * \file    optimize/state.h
 * \brief   The state of a running optimization, shared by the files of the loop
 *
 * Items share only the calls of the network: each has its own random numbers, views,
 * optimizer and checks, so that its result does not depend on the other items.
 */
#ifndef OPTIMIZE_STATE_H
#define OPTIMIZE_STATE_H

#include "optimize/optimizer.h"
#include "optimize/request.h"
#include "optimize/transform.h"
#include "optimize/transformation.h"

/** After this many steps in a row with a zero gradient, an item is abandoned */
#define DEAD_STEPS 10

/** One picture that is optimized */
struct item {
	float *variable; /* the input itself in SPACE_INPUT */
	float *input;    /* its part of loop.inputs */
	float *start;    /* initial image if the change from it is bounded; or NULL */
	uint8_t *least;  /* flags of the pixels to set to gray in this step */
	struct optimizer optimizer;
	struct view view;
	float *numbers;        /* drawn for the technique's own transformations */
	cnnviz_tensor **given; /* what each of them was given in this step */
	int64_t offset[2];     /* of the tiles */
	double value;          /* of the objective, before the current step */
	double loss;
	double best;
	uint32_t since;     /* steps without progress */
	uint32_t zeros;     /* steps in a row with a zero gradient */
	uint32_t steps;     /* number of steps before it was frozen */
	uint32_t redirects; /* number of steps that followed a redirected gradient */
	bool redirected;    /* whether the current one does */
	bool silent;        /* its gradient is redirected wherever it is zero */
	bool started;       /* it had a gradient of its own in some step */
	bool dead;          /* it was frozen because its gradient stayed zero */
};

struct loop {
	const struct loop_request *request;
	const cnnviz_optimization *settings;
	const struct loop_calls *calls;
	struct error *error;
	struct extents extents;
	int64_t size; /* elements of an image */
	struct views views;
	struct tiles tiles; /* of a view */
	struct space *space;
	struct item *items;
	uint8_t *frozen;
	double *values;        /* of all items, for the observer */
	cnnviz_tensor *inputs; /* (N,C,H,W) */
	float *gradient;       /* of one image */
	float *slope;          /* of one variable */
	float *image;          /* buffer for one image */
	double rate;
	uint32_t step;  /* current step, from 0 */
	bool on_canvas; /* the pictures are there, and inputs as old as the last read */
	float *history[2]; /* values and losses, one row per step */
};

/** Allocate memory and initialize every item; call loop_close() in either case. */
cnnviz_status loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/** Record that memory ran out; returns CNNVIZ_ERROR_MEMORY */
cnnviz_status loop_out_of_memory(struct loop *loop);

/**
 * Report that something of an item is infinite or NaN; returns CNNVIZ_ERROR_INPUT
 */
cnnviz_status loop_not_finite(const struct loop *loop, uint32_t n, const char *quantity);

/** An item's image, which may lie outside of 0..1 in SPACE_INPUT */
void loop_image(const struct loop *loop, uint32_t n, float *image);

/** Whether there is nothing but zeros */
bool all_zero(const float *values, int64_t count);

/** Whether something that is done every `every` steps is due after the current one */
bool loop_due(const struct loop *loop, uint32_t every);

#endif
