/**
 * \file    common/completeness.c
 * \brief   Whether a map sums to the change of the score from a baseline to the picture
 */
#include "common/completeness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The paper's: "within 5%", section 5 */
#define WARNING_ERROR 0.05

/** Scores of a batch's targets */
static cnnviz_status compute_scores(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, double *scores)
{
	static const int32_t logits = CNNVIZ_LAYER_LOGITS;
	cnnviz_pass *pass = NULL;
	cnnviz_status status = host->pass->forward_only(job, batch->inputs, 1, &logits,
			&pass);

	if (status == CNNVIZ_OK) {
		status = host->objective->batch_logit(job, batch,
				host->pass->activation(pass, logits), scores, NULL);
	}
	host->pass->unref(pass);
	return status;
}

cnnviz_status completeness_begin(const cnnviz_host *host, cnnviz_job *job,
		const cnnviz_batch *batch, struct completeness *completeness)
{
	*completeness = (struct completeness){
		.host = host,
		.job = job,
		.batch = batch,
		.scores = calloc(batch->count, sizeof(double)),
	};
	return completeness->scores != NULL
			? compute_scores(host, job, batch, completeness->scores)
			: host->fail(job, CNNVIZ_ERROR_MEMORY,
					"out of memory for the scores of %u pictures",
					(unsigned)batch->count);
}

cnnviz_status completeness_note(const cnnviz_host *host, cnnviz_job *job, uint32_t n,
		const double score[2], double sum, const char *advice)
{
	double change = score[0] - score[1];
	double error = change != 0 ? fabs(sum - change) / fabs(change) : fabs(sum);
	const struct {
		const char *name;
		double value;
	} scalars[] = {
		{ "score", score[0] },
		{ "score_of_baseline", score[1] },
		{ "completeness_error", error },
	};
	cnnviz_status status = CNNVIZ_OK;

	if (error > WARNING_ERROR) {
		host->warn(job, n,
				"the map sums to %.4g, but the score changes by %.4g "
				"from the baseline to the picture (%.0f%% off); %s",
				sum, change, 100 * error, advice);
	}
	for (size_t i = 0; i < 3 && status == CNNVIZ_OK; i++) {
		status = host->artifact->map_scalar(job, n, scalars[i].name,
				scalars[i].value);
	}
	return status;
}

cnnviz_status completeness_report(const struct completeness *completeness, uint32_t n,
		const cnnviz_tensor *baseline, double sum)
{
	const cnnviz_host *host = completeness->host;
	const cnnviz_batch alone = {
		.struct_size = sizeof(alone),
		.count = 1,
		.inputs = baseline,
		.targets = &completeness->batch->targets[n],
		.streams = &completeness->batch->streams[n],
	};
	double score[2] = { completeness->scores[n], 0 };
	char advice[96];
	cnnviz_status status = compute_scores(host, completeness->job, &alone, &score[1]);

	if (status != CNNVIZ_OK) {
		return status;
	}
	snprintf(advice, sizeof(advice),
			"use more steps than %lld, and a base that computes the true "
			"gradient",
			(long long)host->parameter->integer(completeness->job, "steps"));
	return completeness_note(host, completeness->job, n, score, sum, advice);
}

void completeness_end(struct completeness *completeness)
{
	free(completeness->scores);
	completeness->scores = NULL;
}
