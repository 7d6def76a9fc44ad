/**
 * \file    engine/torch/onednn.h
 * \brief   Convolutions and products by oneDNN itself, with weights packed once
 *
 * ATen packs the weights of a convolution anew in each call, and puts what it is given
 * into an order of its own. Here the weights stay packed from the first pass on, and maps
 * have their channels last, which oneDNN reads and writes as it is and ATen's other
 * operations understand. Built where configure has found oneDNN.
 */
#ifndef TORCH_ONEDNN_H
#define TORCH_ONEDNN_H

#include "engine/torch/operation.h"

namespace torch_engine
{

/** What has been prepared for the passes of one layer */
struct Packed;

/** What is done to a convolution's output before it is written */
struct Epilogue {
	const Layer *norm = nullptr; /* multiplied into the weights */
	double ceiling = -1;         /* what is below 0 or above this is cut; -1: not */
};

#ifdef WITH_ONEDNN

/** For a convolution with weights in the computer's memory; else null */
std::shared_ptr<Packed> prepare_packed(const Layer &layer);

/** The convolution of x (N,C,H,W) */
Tensor convolve(const Layer &layer, const Tensor &x, const Epilogue &epilogue);

/** The gradient of its input, which has these sizes; without the cut */
Tensor convolve_back(const Layer &layer, const Tensor &gradient, const Sizes &sizes,
		const Layer *norm);

/**
 * result (n,m) = rows (n,k) times matrix (k,m), plus bias (m) where it is defined, plus what
 * result was where `add`; all may be views
 */
void multiply(const Tensor &result, const Tensor &rows, const Tensor &matrix,
		const Tensor &bias, bool add);

#else

inline std::shared_ptr<Packed> prepare_packed(const Layer &)
{
	return nullptr;
}

inline Tensor convolve(const Layer &, const Tensor &, const Epilogue &)
{
	return {};
}

inline Tensor convolve_back(const Layer &, const Tensor &, const Sizes &, const Layer *)
{
	return {};
}

inline void multiply(const Tensor &result, const Tensor &rows, const Tensor &matrix,
		const Tensor &bias, bool add)
{
	Tensor product = bias.defined() ? at::addmm(bias, rows, matrix)
					: at::mm(rows, matrix);

	if (add) {
		result.add_(product);
	} else {
		result.copy_(product);
	}
}

#endif

} // namespace torch_engine

#endif
