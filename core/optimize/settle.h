/**
 * \file    optimize/settle.h
 * \brief   An item's image after a step: blur, bounds, clipping, rounding
 */
#ifndef OPTIMIZE_SETTLE_H
#define OPTIMIZE_SETTLE_H

#include "optimize/state.h"

/**
 * \brief   Apply what follows an item's step: blur, bounds, clipping, rounding
 *
 * Updates its input from its variable.
 */
cnnviz_status item_update_image(struct loop *loop, uint32_t n);

#endif
