/**
 * \file    evaluate/page.h
 * \brief   index.html: an evaluation, for people
 */
#ifndef EVALUATE_PAGE_H
#define EVALUATE_PAGE_H

#include <stdio.h>

#include "evaluate/evaluation.h"

void report_page(FILE *out, const struct evaluation *evaluation);

#endif
