/**
 * \file    testing/tables.h
 * \brief   The parts of the test host, one file each
 */
#ifndef TESTING_TABLES_H
#define TESTING_TABLES_H

#include <cnnviz/test.h>

extern const cnnviz_model_api test_model;
extern const cnnviz_pass_api test_passes;
extern const cnnviz_objective_api test_objectives;
extern const cnnviz_image_api test_images;
extern const cnnviz_artifact_api test_artifacts;
extern const cnnviz_optimize_api test_optimize;

/** host->fail() */
cnnviz_status test_fail(cnnviz_job *job, cnnviz_status status, const char *format, ...)
		CNNVIZ_PRINTF(3, 4);

/** host->tensor->create(), which fails where a test limits it */
cnnviz_status test_create(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor);

/** A copy, so that a technique may write into it */
cnnviz_tensor *test_copy(const cnnviz_tensor *tensor);

#endif
