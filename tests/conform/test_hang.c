/*
 * A plugin that never returns takes no more than the time limit of a check: the
 * conformance run ends, and reports it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "conform/conform.h"
#include "support/cunit_main.h"

/** For all of a check, also under valgrind */
#define SECONDS 8

static char *below(const char *variable, const char *path)
{
	const char *folder = getenv(variable);

	return memory_format("%s/%s", folder != NULL ? folder : ".", path);
}

static const struct conform_result *result_of(const struct conform_report *report,
		const char *check)
{
	for (size_t i = 0; i < report->count; i++) {
		if (strcmp(report->results[i].name, check) == 0) {
			return &report->results[i];
		}
	}
	return NULL;
}

static void an_endless_loop_is_a_line_of_the_report(void)
{
	char *plugin = below("top_builddir", "tests/conform/hang.la");
	char *engine = below("top_builddir", "core/engine/reference.la");
	char *models = below("top_srcdir", "models");
	char *assignment = memory_format("run.engine=%s", engine);
	const char *const overrides[] = { assignment, NULL };
	const struct conform_request request = {
		.path = plugin,
		.overrides = overrides,
		.seconds = SECONDS,
	};
	struct conform_report report = { 0 };
	struct error error = { 0 };
	time_t start = time(NULL);

	setenv("CNNVIZ_MODEL_PATH", models, 1);
	CU_ASSERT_EQUAL(conform_run(&request, &report, &error), CNNVIZ_OK);
	CU_ASSERT(time(NULL) - start < 60);

	const struct conform_result *runs = result_of(&report, "runs");
	CU_ASSERT_PTR_NOT_NULL_FATAL(runs);
	CU_ASSERT_EQUAL(runs->verdict, CONFORM_FAULT);
	CU_ASSERT_EQUAL_FATAL(runs->fault_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(runs->faults[0], "within 8 seconds"));
	/* What cannot run at all is not tried any further. */
	CU_ASSERT_PTR_NULL(result_of(&report, "handles"));
	conform_report_free(&report);
	free(assignment);
	free(models);
	free(engine);
	free(plugin);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "an endless loop is a line of the report",
				an_endless_loop_is_a_line_of_the_report },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "time", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return cunit_run(suites);
}
