/**
 * \file    evaluate/columns.h
 * \brief   The measures, as the columns of all reports
 */
#ifndef EVALUATE_COLUMNS_H
#define EVALUATE_COLUMNS_H

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

/** What stands for the mean of a measure: "0.125", or "-" without maps */
void report_format_mean(const struct mean *mean, char *text, size_t size);

/** And for its interval: "0.010", or "" of less than two maps */
void report_format_interval(const struct mean *mean, char *text, size_t size);

/** "Main objects", "Distractors" */
extern const char *const report_role_titles[ROLE_COUNT];

#endif
