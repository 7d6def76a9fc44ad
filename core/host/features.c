/**
 * \file    host/features.c
 * \brief   What attribution jobs explain of a network without classes: its output as features
 */
#include "host/features.h"

#include "base/tensor.h"
#include "host/network.h"
#include "host/picture_read.h"

enum attribution_objective features_objective(const cnnviz_job *job)
{
	return (enum attribution_objective)job_common_value(job->plan, "objective")
			->integer;
}

/** The network's output for a picture's input */
static cnnviz_status compute(cnnviz_job *job, const cnnviz_tensor *input,
		cnnviz_tensor **features)
{
	struct session *session = job->session;
	const struct engine *engine = session->engine;
	int32_t logits = job_graph(job)->logits;
	struct error *error = &job->fault->error;
	struct engine_pass *pass = NULL;
	cnnviz_status status = engine->forward(network_engine(session, job->network),
			input, 1, &logits, false, &pass, error);

	session->passes.forward++;
	if (status == CNNVIZ_OK) {
		status = engine->activation(pass, logits, features, error);
		engine->release(pass);
	}
	return status;
}

cnnviz_status features_reference(cnnviz_job *job, const cnnviz_tensor **reference)
{
	const struct value *picture = job_common_value(job->plan, "reference");
	cnnviz_tensor *input = NULL, *features = NULL;
	cnnviz_status status;

	if (job->reference != NULL && job->network == NULL) {
		*reference = job->reference;
		return CNNVIZ_OK;
	}
	status = inputs_read(job->session->plan, picture, 1, &input, &job->fault->error);
	if (status == CNNVIZ_OK) {
		status = compute(job, input, &features);
	}
	tensor_unref(input);
	if (status == CNNVIZ_OK) {
		job_hold(job, features);
		*reference = features;
		job->reference = job->network == NULL ? features : NULL;
	}
	return status;
}
