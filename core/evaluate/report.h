/**
 * \file    evaluate/report.h
 * \brief   An evaluation as text, JSON, plots and a page
 */
#ifndef EVALUATE_REPORT_H
#define EVALUATE_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "evaluate/evaluation.h"

/** A measure as all reports show it */
struct report_column {
	const char *key;     /* in JSON */
	const char *head;    /* in the text */
	const char *name;    /* on the page */
	const char *meaning; /* a line */
	size_t offset;       /* in struct summary, of a double */
	int better;          /* 1: higher, -1: lower, 0: neither */
	bool of_curves;      /* only there where curves were measured */
	bool of_roles;       /* not for single classes */
};

#define REPORT_COLUMNS 8
extern const struct report_column report_columns[REPORT_COLUMNS];

/** The value of a column; false where there is none */
bool report_value(const struct summary *summary, const struct report_column *column,
		double *value);

/** "Main objects", "Distractors" */
extern const char *const report_role_titles[ROLE_COUNT];

/**
 * \brief   Write all files into a folder, which is made
 *
 * Every file is complete under another name before the first appears; when one cannot
 * be written, none does. Plots of an earlier evaluation that this one lacks go.
 */
cnnviz_status report_write(const struct evaluation *evaluation, const char *folder,
		struct error *error);

/** Print the text, or JSON, to standard output. */
void report_print(const struct evaluation *evaluation, bool json);

/* The parts, each in a file of its own */
void report_text(FILE *out, const struct evaluation *evaluation);
json_t *report_json(const struct evaluation *evaluation);
void report_page(FILE *out, const struct evaluation *evaluation);
/** Deletion and insertion; complete SVG documents that can also stand in a page */
void plot_curves(FILE *out, const struct evaluation *evaluation);
void plot_sanity(FILE *out, const struct evaluation *evaluation);
bool plot_has_curves(const struct evaluation *evaluation);
bool plot_has_sanity(const struct evaluation *evaluation);

#endif
