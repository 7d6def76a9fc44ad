/**
 * \file    engine/torch/device.h
 * \brief   The devices of this machine: the CPU, and graphics cards by way of CUDA
 */
#ifndef TORCH_DEVICE_H
#define TORCH_DEVICE_H

#include <ATen/ATen.h>

#include <string>

namespace torch_engine
{

/** engine.h's devices(): "cpu", and with cards "cuda" (the first one), "cuda:0", ... */
const char *const *device_names(void);

/** engine.h's choose_device(): the first card that can multiply matrices, or "cpu" */
const char *choose_device(void);

/** The device of that name; throws a Failure if there is none here */
at::Device find_device(const char *name);

/**
 * \brief   Set how a device computes
 *
 * A card computes in float32 all through, and the same way each time; by itself libtorch
 * would shorten the factors of convolutions to 10 bits (TF32).
 */
void prepare_device(at::Device device);

/** What a card is called, such as "NVIDIA H200"; "" for the CPU, or if it is unknown */
std::string device_title(at::Device device);

/** Give memory that the engine keeps for later on cards back to other programs. */
void release_cached_memory(void);

} // namespace torch_engine

#endif
