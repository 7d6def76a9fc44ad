/**
 * \file    conform/trial.c
 * \brief   A check at work: what it reports, and the parts that checks share
 */
#include "conform/trial.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"

/* ---- Reports ------------------------------------------------------------------- */

static CNNVIZ_PRINTF(3, 0) void write_line(struct trial *trial, int letter,
		const char *format, va_list arguments)
{
	char *text = memory_vformat(format, arguments);

	for (char *end = text; (end = strchr(end, '\n')) != NULL;) {
		*end = ' ';
	}
	fprintf(trial->report, "%c%s\n", letter, text);
	free(text);
}

#define WRITE_LINE(letter) \
	va_list arguments; \
	va_start(arguments, format); \
	write_line(trial, letter, format, arguments); \
	va_end(arguments)

void trial_step(struct trial *trial, const char *format, ...)
{
	WRITE_LINE(LINE_STEP);
}

void trial_fault(struct trial *trial, const char *format, ...)
{
	WRITE_LINE(LINE_FAULT);
}

void trial_note(struct trial *trial, const char *format, ...)
{
	WRITE_LINE(LINE_NOTE);
}

void trial_digest(struct trial *trial, const char *digest)
{
	fprintf(trial->report, "%c%s\n", LINE_DIGEST, digest);
}

void trial_network(struct trial *trial, enum fixture_network network)
{
	fprintf(trial->report, "%c%d\n", LINE_NETWORK, (int)network);
}

void trial_technique(struct trial *trial, const cnnviz_technique *technique, size_t count)
{
	fprintf(trial->report, "%c%zu\n", LINE_COUNT, count);
	fprintf(trial->report, "%c%s\n%c%s\n%c%s\n%c%u.%u\n", LINE_NAME, technique->name,
			LINE_VERSION,
			technique->version != NULL ? technique->version : "", LINE_KIND,
			technique->kind == CNNVIZ_KIND_ATTRIBUTION ? "attribution"
								   : "general",
			LINE_ABI, (unsigned)technique->abi_major,
			(unsigned)technique->abi_minor);
}

void trial_not_applicable(struct trial *trial)
{
	fprintf(trial->report, "%c\n", LINE_NOT_APPLICABLE);
}

/* ---- Parts of checks ----------------------------------------------------------- */

cnnviz_status trial_open_checked(struct trial *trial, const struct fixture *fixture,
		enum picture_set pictures, unsigned batch, const char *assignment,
		const char *when, struct test_job *test_job, struct error *error)
{
	cnnviz_status status = test_job_open(fixture, pictures, batch, assignment,
			test_job, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	trial_step(trial, "%s%sit checks its parameters", when, *when ? " and " : "");
	status = test_job_check(test_job, error);
	trial_step(trial, "%s", when);
	if (status != CNNVIZ_OK) {
		test_job_close(test_job);
	}
	return status;
}

bool trial_open(struct trial *trial, enum picture_set pictures, unsigned batch,
		struct test_job *test_job)
{
	struct error error;

	if (trial_open_checked(trial, trial->fixture, pictures, batch, NULL, "", test_job,
			    &error)
			== CNNVIZ_OK) {
		return true;
	}
	trial_fault(trial, "%s", error.text);
	return false;
}

cnnviz_status trial_run_checked(struct test_job *test_job, enum picture_order order,
		struct results *results, struct error *error)
{
	cnnviz_status status = test_job_run(test_job, NULL, order, results, error);

	if (status == CNNVIZ_OK && recorder_findings()->not_finite) {
		status = error_set(error, CNNVIZ_ERROR_PLUGIN,
				"\"%s\" has a value that is not finite",
				recorder_findings()->not_finite);
	}
	return status;
}

bool trial_run(struct trial *trial, struct test_job *test_job, enum picture_order order,
		struct results *results)
{
	struct error error;

	if (trial_run_checked(test_job, order, results, &error) != CNNVIZ_OK) {
		trial_fault(trial, "the job fails: %s", error.text);
		return false;
	}
	return true;
}

void trial_check_leaks(struct trial *trial, const struct leftovers *left,
		const char *when)
{
	if (left->tensors + left->passes + left->streams > 0) {
		trial_fault(trial,
				"%zu tensors, %zu passes and %zu random streams are not "
				"released%s%s",
				left->tensors, left->passes, left->streams,
				*when ? " when " : "", when);
	}
	if (left->networks > 0) {
		trial_fault(trial, "%zu networks are not released%s%s", left->networks,
				*when ? " when " : "", when);
	}
}

void trial_check_process(struct trial *trial, unsigned changes)
{
	for (unsigned i = 0; i < PROCESS_CHANGES; i++) {
		if ((changes & (1U << i)) != 0) {
			trial_fault(trial, "it %s, which belongs to the program",
					process_change_clause((enum process_change)(1U
							<< i)));
		}
	}
}
