/**
 * \file    host/maps.c
 * \brief   Computing each map once, and what becomes of it
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/session.h"

/* ---- Maps of the present batch -------------------------------------------- */

int64_t *job_targets(const struct session *session, const struct plan_job *job)
{
	const struct batch *batch = session->batch;
	int64_t *targets = memory_new(batch->count, sizeof(*targets));
	size_t place = parameter_find(attribution_parameters, attribution_parameter_count,
			"target");
	const struct value *own = job->common != NULL
					&& place < attribution_parameter_count
			? &job->common[place]
			: NULL;

	for (size_t n = 0; n < batch->count; n++) {
		targets[n] = own != NULL && own->set
				? own->integer
				: session->record->pictures[batch->pictures[n]].target;
	}
	return targets;
}

static const cnnviz_tensor *keep_shared(struct session *session, size_t job, size_t first,
		size_t count, const int64_t *targets, cnnviz_tensor *maps)
{
	struct shared_map entry = {
		.job = job,
		.first = first,
		.count = count,
		.maps = maps,
		.targets = memory_new(count, sizeof(*entry.targets)),
	};

	memcpy(entry.targets, targets, count * sizeof(*targets));
	session->shared = memory_resize(session->shared, session->shared_count + 1,
			sizeof(*session->shared));
	session->shared[session->shared_count++] = entry;
	return maps;
}

/** Items of maps as a tensor of their own */
static cnnviz_tensor *slice_maps(const cnnviz_tensor *maps, size_t first, size_t count)
{
	int64_t shape[CNNVIZ_MAX_RANK];
	size_t size = (size_t)(tensor_count(maps) / tensor_shape(maps)[0]);

	memcpy(shape, tensor_shape(maps), tensor_rank(maps) * sizeof(*shape));
	shape[0] = (int64_t)count;
	cnnviz_tensor *slice = tensor_create(tensor_rank(maps), shape);
	if (slice != NULL) {
		memcpy(tensor_mutable_data(slice), tensor_data(maps) + first * size,
				count * size * sizeof(float));
	}
	return slice;
}

/* Item n depends on input n, target n and stream n alone, so part of what was
 * computed for more pictures serves as well. */
static const cnnviz_tensor *find_shared(struct session *session, size_t job, size_t first,
		size_t count, const int64_t *targets)
{
	for (size_t i = 0; i < session->shared_count; i++) {
		const struct shared_map *entry = &session->shared[i];

		if (entry->job != job || entry->first > first
				|| entry->first + entry->count < first + count
				|| memcmp(entry->targets + (first - entry->first),
						   targets, count * sizeof(*targets))
						!= 0) {
			continue;
		}
		if (entry->count == count) {
			return entry->maps;
		}
		cnnviz_tensor *slice = slice_maps(entry->maps, first - entry->first,
				count);

		return slice != NULL
				? keep_shared(session, job, first, count, targets, slice)
				: NULL;
	}
	return NULL;
}

static cnnviz_status compute(struct session *session, size_t job, size_t first,
		size_t count, const int64_t *targets, const cnnviz_tensor **maps,
		struct error *error)
{
	struct batch *pictures = session->batch;
	cnnviz_tensor *fresh = NULL;
	cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)count,
		.inputs = count == pictures->count ? pictures->inputs
						   : batch_item(pictures, first),
		.targets = targets,
		.streams = pictures->streams + first,
	};
	if (batch.inputs == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "memory is too short");
	}
	cnnviz_status status = job_attribute(session, job, &batch,
			pictures->pictures + first, false, &fresh, error);
	if (status == CNNVIZ_OK) {
		*maps = keep_shared(session, job, first, count, targets, fresh);
	}
	return status;
}

/**
 * Where another process has done an earlier job, its maps are not here. Those that
 * would be in a run of one process are computed as they were, all pictures at once: the
 * last bits may depend on that.
 */
static cnnviz_status compute_again(struct session *session, size_t job, size_t first,
		size_t count, const int64_t *targets, struct error *error)
{
	const struct plan_job *plan = &session->plan->jobs[job];
	const cnnviz_tensor *maps = NULL;
	cnnviz_status status = CNNVIZ_OK;

	if (session->phase != PHASE_JOB || job == session->job || !plan->wanted
			|| count == session->batch->count) {
		return status;
	}
	int64_t *all = job_targets(session, plan);
	if (memcmp(all + first, targets, count * sizeof(*targets)) == 0) {
		status = compute(session, job, 0, session->batch->count, all, &maps,
				error);
	}
	free(all);
	return status;
}

cnnviz_status maps_get(struct session *session, size_t job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error)
{
	const cnnviz_tensor *found = find_shared(session, job, first, count, targets);

	if (found == NULL) {
		cnnviz_status status = compute_again(session, job, first, count, targets,
				error);

		if (status != CNNVIZ_OK) {
			return status;
		}
		found = find_shared(session, job, first, count, targets);
	}
	if (found != NULL) {
		*maps = found;
		return CNNVIZ_OK;
	}
	return compute(session, job, first, count, targets, maps, error);
}

void maps_clear(struct session *session)
{
	for (size_t i = 0; i < session->shared_count; i++) {
		tensor_unref(session->shared[i].maps);
		free(session->shared[i].targets);
	}
	free(session->shared);
	session->shared = NULL;
	session->shared_count = 0;
	figures_clear(session);
}

