/**
 * \file    optimize/request.h
 * \brief   What the optimization loop is asked to do, and what it calls
 */
#ifndef OPTIMIZE_REQUEST_H
#define OPTIMIZE_REQUEST_H

#include "base/error.h"
#include "optimize/space.h"
#include "optimize/transform.h"

/** What a step on a canvas does beside following the gradient */
struct canvas_step {
	double rate;
	double blur;         /* deviation in pixels */
	int64_t blur_radius; /* 0: no blur */
	int64_t clipped;     /* number of the least important pixels that turn gray */
};

/** What came of an item's step on a canvas */
struct canvas_outcome {
	bool gradient_finite;
	bool variable_finite;
	double penalty;
};

/**
 * Functions of a canvas, which keeps pictures, optimizers and gradients elsewhere; all
 * are there. Those that return a status fill the loop's error when they fail.
 */
struct canvas_calls {
	/**
	 * \brief   Take over pictures
	 *
	 * \param   variables   (N,space_size()), where each item starts
	 * \param   starts      (N,C,H,W), 0..1, what changes are bounded from; or NULL
	 * \param   views, space    Borrowed until close()
	 */
	cnnviz_status (*open)(void *context, const struct views *views,
			const struct space *space, const cnnviz_tensor *variables,
			const cnnviz_tensor *starts);
	void (*close)(void *context);

	/** In the next call of gradient(), stand_in is what items look like in views. */
	cnnviz_status (*look)(void *context, uint32_t count, const uint32_t *items,
			const struct view *views, const cnnviz_tensor *stand_in);

	cnnviz_status (*find_silent)(void *context, uint32_t count, const uint32_t *items,
			bool *silent);

	cnnviz_status (*step)(void *context, uint32_t count, const uint32_t *items,
			const struct canvas_step *step, struct canvas_outcome *outcomes);

	/** inputs is (N,C,H,W). */
	cnnviz_status (*read)(void *context, cnnviz_tensor *inputs);
};

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

	/* Where pictures are, if not in the loop's own memory */
	const struct canvas_calls *canvas;
};

struct loop_request {
	/** Complete, and accepted by loop_check() */
	const cnnviz_optimization *optimization;
	struct pixel_scale scale;
	int64_t height;
	int64_t width;
	bool pad_visible; /* views include the border (`pad`) */
	uint32_t batch;   /* largest number of items in one call of gradient() */
	/* What a technique's own transformations are handed */
	const cnnviz_host *host;
	cnnviz_job *job;
	const struct loop_calls *calls;
	void *context;
};

#endif
