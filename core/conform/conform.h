/**
 * \file    conform/conform.h
 * \brief   Does a plugin keep its side of the contract?
 *
 * Each check runs the plugin in a child process, through the services that a run
 * uses, on a small network with the reference engine and on pictures made for the
 * purpose. A crash or an endless loop ends its check, not the program.
 */
#ifndef CONFORM_CONFORM_H
#define CONFORM_CONFORM_H

#include "base/error.h"

enum conform_verdict {
	CONFORM_OK,
	CONFORM_FAULT,
	CONFORM_NOT_APPLICABLE,
};

/** Outcome of one check */
struct conform_result {
	const char *name; /* static: a word, for tools */
	const char *fact; /* static: what holds when the check passes */
	enum conform_verdict verdict;
	char **faults; /* sentences, when it does not hold */
	size_t fault_count;
	char **notes; /* sentences that are no faults */
	size_t note_count;
	char *output; /* what the plugin printed before it crashed, or NULL */
};

struct conform_report {
	char *technique; /* NULL when the file was refused */
	char *version;
	char *kind; /* "attribution" or "general" */
	char *abi;  /* "1.0" */
	struct conform_result *results;
	size_t count;
	size_t fault_count; /* results with faults */
};

struct conform_request {
	const char *path;             /* of the plugin: NAME.so or NAME.la */
	const char *const *overrides; /* section.key=value, NULL-terminated, or NULL */
	unsigned seconds;             /* that a check may take */
};

/**
 * \brief   Carry out all checks
 *
 * \return  CNNVIZ_OK when the checks were made, whatever they found; otherwise why
 *          they could not be (there is no such file, no folder for scratch).
 */
cnnviz_status conform_run(const struct conform_request *request,
		struct conform_report *report, struct error *error);

void conform_report_free(struct conform_report *report);

#endif
