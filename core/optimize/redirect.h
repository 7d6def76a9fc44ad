/**
 * \file    optimize/redirect.h
 * \brief   Gradients for items that have none, because the network's ReLUs are silent
 */
#ifndef OPTIMIZE_REDIRECT_H
#define OPTIMIZE_REDIRECT_H

#include "optimize/gradient.h"

/**
 * \brief   Give items without a gradient the redirected one
 *
 * Items that have none in the first step, or that would be abandoned, get it in up to 16
 * of the steps in which they have none. Others keep theirs to the last bit.
 *
 * \param   group   After group_compute()
 */
cnnviz_status group_redirect(struct loop *loop, struct group *group);

#endif
