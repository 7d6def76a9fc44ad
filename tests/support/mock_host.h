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
	double real;
	uint32_t count;         /* of a list; 0 in the table: `all` */
	const double *list;     /* NULL: a list of the value above */
};

/** Maps of another job, by the name of the parameter of type JOB */
struct mock_maps {
	const char *parameter;  /* NULL ends a table */
	const cnnviz_tensor *maps;
};

/** What a technique gave to host->artifact */
struct mock_artifact {
	char name[96];
	uint32_t type;          /* one of CNNVIZ_ARTIFACT_* */
	double value;           /* of a figure */
	cnnviz_tensor *tensor;  /* of a picture or an array: a copy */
};

#define MOCK_WARNINGS_MAX 8
#define MOCK_ARTIFACTS_MAX 300
#define MOCK_ITEMS_MAX 64

struct cnnviz_job {
	/* What the services answer */
	const struct mock_value *values;
	const cnnviz_tensor *inputs;            /* of the batch */
	const cnnviz_tensor *activation;        /* of logit_gradient() and forward() */
	const cnnviz_tensor *gradient;
	const struct mock_maps *maps;
	int64_t layer_shape[CNNVIZ_MAX_RANK];   /* of every layer */
	uint32_t layer_rank;
	bool pass_fails;
	bool optimise_fails;

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

	/* Of optimise->run(), the last one where there are several */
	unsigned optimisations;
	cnnviz_optimisation recipe;
	char first_item[96];                    /* name of item 0, or "" */
	uint64_t first_stream;
	double values_found[MOCK_ITEMS_MAX];    /* by the objective, called once */
	cnnviz_tensor *seed;                    /* of the first capture */

	size_t artifact_count;
	struct mock_artifact artifacts[MOCK_ARTIFACTS_MAX];
};

/**
 * resize() takes the nearest place, whatever the filter. optimise->run() asks the
 * objective once, about job->activation, and gives pictures of 2x3 pixels, item n of the
 * value n / 64; configure() changes nothing. read_back() gives the picture as it was
 * saved, forward() gives job->activation.
 */
extern const cnnviz_host mock_host;

/** An artifact by its name, or NULL */
const struct mock_artifact *mock_find(const cnnviz_job *job, const char *name);

/** Give up what a job keeps of its artifacts and optimisations */
void mock_forget(cnnviz_job *job);

/** Let create() fail after so many tensors; -1: never */
void mock_limit_tensors(int count);

#endif
