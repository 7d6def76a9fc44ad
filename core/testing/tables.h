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
extern const cnnviz_rule_api test_rules;

/** The network that a job's services speak of, or NULL */
const cnnviz_test_network *job_network(const cnnviz_job *job);

/** host->model->perturbed(), open(), use() and unref() */
cnnviz_status test_perturbed(cnnviz_job *job, uint32_t change, int32_t layer,
		double amount, cnnviz_random *random, cnnviz_network **network);
cnnviz_status test_open(cnnviz_job *job, const char *parameter, cnnviz_network **network);
void test_use(cnnviz_job *job, cnnviz_network *network);
void test_network_unref(cnnviz_network *network);

/** host->fail() */
cnnviz_status test_fail(cnnviz_job *job, cnnviz_status status, const char *format, ...)
		CNNVIZ_PRINTF(3, 4);

/** host->tensor->create(), which fails where a test limits it */
cnnviz_status test_create(cnnviz_job *job, uint32_t rank, const int64_t *shape,
		cnnviz_tensor **tensor);

/** A copy, so that a technique may write into it */
cnnviz_tensor *test_copy(const cnnviz_tensor *tensor);

#endif
