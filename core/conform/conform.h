/**
 * \file    conform/conform.h
 * \brief   Checks that a plugin keeps the contract of the ABI
 *
 * Each check runs the plugin in a child process, with the same services as a run, on a
 * small network with the reference engine and on generated pictures. A crash or an
 * endless loop ends the check, not the program.
 */
#ifndef CONFORM_CONFORM_H
#define CONFORM_CONFORM_H

#include "base/error.h"
#include "conform/request.h"

enum conform_verdict {
	CONFORM_OK,
	CONFORM_FAULT,
	CONFORM_NOT_APPLICABLE,
};

/** Outcome of one check */
struct conform_result {
	const char *name; /* static: one word, for tools */
	const char *fact; /* static: what is true if the check passes */
	enum conform_verdict verdict;
	char **faults; /* sentences that say why it is not true */
	size_t fault_count;
	char **notes; /* sentences that are not faults */
	size_t note_count;
	char *output; /* what the plugin printed before it crashed, or NULL */
};

struct conform_report {
	size_t techniques; /* how many the file has; 0 when it was refused */
	char *technique;   /* NULL when the file was refused */
	char *version;
	char *kind; /* "attribution" or "general" */
	char *abi;  /* "1.0" */
	struct conform_result *results;
	size_t count;
	size_t fault_count; /* results with faults */
};

/**
 * \brief   Carry out all checks of a technique
 *
 * \return  CNNVIZ_OK if the checks were carried out, whatever they found; otherwise why
 *                     they could not be (no such file, no temporary folder).
 */
cnnviz_status conform_run(const struct conform_request *request,
		struct conform_report *report, struct error *error);

void conform_report_free(struct conform_report *report);

#endif
