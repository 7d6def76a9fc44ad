/**
 * \file    cli/conformance.c
 * \brief   The command test-plugin
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "conform/conform.h"

/** Time limit of a check: enough for the slowest technique on a slow machine */
#define SECONDS 120

static const char *const verdict_names[] = { "ok", "FAULT", "-" };
static const char *const verdict_words[] = { "ok", "fault", "not applicable" };

static void print_result(const struct conform_result *result, bool quiet)
{
	if (result->verdict != CONFORM_FAULT && quiet) {
		return;
	}
	printf("%-6s%-12s %s\n", verdict_names[result->verdict], result->name,
			result->fact);
	for (size_t i = 0; i < result->fault_count; i++) {
		print_wrapped(result->faults[i], 8);
	}
	for (size_t i = 0; i < result->note_count && !quiet; i++) {
		printf("      note:\n");
		print_wrapped(result->notes[i], 8);
	}
	if (result->output != NULL) {
		printf("            it printed:\n%s\n", result->output);
	}
}

static void print_report(const struct conform_request *request,
		const struct conform_report *report, bool quiet)
{
	bool several = report->techniques > 1;
	char *which = several ? memory_format(" (%s)", report->technique)
			      : memory_text("");

	if (report->technique != NULL && !quiet) {
		printf("%s: technique %s%s%s, %s, ABI %s\n\n", request->path,
				report->technique, report->version[0] != '\0' ? " " : "",
				report->version, report->kind, report->abi);
	}
	for (size_t i = 0; i < report->count; i++) {
		print_result(&report->results[i], quiet);
	}
	if (report->fault_count > 0) {
		printf("%s%s%s does not conform: %zu of %zu checks found faults\n",
				quiet ? "" : "\n", request->path, which,
				report->fault_count, report->count);
	} else if (!quiet) {
		printf("\n%s%s conforms\n", request->path, which);
	}
	if (several && !quiet && request->technique + 1 < report->techniques) {
		putchar('\n');
	}
	free(which);
}

static json_t *texts_json(char *const *texts, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(array, json_text(texts[i]));
	}
	return array;
}

static json_t *report_json(const struct conform_request *request,
		const struct conform_report *report)
{
	json_t *json = json_object();
	json_t *array = json_array();

	for (size_t i = 0; i < report->count; i++) {
		const struct conform_result *result = &report->results[i];
		json_t *item = json_object();
		json_object_set_new(item, "check", json_text(result->name));
		json_object_set_new(item, "fact", json_text(result->fact));
		json_object_set_new(item, "verdict",
				json_text(verdict_words[result->verdict]));
		json_object_set_new(item, "faults",
				texts_json(result->faults, result->fault_count));
		json_object_set_new(item, "notes",
				texts_json(result->notes, result->note_count));
		json_array_append_new(array, item);
	}
	json_object_set_new(json, "file", json_text(request->path));
	json_object_set_new(json, "technique", json_text(report->technique));
	json_object_set_new(json, "version", json_text(report->version));
	json_object_set_new(json, "kind", json_text(report->kind));
	json_object_set_new(json, "abi", json_text(report->abi));
	json_object_set_new(json, "conforms", json_boolean(report->fault_count == 0));
	json_object_set_new(json, "checks", array);
	return json;
}

/** Print the reports of a file: of several techniques, a list below "techniques" */
static void print_reports_json(const struct conform_request *request, json_t *reports,
		bool conforms)
{
	if (json_array_size(reports) == 1) {
		json_print(json_incref(json_array_get(reports, 0)));
		json_decref(reports);
		return;
	}
	json_t *json = json_object();

	json_object_set_new(json, "file", json_text(request->path));
	json_object_set_new(json, "conforms", json_boolean(conforms));
	json_object_set_new(json, "techniques", reports);
	json_print(json);
}

int command_test_plugin(const struct cli_request *request)
{
	struct conform_request conform_request = {
		.path = request->arguments[0],
		.overrides = request->overrides,
		.seconds = SECONDS,
	};
	json_t *reports = json_array();
	int status = CLI_EXIT_DONE;
	size_t count;

	do {
		struct conform_report report = { 0 };
		struct error error;

		if (conform_run(&conform_request, &report, &error) != CNNVIZ_OK) {
			log_write(LOG_LEVEL_ERROR, "%s", error.text);
			conform_report_free(&report);
			json_decref(reports);
			return CLI_EXIT_INPUT;
		}
		if (request->json) {
			json_array_append_new(reports,
					report_json(&conform_request, &report));
		} else {
			print_report(&conform_request, &report, request->quiet);
		}
		status = report.fault_count == 0 ? status : CLI_EXIT_FAILED;
		count = report.techniques;
		conform_report_free(&report);
	} while (++conform_request.technique < count);
	if (request->json) {
		print_reports_json(&conform_request, reports, status == CLI_EXIT_DONE);
	} else {
		json_decref(reports);
	}
	return status;
}
