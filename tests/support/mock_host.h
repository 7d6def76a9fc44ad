/**
 * \file    support/mock_host.h
 * \brief   A host without a network, for testing what a technique computes
 *
 * A test fills the upper half of a job with what the services shall answer, calls
 * the technique with mock_host and the job, and finds in the lower half what the
 * technique asked for and said.
 */
#ifndef SUPPORT_MOCK_HOST_H
#define SUPPORT_MOCK_HOST_H

#include <cnnviz/cnnviz.h>

/** Value of a parameter */
struct mock_value {
	const char *name;       /* NULL ends a table */
	int64_t integer;
	const char *text;
};

/** Maps of another job, by the name of the parameter of type JOB */
struct mock_maps {
	const char *parameter;  /* NULL ends a table */
	const cnnviz_tensor *maps;
};

#define MOCK_WARNINGS_MAX 8

struct cnnviz_job {
	/* What the services answer */
	const struct mock_value *values;
	const cnnviz_tensor *inputs;            /* of the batch */
	const cnnviz_tensor *activation;        /* of logit_gradient() */
	const cnnviz_tensor *gradient;
	const struct mock_maps *maps;
	int64_t layer_shape[CNNVIZ_MAX_RANK];   /* of every layer */
	uint32_t layer_rank;
	bool pass_fails;

	/* What the technique did */
	unsigned passes;
	uint32_t rule;
	int32_t layer;
	uint32_t filter;                        /* of the last resize() */
	size_t warning_count;
	int64_t warned_item[MOCK_WARNINGS_MAX];
	char warning[MOCK_WARNINGS_MAX][512];
	cnnviz_status failure;
	char failure_text[512];
};

/** resize() takes the nearest place, whatever the filter */
extern const cnnviz_host mock_host;

/** Let create() fail after so many tensors; -1: never */
void mock_limit_tensors(int count);

#endif
