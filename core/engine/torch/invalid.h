/**
 * \file    engine/torch/invalid.h
 * \brief   Whether threads have met what is not a number
 *
 * A rectifier that oneDNN computes along with a convolution makes 0 of what is not a number,
 * which would hide an overflow or a bad input. Processors note such operations in a flag of
 * each thread, which costs nothing until it is asked for.
 */
#ifndef TORCH_INVALID_H
#define TORCH_INVALID_H

namespace torch_engine
{

/** Clear the flags of this thread and of libtorch's others. */
void clear_invalid();

/** Whether one of them has made or compared what is not a number since then */
bool found_invalid();

} // namespace torch_engine

#endif
