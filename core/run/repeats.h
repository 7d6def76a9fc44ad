/**
 * \file    run/repeats.h
 * \brief   Tells the user of messages that were counted and not shown
 */
#ifndef RUN_REPEATS_H
#define RUN_REPEATS_H

#include "output/record.h"

/** Print, for each kind of failure or warning, how many came after the first. */
void repeats_print(const struct record *record);

#endif
