/**
 * \file    conform/growth.h
 * \brief   Whether a plugin's own memory grows with each call
 */
#ifndef CONFORM_GROWTH_H
#define CONFORM_GROWTH_H

#include "conform/trial.h"

void check_growth(struct trial *trial);

#endif