/* ---- Maps of other jobs, for techniques ------------------------------------ */

static size_t find_other(const struct cnnviz_job *job, const char *parameter)
{
	const struct plan *plan = job->session->plan;
	const cnnviz_technique *technique = &job->plan->plugin->technique;
	size_t place = parameter_find(job->plan->plugin->parameters,
			technique->parameter_count, parameter);

	if (place == technique->parameter_count
			|| job->plan->plugin->parameters[place].type
					!= CNNVIZ_PARAMETER_JOB) {
		job_misuse(job,
				"asked for maps by a parameter \"%s\" that is not one of "
				"its own of type job",
				parameter);
		return plan->job_count;
	}
	const char *name = job->plan->values[place].text;
	size_t other = 0;

	while (other < plan->job_count
			&& (name == NULL
					|| strcasecmp(plan->jobs[other].name, name)
							!= 0)) {
		other++;
	}
	if (other == plan->job_count) {
		job_fail(job, CNNVIZ_ERROR_INPUT, "%s names no job to take maps from",
				parameter);
	}
	return other;
}

static cnnviz_status check_batch(const struct cnnviz_job *job, const cnnviz_batch *batch)
{
	const struct session *session = job->session;
	int channels = session->plan->model->graph->normalization.channels;

	if (batch == NULL || batch->count < 1 || batch->inputs == NULL
			|| batch->targets == NULL || batch->streams == NULL
			|| tensor_rank(batch->inputs) != 4
			|| tensor_shape(batch->inputs)[0] != batch->count
			|| tensor_shape(batch->inputs)[1] != channels) {
		return job_misuse(job,
				"attribution->run() was handed a batch that is not "
				"count inputs (N,%d,H,W) with as many targets and "
				"streams",
				channels);
	}
	for (uint32_t n = 0; n < batch->count; n++) {
		if (batch->targets[n] < 0
				|| batch->targets[n]
						>= session->plan->model->class_count) {
			return job_misuse(job,
					"attribution->run() was handed target %lld "
					"of %lld classes",
					(long long)batch->targets[n],
					(long long)session->plan->model->class_count);
		}
	}
	return CNNVIZ_OK;
}

/** Whether a batch is of the plan's pictures as they are; then at which item it starts */
static bool find_items(struct session *session, const cnnviz_batch *batch, size_t *first)
{
	struct batch *pictures = session->batch;

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

/* Inputs that a technique made: nobody else will ask for these maps. */
static cnnviz_status run_apart(struct cnnviz_job *job, size_t other,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	struct error error = { 0 };
	cnnviz_tensor *fresh = NULL;
	cnnviz_status status = job_attribute(job->session, other, batch, NULL, true,
			&fresh, &error);

	if (status == CNNVIZ_ERROR_CANCELED) {
		return job_fail(job, status, "%s", error.text);
	}
	if (status != CNNVIZ_OK) {
		return job_fail(job, status, "the maps of [%s] could not be computed: %s",
				job->session->plan->jobs[other].name, error.text);
	}
	*maps = fresh;
	if (job->batch != NULL && batch->inputs == job->batch->inputs) {
		job_hold(job, fresh); /* another technique's, but given to this one */
		return CNNVIZ_OK;
	}
	tensor_unref(job->borrowed);
	job->borrowed = fresh;
	return CNNVIZ_OK;
}

static cnnviz_status run_shared(struct cnnviz_job *job, size_t other, size_t first,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	struct session *session = job->session;
	const char *name = session->plan->jobs[other].name;
	struct error error = { 0 };

	if (session->record->jobs[other].status == RECORD_FAILED) {
		return job_fail(job, CNNVIZ_ERROR_UNSUPPORTED,
				"not possible because job [%s] failed", name);
	}
	cnnviz_status status = maps_get(session, other, first, batch->count,
			batch->targets, maps, &error);
	if (status == CNNVIZ_OK) {
		return status;
	}
	if (status == CNNVIZ_ERROR_CANCELED) {
		return job_fail(job, status, "%s", error.text);
	}
	session_job_failed(session, other, &error);
	return job_fail(job, status, "not possible because job [%s] failed", name);
}

static cnnviz_status attribution_run(cnnviz_job *job, const char *parameter,
		const cnnviz_batch *batch, const cnnviz_tensor **maps)
{
	cnnviz_status status = job_refuse(job, "attribution->run()");
	size_t first;

	if (status != CNNVIZ_OK) {
		return status;
	}
	size_t other = find_other(job, parameter);
	if (other == job->session->plan->job_count) {
		return job->fault->error.status;
	}
	if (check_batch(job, batch) != CNNVIZ_OK) {
		return job->fault->error.status;
	}
	if (job->session->plan->jobs[other].plugin->technique.kind
			!= CNNVIZ_KIND_ATTRIBUTION) {
		return job_fail(job, CNNVIZ_ERROR_INPUT, "job [%s] gives no maps",
				job->session->plan->jobs[other].name);
	}
	return find_items(job->session, batch, &first)
			? run_shared(job, other, first, batch, maps)
			: run_apart(job, other, batch, maps);
}

const cnnviz_attribution_api attribution_services = {
	.struct_size = sizeof(cnnviz_attribution_api),
	.run = attribution_run,
};
