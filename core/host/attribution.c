/**
 * \file    host/attribution.c
 * \brief   Maps of other jobs, for techniques
 */
#include "host/attribution.h"

#include <string.h>

#include "base/tensor.h"
#include "graph/neuron.h"
#include "host/call.h"
#include "host/guard.h"
#include "host/job.h"
#include "host/maps.h"
#include "host/network.h"
#include "host/state.h"

/** The job that a parameter names, or NULL after recording the failure */
static struct job *find_other(const struct cnnviz_job *job, const char *parameter)
{
	const struct plugin *plugin = job->plan->plugin;
	const struct plan_job *other = NULL;
	size_t index = parameter_find(plugin->parameters,
			plugin->technique.parameter_count, parameter);

	if (index == plugin->technique.parameter_count
			|| plugin->parameters[index].type != CNNVIZ_PARAMETER_JOB) {
		job_misuse(job,
				"asked for maps by \"%s\", which is not one of its "
				"parameters of type job",
				parameter);
		return NULL;
	}
	if (job->plan->values[index].text != NULL) {
		other = plan_find_job(job->session->plan, job->plan->values[index].text);
	}
	if (other == NULL) {
		job_fail(job, CNNVIZ_ERROR_INPUT, "%s does not name a job", parameter);
		return NULL;
	}
	return session_job(job->session, other);
}

static cnnviz_status check_batch(const struct cnnviz_job *job, const cnnviz_batch *batch)
{
	const struct session *session = job->session;
	int channels = job_graph(job)->normalization.channels;

	if (batch == NULL || batch->count < 1 || batch->inputs == NULL
			|| batch->targets == NULL || batch->streams == NULL
			|| tensor_rank(batch->inputs) != 4
			|| tensor_shape(batch->inputs)[0] != batch->count
			|| tensor_shape(batch->inputs)[1] != channels) {
		return job_misuse(job,
				"attribution->run() was given a batch that is not count "
				"inputs (N,%d,H,W) with as many targets and streams",
				channels);
	}
	for (uint32_t n = 0; n < batch->count; n++) {
		if (neurons_get(&session->plan->model->neurons, batch->targets[n]) == NULL
				&& !logits_have_target(session->plan->model->class_count,
						batch->targets[n])) {
			return job_misuse(job,
					"attribution->run() was given target %lld of "
					"%lld classes",
					(long long)batch->targets[n],
					(long long)session->plan->model->class_count);
		}
	}
	return CNNVIZ_OK;
}

/**
 * Whether a batch has unchanged pictures of the current batch, and at which item it
 * starts
 */
static bool find_items(const struct session *session, const cnnviz_batch *batch,
		size_t *first)
{
	const struct batch *pictures = session->batch;

	if (pictures == NULL) {
		return false;
	}
	*first = 0;
	if (batch->inputs != pictures->inputs) {
		while (*first < pictures->count
				&& batch->inputs != pictures->items[*first]) {
			(*first)++;
		}
		if (*first == pictures->count) {
			return false;
		}
	}
	return memcmp(batch->streams, pictures->streams + *first,
			       batch->count * sizeof(*batch->streams))
			== 0;
}

/* The inputs are the technique's own, so the maps are not cached. */
static cnnviz_status run_uncached(struct cnnviz_job *job, struct job *other,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	struct error error = { 0 };
	cnnviz_tensor *fresh = NULL;
	cnnviz_status status = call_attribute(other, batch, NULL, true, &fresh, &error);

	if (status == CNNVIZ_ERROR_CANCELED) {
		return job_fail(job, status, "%s", error.text);
	}
	if (status != CNNVIZ_OK) {
		return job_fail(job, status, "the maps of [%s] could not be computed: %s",
				other->plan->name, error.text);
	}
	*maps = fresh;
	if (job->batch != NULL && batch->inputs == job->batch->inputs) {
		job_hold(job, fresh); /* owned by this technique's call */
		return CNNVIZ_OK;
	}
	tensor_unref(job->borrowed);
	job->borrowed = fresh;
	return CNNVIZ_OK;
}

static cnnviz_status run_shared(struct cnnviz_job *job, struct job *other, size_t first,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	struct error error = { 0 };

	const struct session *session = job->session;
	size_t picture = session->batch->pictures[first];

	if (other->record->status == RECORD_FAILED
			|| (batch->count == 1
					&& record_failure(session->record, other->plan,
							   picture)
							!= NULL)) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"not possible because job [%s] failed",
				other->plan->name);
	}
	cnnviz_status status = maps_get(other, first, batch->count, batch->targets, maps,
			&error);
	if (status == CNNVIZ_OK) {
		*maps = guard_lend_maps(job, *maps);
		return *maps != NULL
				? status
				: job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	if (status == CNNVIZ_ERROR_CANCELED) {
		return job_fail(job, status, "%s", error.text);
	}
	if (batch->count > 1) {
		return job_fail(job, status, "the maps of [%s] could not be computed: %s",
				other->plan->name, error.text);
	}
	job_failed_on(other, picture, &error);
	return job_fail(job, status, "not possible because job [%s] failed",
			other->plan->name);
}

/** Whether a job's parameters name layers, which but for the input are the run's network's */
static bool names_layers(const struct job *job)
{
	const struct plugin *plugin = job->plan->plugin;
	size_t i = 0;

	while (i < plugin->technique.parameter_count
			&& (plugin->parameters[i].type != CNNVIZ_PARAMETER_LAYER
					|| !job->plan->values[i].set
					|| job->plan->values[i].integer
							== CNNVIZ_LAYER_INPUT)) {
		i++;
	}
	return i < plugin->technique.parameter_count;
}

/** Whether another job can do its part on the network that a technique uses */
static bool may_lend_network(const struct cnnviz_job *job, const struct job *other)
{
	/* With the layers of the run's network, only weights differ. */
	bool same_layers = job->network->graph->name
			== job->session->plan->model->graph->name;

	return !job_has_state(other) && (same_layers || !names_layers(other));
}

static cnnviz_status attribution_run(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	cnnviz_status status = job_refuse(job, "attribution->run()");
	size_t first;

	if (status != CNNVIZ_OK) {
		return status;
	}
	struct job *other = find_other(job, parameter);
	if (other == NULL || check_batch(job, batch) != CNNVIZ_OK) {
		return job->fault->error.status;
	}
	if (other->plan->plugin->technique.kind != CNNVIZ_KIND_ATTRIBUTION) {
		return job_fail(job, CNNVIZ_ERROR_INPUT, "job [%s] has no maps",
				other->plan->name);
	}
	if (job->network != NULL && !may_lend_network(job, other)) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"job [%s] cannot explain another network: it keeps data "
				"of the run's, or has a layer of it",
				other->plan->name);
	}
	return job->network == NULL && find_items(job->session, batch, &first)
			? run_shared(job, other, first, batch, maps)
			: run_uncached(job, other, batch, maps);
}

const cnnviz_attribution_api attribution_services = {
	.struct_size = sizeof(cnnviz_attribution_api),
	.run = attribution_run,
};
