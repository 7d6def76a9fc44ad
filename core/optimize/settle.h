/**
 * \file    optimize/settle.h
 * \brief   An item's image after a step: blur, bounds, clipping, rounding
 */
#ifndef OPTIMIZE_SETTLE_H
#define OPTIMIZE_SETTLE_H

#include "base/blur.h"
#include "optimize/state.h"

/** The blur after the current step; radius 0: none is due */
struct blur settle_blur(const struct loop *loop);

/**
 * \brief   Apply what follows an item's step: blur, bounds, clipping, rounding
 *
 * Updates its input from its variable.
 */
cnnviz_status item_update_image(struct loop *loop, uint32_t n);

#endif
