/**
 * \file    evaluate/report.h
 * \brief   Reports of an evaluation: text, JSON, plots and an HTML page
 */
#ifndef EVALUATE_REPORT_H
#define EVALUATE_REPORT_H

#include "evaluate/evaluation.h"

/**
 * \brief   Write all files into a folder, which is created
 *
 * All files are written under temporary names before the first is renamed; if one
 * cannot be written, none appears. Plots that an earlier evaluation left and this one
 * does not have are deleted.
 */
cnnviz_status report_write(const struct evaluation *evaluation, const char *folder,
		struct error *error);

/** Print the text, or JSON, to standard output. */
void report_print(const struct evaluation *evaluation, bool json);

#endif
