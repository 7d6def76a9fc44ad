/**
 * \file    evaluate/report.h
 * \brief   Reports of an evaluation: text, JSON, plots and an HTML page
 */
#ifndef EVALUATE_REPORT_H
#define EVALUATE_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "evaluate/evaluation.h"

/** A measure, which is a column in all reports */
struct report_column {
	const char *key;     /* in JSON */
	const char *head;    /* in evaluation.txt */
	const char *name;    /* in index.html */
	const char *meaning; /* in one line */
	size_t offset;       /* of a double in struct summary */
	int better;          /* 1: higher, -1: lower, 0: neither */
	bool of_curves;      /* only if curves were measured */
	bool of_roles;       /* not for single classes */
};

#define REPORT_COLUMNS 8
extern const struct report_column report_columns[REPORT_COLUMNS];

/** The value of a column; false if there is none */
bool report_value(const struct summary *summary, const struct report_column *column,
		double *value);

/** "Main objects", "Distractors" */
extern const char *const report_role_titles[ROLE_COUNT];

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

/* The parts, each written to its own file */
void report_text(FILE *out, const struct evaluation *evaluation);
json_t *report_json(const struct evaluation *evaluation);
void report_page(FILE *out, const struct evaluation *evaluation);
/** Complete SVG documents that can also be embedded in HTML */
void plot_curves(FILE *out, const struct evaluation *evaluation);
void plot_sanity(FILE *out, const struct evaluation *evaluation);
bool plot_has_curves(const struct evaluation *evaluation);
bool plot_has_sanity(const struct evaluation *evaluation);

#endif
