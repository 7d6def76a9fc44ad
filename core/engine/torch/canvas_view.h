/**
 * \file    engine/torch/canvas_view.h
 * \brief   Views of the pictures of a canvas, and the way back through them
 */
#ifndef TORCH_CANVAS_VIEW_H
#define TORCH_CANVAS_VIEW_H

#include "engine/torch/operation.h"

namespace torch_engine
{

/**
 * Where the pixels of views come from. A pixel is the weighted sum of some of the
 * picture's; behind the last of these stands one of gray.
 */
struct Taps {
	Tensor places;  /* (n,1,taps * pixels), int64 */
	Tensor weights; /* (n,1,taps,pixels) */
};

/** The taps of views of items */
Taps find_taps(const struct engine_canvas_settings &settings,
		const std::vector<struct engine_view> &views,
		const at::TensorOptions &options);

/** Views (n,C,h,w) of inputs (n,C,H,W) */
Tensor apply_views(const struct engine_canvas_settings &settings, const Taps &taps,
		const Tensor &inputs);

/** From gradients by views to those by inputs: the transpose */
Tensor views_gradient(const struct engine_canvas_settings &settings, const Taps &taps,
		const Tensor &by_view);

} // namespace torch_engine

#endif
