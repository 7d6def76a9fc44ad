/**
 * \file    fuzz/fuzz_annotations.c
 * \brief   Any bytes as a file of annotations: problems or objects, nothing else
 */
#include "config.h"

#include "fuzz_file.h"

#include "evaluate/annotation.h"
#include "output/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file_open(data, size);
	struct ini ini = { .path = file.path };
	struct plan plan = sample_plan;
	struct problems problems = { 0 };

	plan.ini = &ini;
	plan.evaluation.annotations = file.path;
	struct annotations *annotations = annotations_read(&plan, &problems);

	if ((annotations != NULL) == (problems.count > 0)) {
		abort();
	}
	annotations_free(annotations);
	problems_free(&problems);
	fuzz_file_close(&file);
	return 0;
}
