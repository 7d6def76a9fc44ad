/**
 * \file    conform/conform.c
 * \brief   Checks that a plugin keeps the contract of the ABI, one child process per
 *                     check
 *
 * A child reports its findings to its parent in lines: a letter, then text.
 */
#include "conform/conform.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/child.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "conform/check.h"

/* ---- In the parent ------------------------------------------------------------- */

/** A conformance run */
struct driver {
	struct trial trial;
	struct fixture fixture;
	const struct check *check;
	struct conform_report *report;
	struct conform_result *result; /* of the current check */
	char digest[65];
	char *step;
};

static void append(char ***texts, size_t *count, char *text)
{
	*texts = memory_resize(*texts, *count + 1, sizeof(**texts));
	(*texts)[(*count)++] = text;
}

static void add_fault(struct driver *driver, char *text)
{
	driver->result->verdict = CONFORM_FAULT;
	append(&driver->result->faults, &driver->result->fault_count, text);
}

static void set_text(char **place, const char *text)
{
	free(*place);
	*place = memory_text(text);
}

static void read_line(void *context, char *line)
{
	struct driver *driver = context;
	struct conform_report *report = driver->report;
	const char *text = line[0] ? line + 1 : line;

	switch (line[0]) {
	case LINE_STEP:
		set_text(&driver->step, text);
		break;
	case LINE_FAULT:
		add_fault(driver, memory_text(text));
		break;
	case LINE_NOTE:
		append(&driver->result->notes, &driver->result->note_count,
				memory_text(text));
		break;
	case LINE_DIGEST:
		snprintf(driver->digest, sizeof(driver->digest), "%s", text);
		break;
	case LINE_NETWORK:
		driver->fixture.network = (enum fixture_network)strtol(text, NULL, 10);
		break;
	case LINE_NAME:
		set_text(&report->technique, text);
		break;
	case LINE_VERSION:
		set_text(&report->version, text);
		break;
	case LINE_KIND:
		set_text(&report->kind, text);
		break;
	case LINE_ABI:
		set_text(&report->abi, text);
		break;
	case LINE_COUNT:
		report->techniques = (size_t)strtoul(text, NULL, 10);
		break;
	case LINE_NOT_APPLICABLE:
		driver->result->verdict = CONFORM_NOT_APPLICABLE;
		break;
	default:
		break;
	}
}

static void run_body(void *context, FILE *report)
{
	struct driver *driver = context;

	driver->trial.report = report;
	process_spill_at_exit(); /* what it printed may tell why */
	driver->check->body(&driver->trial);
}

/** The end of what the plugin printed, malloc'ed; NULL if it printed nothing */
static char *read_output(const char *path)
{
	struct mapping *file = NULL;
	char *text = NULL;
	size_t most = 4000;

	if (mapping_open(path, &file, NULL) == CNNVIZ_OK && file->size > 0) {
		size_t length = file->size < most ? file->size : most;

		text = memory_text_n((const char *)file->data + file->size - length,
				length);
	}
	mapping_unref(file);
	return text;
}

static cnnviz_status run_check(struct driver *driver, struct error *error)
{
	unsigned seconds = driver->fixture.request->seconds;
	char *output = path_join(driver->fixture.folder, "output");
	struct child child = { 0 };

	set_text(&driver->step, "");
	cnnviz_status status = child_run(run_body, driver, output, seconds, read_line,
			&child, error);
	if (status == CNNVIZ_OK && child.end != CHILD_RETURNED) {
		char *end = child_describe(&child, seconds);

		add_fault(driver,
				memory_format("the plugin %s%s%s", end,
						*driver->step ? " when " : "",
						driver->step));
		driver->result->output = read_output(output);
		free(end);
	}
	free(output);
	return status;
}

/** Whether the checks so far show that the plugin cannot be used */
static bool is_unusable(const struct conform_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		if (checks[i].always && report->results[i].verdict == CONFORM_FAULT) {
			return true;
		}
	}
	return false;
}

cnnviz_status conform_run(const struct conform_request *request,
		struct conform_report *report, struct error *error)
{
	struct driver driver = { .report = report };
	cnnviz_status status = fixture_create(request, &driver.fixture, error);

	*report = (struct conform_report){ 0 };
	if (status != CNNVIZ_OK) {
		return status;
	}
	driver.trial = (struct trial){ .fixture = &driver.fixture,
		.digest = driver.digest };
	report->results = memory_new(check_count, sizeof(*report->results));
	while (report->count < check_count && status == CNNVIZ_OK
			&& !is_unusable(report)) {
		driver.check = &checks[report->count];
		driver.result = &report->results[report->count++];
		*driver.result = (struct conform_result){
			.name = driver.check->name,
			.fact = driver.check->fact,
		};
		status = run_check(&driver, error);
		report->fault_count += driver.result->verdict == CONFORM_FAULT;
	}
	free(driver.step);
	fixture_remove(&driver.fixture);
	return status;
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

void conform_report_free(struct conform_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free_texts(report->results[i].faults, report->results[i].fault_count);
		free_texts(report->results[i].notes, report->results[i].note_count);
		free(report->results[i].output);
	}
	free(report->results);
	free(report->technique);
	free(report->version);
	free(report->kind);
	free(report->abi);
	*report = (struct conform_report){ 0 };
}
