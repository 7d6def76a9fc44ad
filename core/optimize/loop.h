/**
 * \file    optimize/loop.h
 * \brief   The loop: start, steps, stopping
 *
 * Knows pictures, gradients and random numbers only through the functions it is
 * handed, so that it can be tested with functions in place of networks.
 */
#ifndef OPTIMIZE_LOOP_H
#define OPTIMIZE_LOOP_H

#include "base/error.h"
#include "optimize/space.h"

/**
 * What the loop calls. Those that return a status have filled the loop's error when
 * they fail. All but gradient and the random numbers may be NULL.
 */
struct loop_calls {
	/**
	 * Values of the objective and their gradient by the inputs
	 *
	 * inputs is (count,C,h,w), items the count indices; gradient is new and of
	 * the shape of inputs.
	 */
	cnnviz_status (*gradient)(void *context, const cnnviz_tensor *inputs,
			uint32_t count, const uint32_t *items, double *values,
			cnnviz_tensor **gradient);

	/** Random numbers of an item's own stream */
	void (*uniform)(void *context, uint32_t item, float low, float high,
			int64_t count, float *values);
	void (*normal)(void *context, uint32_t item, float mean, float deviation,
			int64_t count, float *values);

	/** cnnviz_optimize_observer */
	cnnviz_status (*observe)(void *context, uint32_t step,
			const cnnviz_tensor *inputs, const double *values,
			uint8_t *frozen);

	/** Keep an image (C,H,W), 0..1, of an item that is not frozen */
	cnnviz_status (*snapshot)(void *context, uint32_t step, uint32_t item,
			const cnnviz_tensor *image);

	/** After each step: the mean loss of the items in it */
	void (*progress)(void *context, uint32_t step, double loss);

	bool (*canceled)(void *context);

	/** An item is left as it is because of its gradient (spare_dead) */
	void (*warn)(void *context, const char *text);
};

struct loop_request {
	/** Complete and free of contradictions: see loop_check() */
	const cnnviz_optimization *optimization;
	struct pixel_scale scale;
	int64_t height;
	int64_t width;
	bool border_seen; /* views include the border (`pad`) */
	uint32_t batch;   /* most items in one call of gradient() */
	const struct loop_calls *calls;
	void *context;
};

struct loop_result {
	uint32_t steps;        /* done */
	cnnviz_tensor *image;  /* (N,C,H,W), 0..1 */
	cnnviz_tensor *input;  /* (N,C,H,W) */
	cnnviz_tensor *values; /* (steps,N) */
	cnnviz_tensor *losses; /* (steps,N) */
	uint32_t *item_steps;  /* of each item, until it was frozen; owned */
};

/**
 * \brief   Whether an optimization makes sense, whatever the network
 *
 * \return  CNNVIZ_ERROR_INPUT with a sentence that names the parameter at fault.
 */
cnnviz_status loop_check(const cnnviz_optimization *optimization, int channels,
		struct error *error);

/** \param result   Filled on success; give up with loop_result_clear() */
cnnviz_status loop_run(const struct loop_request *request, struct loop_result *result,
		struct error *error);

void loop_result_clear(struct loop_result *result);

/** Name of an item for messages, as `item "zebra"`; text holds size bytes */
const char *loop_item_name(const cnnviz_optimization *optimization, uint32_t item,
		char *text, size_t size);

#endif
