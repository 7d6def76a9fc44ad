/**
 * \file    engine/canvas.h
 * \brief   Pictures that are optimized where the network is
 *
 * On a card, the steps of an optimization would send each picture there and its gradient
 * back, and wait for the CPU to change it. A canvas holds pictures, optimizers and
 * gradients on the device and does there what core/optimize does on the CPU, up to
 * rounding. What is random is drawn by the caller.
 */
#ifndef ENGINE_CANVAS_H
#define ENGINE_CANVAS_H

#include <stdbool.h>

#include <cnnviz/optimize.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct engine_network;
/** Private to the engine */
struct engine_canvas;

/** What stays the same in all steps; all is borrowed as long as the canvas lives */
struct engine_canvas_settings {
	const cnnviz_optimization *optimization;
	int64_t channels, height, width; /* of a picture */

	/* Input = (pixel - mean) / deviation, by the input's channels; if bgr, its first
	 * channel is the picture's last. */
	bool bgr;
	const float *mean;
	const float *deviation;

	/* Views: size, border, and the gray beyond it as an input value */
	int64_t view_height, view_width, pad;
	const float *gray;

	/* Spaces: the matrix that correlates colors, or NULL; of spectra, what a
	 * sigmoid's argument is multiplied by, how near pixels may come to 0 and 1, and
	 * the weights of both transforms (H,W/2+1). to_plane counts numbers twice that
	 * stand for their conjugates too. */
	const double *colors;
	float amplitude, margin;
	const float *to_plane;
	const float *to_spectrum;
};

/** A view of a picture, as core/optimize/transform.h has it */
struct engine_view {
	int64_t first[2];
	int64_t last[2];
	double scale;
	double angle;
};

/** What a step does beside following the gradient */
struct engine_canvas_step {
	double rate;
	double blur;         /* deviation in pixels; 0: none */
	int64_t blur_radius; /* in pixels */
	int64_t clipped;     /* number of the least important pixels that turn gray */
};

/** What came of an item's step */
struct engine_canvas_outcome {
	bool gradient_finite;
	bool variable_finite;
	double penalty; /* of the picture before the step */
};

struct engine_canvas_table {
	/**
	 * \brief   Take over pictures
	 *
	 * At most one canvas of a network is open.
	 *
	 * \param   variables   (N,size): where each item's optimization starts from
	 * \param   starts      (N,C,H,W), 0..1: what changes are bounded from; or NULL
	 */
	cnnviz_status (*open)(struct engine_network *network,
			const struct engine_canvas_settings *settings,
			const cnnviz_tensor *variables, const cnnviz_tensor *starts,
			struct engine_canvas **canvas, struct error *error);
	void (*close)(struct engine_canvas *canvas);

	/**
	 * \brief   Look at items through views
	 *
	 * A forward pass that is given this very tensor as its input takes the views
	 * instead, and the gradient by the input in its backward passes stays here: the
	 * host gets zeros.
	 *
	 * \param   stand_in    (count,C,view_height,view_width); its values do not matter
	 */
	cnnviz_status (*look)(struct engine_canvas *canvas, uint32_t count,
			const uint32_t *items, const struct engine_view *views,
			const cnnviz_tensor *stand_in, struct error *error);

	/** Whether the gradients that items have here are zero everywhere */
	cnnviz_status (*find_silent)(struct engine_canvas *canvas, uint32_t count,
			const uint32_t *items, bool *silent, struct error *error);

	/** Take a step of items by the gradients that they have here. */
	cnnviz_status (*step)(struct engine_canvas *canvas, uint32_t count,
			const uint32_t *items, const struct engine_canvas_step *step,
			struct engine_canvas_outcome *outcomes, struct error *error);

	/** Copy the inputs that all items have become, (N,C,H,W) */
	cnnviz_status (*read)(struct engine_canvas *canvas, cnnviz_tensor *inputs,
			struct error *error);
};

#ifdef __cplusplus
}
#endif

#endif
