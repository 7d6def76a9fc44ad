/**
 * \file    optimize/request.h
 * \brief   What the optimization loop is asked to do, and what it calls
 */
#ifndef OPTIMIZE_REQUEST_H
#define OPTIMIZE_REQUEST_H

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
	 * gradient is a new tensor with the shape of inputs. redirected asks for what
	 * leads to a gradient where there is none (CNNVIZ_RULE_REDIRECTED).
	 */
	cnnviz_status (*gradient)(void *context, const cnnviz_tensor *inputs,
			uint32_t count, const uint32_t *items, bool redirected,
			double *values, cnnviz_tensor **gradient);

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

#endif
