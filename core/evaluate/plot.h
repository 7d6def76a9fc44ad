/**
 * \file    evaluate/plot.h
 * \brief   Plots of an evaluation
 */
#ifndef EVALUATE_PLOT_H
#define EVALUATE_PLOT_H

#include <stdio.h>

#include "evaluate/evaluation.h"

/** Complete SVG documents that can also be embedded in HTML */
void plot_curves(FILE *out, const struct evaluation *evaluation);
void plot_sanity(FILE *out, const struct evaluation *evaluation);
bool plot_has_curves(const struct evaluation *evaluation);
bool plot_has_sanity(const struct evaluation *evaluation);

#endif
