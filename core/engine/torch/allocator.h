/**
 * \file    engine/torch/allocator.h
 * \brief   Where tensors in the computer's memory lie
 */
#ifndef TORCH_ALLOCATOR_H
#define TORCH_ALLOCATOR_H

namespace torch_engine
{

/** Let what one pass has freed serve the next; may be called again */
void keep_freed_memory();

} // namespace torch_engine

#endif
