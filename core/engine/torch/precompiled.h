/**
 * \file    engine/torch/precompiled.h
 * \brief   What takes a compiler long to read, and every file of the engine includes
 *
 * configure decides whether it is compiled beforehand. The files do not rely on that: each
 * includes what it uses.
 */
#ifndef TORCH_PRECOMPILED_H
#define TORCH_PRECOMPILED_H

#include <ATen/ATen.h>

#endif
