/**
 * \file    optimize/loop.h
 * \brief   The optimization loop
 *
 * Gets gradients and random numbers only from the functions it is given, so that tests
 * can replace networks by functions.
 */
#ifndef OPTIMIZE_LOOP_H
#define OPTIMIZE_LOOP_H

#include "base/error.h"
#include "optimize/space.h"

/**
 * Functions that the loop calls. Those that return a status fill the loop's error when
 * they fail. All but gradient and the random numbers may be NULL.
 */
struct loop_calls {
	/**
	 * Compute the objective's values and their gradient with respect to the inputs
	 *
	 * inputs is (count,C,h,w), and items holds the indices of the count items;
	 * gradient is a new tensor with the shape of inputs.
	 */
	cnnviz_status (*gradient)(void *context, const cnnviz_tensor *inputs,
			uint32_t count, const uint32_t *items, double *values,
			cnnviz_tensor **gradient);

	/** Random numbers from an item's own stream */
	void (*uniform)(void *context, uint32_t item, float low, float high,
			int64_t count, float *values);
	void (*normal)(void *context, uint32_t item, float mean, float deviation,
			int64_t count, float *values);

	/** cnnviz_optimize_observer */
	cnnviz_status (*observe)(void *context, uint32_t step,
			const cnnviz_tensor *inputs, const double *values,
			uint8_t *frozen);

	/** Receives the image (C,H,W), 0..1, of an item that is not frozen */
	cnnviz_status (*snapshot)(void *context, uint32_t step, uint32_t item,
			const cnnviz_tensor *image);

	/** Called after each step with the mean loss of its items */
	void (*progress)(void *context, uint32_t step, double loss);

	bool (*canceled)(void *context);

	/** An item was frozen because its gradient is zero (spare_dead) */
	void (*warn)(void *context, const char *text);
};

struct loop_request {
	/** Complete, and accepted by loop_check() */
	const cnnviz_optimization *optimization;
	struct pixel_scale scale;
	int64_t height;
	int64_t width;
	bool pad_visible; /* views include the border (`pad`) */
	uint32_t batch;   /* largest number of items in one call of gradient() */
	const struct loop_calls *calls;
	void *context;
};

struct loop_result {
	uint32_t steps;        /* number done */
	cnnviz_tensor *image;  /* (N,C,H,W), 0..1 */
	cnnviz_tensor *input;  /* (N,C,H,W) */
	cnnviz_tensor *values; /* (steps,N) */
	cnnviz_tensor *losses; /* (steps,N) */
	uint32_t *item_steps;  /* of each item, before it was frozen; owned */
};

/**
 * \brief   Check the settings of an optimization for contradictions
 *
 * \return  CNNVIZ_OK, or CNNVIZ_ERROR_INPUT with a sentence that names the parameter.
 */
cnnviz_status loop_check(const cnnviz_optimization *optimization, int channels,
		struct error *error);

/** \param result   Filled on success; release it with loop_result_clear() */
cnnviz_status loop_run(const struct loop_request *request, struct loop_result *result,
		struct error *error);

void loop_result_clear(struct loop_result *result);

/**
 * Name of an item for messages: "zebra" in quotes, "the picture" or "picture 3"; text
 * holds size bytes
 */
const char *loop_item_name(const cnnviz_optimization *optimization, uint32_t item,
		char *text, size_t size);

#endif
