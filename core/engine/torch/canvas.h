/**
 * \file    engine/torch/canvas.h
 * \brief   Pictures that are optimized on the device
 */
#ifndef TORCH_CANVAS_H
#define TORCH_CANVAS_H

#include "engine/torch/pass.h"

namespace torch_engine
{

/* All of these throw: Failure, or ATen's exceptions. They are engine/canvas.h's. */

/** To be closed with close_canvas() */
engine_canvas *open_canvas(std::shared_ptr<Network> network,
		const struct engine_canvas_settings &settings,
		const cnnviz_tensor *variables, const cnnviz_tensor *starts);

void close_canvas(engine_canvas *canvas);

void look(engine_canvas &canvas, const std::vector<int64_t> &items,
		const struct engine_view *views, const cnnviz_tensor *stand_in);

void find_silent(const engine_canvas &canvas, const std::vector<int64_t> &items,
		bool *silent);

void take_step(engine_canvas &canvas, const std::vector<int64_t> &items,
		const struct engine_canvas_step &step,
		struct engine_canvas_outcome *outcomes);

void read_inputs(const engine_canvas &canvas, cnnviz_tensor *inputs);

/** The views, if a forward pass's input stands for them; otherwise undefined */
Tensor seen_by(const engine_canvas *canvas, const cnnviz_tensor *input);

/** Keep the gradient by the views that were looked at last; undefined: zeros */
void keep_gradient(engine_canvas &canvas, const Tensor &gradient);

} // namespace torch_engine

#endif
