/**
 * \file    host/maps.c
 * \brief   The maps of the current batch, each computed once
 */
#include "host/maps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"
#include "host/call.h"
#include "host/extras.h"
#include "host/scalars.h"

/** Maps of some pictures of the current batch, by one job, for given targets */
struct shared_map {
	const struct job *job;
	size_t first, count; /* items of the batch */
	int64_t *targets;
	cnnviz_tensor *maps; /* (count,C,h,w) */
};

static const cnnviz_tensor *keep_shared(const struct job *job, size_t first, size_t count,
		const int64_t *targets, cnnviz_tensor *maps)
{
	struct session *session = job->session;
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

/** Copy items of maps to a new tensor */
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

/* Item n depends only on input n, target n and stream n, so maps computed for more
 * pictures can be used. */
static const cnnviz_tensor *find_shared(const struct job *job, size_t first, size_t count,
		const int64_t *targets)
{
	const struct session *session = job->session;

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

		return slice != NULL ? keep_shared(job, first, count, targets, slice)
				     : NULL;
	}
	return NULL;
}

static cnnviz_status compute(struct job *job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error)
{
	struct batch *pictures = job->session->batch;
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
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	cnnviz_status status = call_attribute(job, &batch, pictures->pictures + first,
			false, &fresh, error);
	if (status == CNNVIZ_OK) {
		*maps = keep_shared(job, first, count, targets, fresh);
	}
	return status;
}

/** Whether a job has failed on a picture of the current batch */
static bool failed_on_any(const struct job *job)
{
	const struct session *session = job->session;
	const struct batch *batch = session->batch;
	size_t n = 0;

	while (n < batch->count
			&& record_failure(session->record, job->plan, batch->pictures[n])
					== NULL) {
		n++;
	}
	return n < batch->count;
}

/**
 * If another process has run an earlier job, its maps are not in this one. They are
 * recomputed for all pictures at once, as in a run with one process, since the last
 * bits may depend on that; but not if that failed there, so that each picture had its
 * own call.
 */
static void recompute(struct job *job, size_t first, size_t count, const int64_t *targets)
{
	const struct session *session = job->session;
	const cnnviz_tensor *maps = NULL;
	struct error error = { 0 };

	if (session->phase != PHASE_JOB || job == session->job || !job->plan->selected
			|| count == session->batch->count || failed_on_any(job)) {
		return;
	}
	int64_t *all = job_targets(job);
	if (memcmp(all + first, targets, count * sizeof(*targets)) == 0) {
		compute(job, 0, session->batch->count, all, &maps, &error);
	}
	free(all);
}

cnnviz_status maps_get(struct job *job, size_t first, size_t count,
		const int64_t *targets, const cnnviz_tensor **maps, struct error *error)
{
	const cnnviz_tensor *found = find_shared(job, first, count, targets);

	if (found == NULL) {
		recompute(job, first, count, targets);
		found = find_shared(job, first, count, targets);
	}
	if (found != NULL) {
		*maps = found;
		return CNNVIZ_OK;
	}
	return compute(job, first, count, targets, maps, error);
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
	scalars_clear(session);
	extras_clear(session);
}
