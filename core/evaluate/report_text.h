/**
 * \file    evaluate/report_text.h
 * \brief   evaluation.txt: an evaluation as tables
 */
#ifndef EVALUATE_REPORT_TEXT_H
#define EVALUATE_REPORT_TEXT_H

#include <stdio.h>

#include "evaluate/evaluation.h"

void report_text(FILE *out, const struct evaluation *evaluation);

#endif
