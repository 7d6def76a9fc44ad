/**
 * \file    engine/torch/canvas_space.h
 * \brief   From variables to inputs and back: the spaces of core/optimize/space.c
 */
#ifndef TORCH_CANVAS_SPACE_H
#define TORCH_CANVAS_SPACE_H

#include "engine/torch/operation.h"

namespace torch_engine
{

/** A space, with its constants on the device. Pictures and inputs are (n,C,H,W). */
class Space
{
      public:
	Space(const struct engine_canvas_settings &settings,
			const at::TensorOptions &options);

	Tensor input_of(const Tensor &variables) const;
	Tensor gradient(const Tensor &inputs, const Tensor &by_input) const;
	Tensor variables_of(const Tensor &pictures) const;
	Tensor pictures_of(const Tensor &inputs) const;

      private:
	Tensor inputs_of_pictures(const Tensor &pictures) const;
	Tensor swap(const Tensor &pictures) const;
	Tensor mix(const Tensor &matrix, const Tensor &pictures) const;

	uint32_t kind;
	bool bgr;
	Sizes size; /* H, W */
	double amplitude, margin;
	Tensor mean, deviation;       /* (1,C,1,1) */
	Tensor colors, decorrelation; /* (C,C); undefined: none */
	Tensor to_plane, to_spectrum; /* (H,W/2+1) */
	Tensor once;                  /* to_plane without what stands for conjugates */
};

} // namespace torch_engine

#endif
