/**
 * \file    fuzz/fuzz_ini.c
 * \brief   Any bytes as a run's INI file: problems or a plan, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "plan/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file_open(data, size);
	const struct plan_options options = {
		.purpose = PLAN_FOR_CHECK,
		.path = file.path,
		.output = "/nowhere",
	};
	struct problems problems = { 0 };
	struct plan *plan = plan_read(&options, &problems);

	if ((plan != NULL) == (problems.count > 0)) {
		abort();
	}
	plan_free(plan);
	problems_free(&problems);
	fuzz_file_close(&file);
	return 0;
}
