/**
 * \file    host/extras.c
 * \brief   Artifacts that attribution techniques give beside their maps
 */
#include "host/extras.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/tensor.h"

/** One artifact that waits. Its numbers are no tensor, of which plugins have a count. */
struct extras {
	struct extras *next;
	const struct plan_job *job;
	size_t picture;
	int64_t target;
	const struct cnnviz_job *call; /* that gave it; NULL once that has returned */
	uint32_t item; /* of its batch, in which a picture may stand twice */
	uint32_t type; /* CNNVIZ_ARTIFACT_* */
	char *name, *suffix;
	float *values;
	uint32_t rank;
	int64_t shape[CNNVIZ_MAX_RANK];
};

/* ---- While a technique is called ------------------------------------------------- */

/** Copy the item, which then is a whole. */
static cnnviz_status copy_values(const struct cnnviz_job *job, struct extras *kept,
		const struct given_artifact *given)
{
	cnnviz_tensor *part = NULL;
	cnnviz_status status = artifact_take(job, given->name, given->tensor, given->item,
			&part);

	if (status != CNNVIZ_OK) {
		return status;
	}
	kept->rank = tensor_rank(part);
	memcpy(kept->shape, tensor_shape(part), kept->rank * sizeof(*kept->shape));
	kept->values = malloc((size_t)tensor_count(part) * sizeof(float));
	if (kept->values != NULL) {
		memcpy(kept->values, tensor_data(part),
				(size_t)tensor_count(part) * sizeof(float));
	} else {
		status = job_fail(job, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	tensor_unref(part);
	return status;
}

static void add(struct session *session, struct extras *kept)
{
	struct extras **last = &session->extras;

	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = kept;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/** Whether the call has given an artifact of this name about the same item */
static bool is_given(const struct cnnviz_job *job, const struct given_artifact *given)
{
	for (const struct extras *kept = job->session->extras; kept != NULL;
			kept = kept->next) {
		if (kept->call == job && kept->item == given->item
				&& strcmp(kept->name, given->name) == 0
				&& same_text(kept->suffix, given->suffix)) {
			return true;
		}
	}
	return false;
}

cnnviz_status extras_keep(struct cnnviz_job *job, const struct given_artifact *given)
{
	if (given->item >= job->batch->count) {
		return job_misuse(job,
				"\"%s\" was given for item %lu of %lu: of an "
				"attribution's artifact, the item is the input that it "
				"is about",
				given->name, (unsigned long)given->item,
				(unsigned long)job->batch->count);
	}
	if (job->pictures == NULL) {
		return CNNVIZ_OK; /* the map is another technique's intermediate result */
	}
	if (is_given(job, given)) {
		return job_misuse(job, "the artifact \"%s%s%s\" was given twice",
				given->name, given->suffix != NULL ? "-" : "",
				given->suffix != NULL ? given->suffix : "");
	}
	struct extras *kept = memory_new(1, sizeof(*kept));

	*kept = (struct extras){
		.job = job->plan,
		.picture = job->pictures[given->item],
		.target = job->batch->targets[given->item],
		.call = job,
		.item = given->item,
		.type = given->type,
		.name = memory_text(given->name),
		.suffix = given->suffix != NULL ? memory_text(given->suffix) : NULL,
	};
	cnnviz_status status = copy_values(job, kept, given);
	if (status == CNNVIZ_OK) {
		add(job->session, kept);
	} else {
		extras_free(kept);
	}
	return status;
}

/* ---- After the call --------------------------------------------------------------- */

static bool is_about(const struct extras *extras, const struct plan_job *job,
		size_t picture, int64_t target)
{
	return extras->job == job && extras->picture == picture
			&& extras->target == target;
}

/** Whether an earlier call gave artifacts of the same map as this one */
static bool is_replaced(const struct extras *extras, const struct cnnviz_job *call)
{
	if (extras->call != NULL || call->batch == NULL || call->pictures == NULL) {
		return false;
	}
	for (uint32_t n = 0; n < call->batch->count; n++) {
		if (is_about(extras, call->plan, call->pictures[n],
				    call->batch->targets[n])) {
			return true;
		}
	}
	return false;
}

void extras_settle(struct cnnviz_job *job, bool failed)
{
	for (struct extras **place = &job->session->extras; *place != NULL;) {
		struct extras *kept = *place;

		if (failed ? kept->call == job : is_replaced(kept, job)) {
			*place = kept->next;
			kept->next = NULL;
			extras_free(kept);
			continue;
		}
		if (kept->call == job) {
			kept->call = NULL;
		}
		place = &kept->next;
	}
}

struct extras *extras_take(const struct job *job, size_t picture, int64_t target)
{
	struct extras *taken = NULL, **last = &taken;

	for (struct extras **place = &job->session->extras; *place != NULL;) {
		struct extras *kept = *place;

		if (is_about(kept, job->plan, picture, target)) {
			*place = kept->next;
			kept->next = NULL;
			*last = kept;
			last = &kept->next;
		} else {
			place = &kept->next;
		}
	}
	return taken;
}

/* ---- When the map is drawn -------------------------------------------------------- */

static cnnviz_status write_one(struct cnnviz_job *call, const struct extras *kept)
{
	cnnviz_tensor *tensor = tensor_wrap(kept->rank, kept->shape, kept->values, NULL,
			NULL);

	if (tensor == NULL) {
		return job_fail(call, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	cnnviz_status status = artifact_write(call,
			&(struct given_artifact){
					.type = kept->type,
					.name = kept->name,
					.suffix = kept->suffix,
					.tensor = tensor,
					.item = CNNVIZ_WHOLE,
			});
	tensor_unref(tensor);
	return status;
}

cnnviz_status extras_write(struct job *job, struct extras *extras, struct error *error)
{
	struct job_fault fault = { 0 };
	cnnviz_status status = CNNVIZ_OK;

	for (const struct extras *kept = extras; kept != NULL && status == CNNVIZ_OK;
			kept = kept->next) {
		struct cnnviz_job call = {
			.job = job,
			.session = job->session,
			.plan = job->plan,
			.pictures = &kept->picture,
			.batch = &(cnnviz_batch){ .count = 1, .targets = &kept->target },
			.fault = &fault,
			.writing = true,
		};

		status = write_one(&call, kept);
	}
	if (status != CNNVIZ_OK) {
		*error = fault.error;
		error->status = status;
	}
	extras_free(extras);
	return status;
}

cnnviz_tensor *extras_values(struct extras *extras, char **name, struct extras **next)
{
	cnnviz_tensor *values = tensor_create(extras->rank, extras->shape);

	*name = memory_format("%s%s%s", extras->name, extras->suffix != NULL ? "-" : "",
			extras->suffix != NULL ? extras->suffix : "");
	*next = extras->next;
	if (values != NULL) {
		memcpy(tensor_mutable_data(values), extras->values,
				(size_t)tensor_count(values) * sizeof(float));
	}
	return values;
}

void extras_free(struct extras *extras)
{
	while (extras != NULL) {
		struct extras *next = extras->next;

		free(extras->values);
		free(extras->suffix);
		free(extras->name);
		free(extras);
		extras = next;
	}
}

void extras_clear(struct session *session)
{
	extras_free(session->extras);
	session->extras = NULL;
}
