/**
 * \file    conform/job.c
 * \brief   Runs a plugin's job, and compares its results
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/tensor.h"
#include "conform/fixture.h"
#include "host/batch_pass.h"
#include "host/batch_reader.h"
#include "host/call.h"
#include "host/extras.h"
#include "host/maps.h"
#include "host/prepare.h"
#include "host/state.h"

/* ---- Results ------------------------------------------------------------------- */

static struct result *add_result(struct results *results, char *name)
{
	results->items = memory_resize(results->items, results->count + 1,
			sizeof(*results->items));
	struct result *result = &results->items[results->count++];

	*result = (struct result){ .name = name };
	return result;
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		free(results->items[i].name);
		tensor_unref(results->items[i].map);
	}
	free(results->items);
	*results = (struct results){ 0 };
}

static const struct result *find_result(const struct results *results, const char *name)
{
	for (size_t i = 0; i < results->count; i++) {
		if (strcmp(results->items[i].name, name) == 0) {
			return &results->items[i];
		}
	}
	return NULL;
}

/** Largest difference of two maps of the same shape, relative to their largest value */
static double distance(const cnnviz_tensor *a, const cnnviz_tensor *b)
{
	double largest = 0, difference = 0;

	for (int64_t i = 0; i < tensor_count(a); i++) {
		double x = tensor_data(a)[i], y = tensor_data(b)[i];

		largest = fmax(largest, fmax(fabs(x), fabs(y)));
		difference = fmax(difference, fabs(x - y));
	}
	return largest > 0 ? difference / largest : 0;
}

static bool are_close(const struct result *a, const struct result *b, double tolerance)
{
	if (strcmp(a->digest, b->digest) == 0) {
		return true;
	}
	return tolerance > 0 && a->map != NULL && b->map != NULL
			&& tensor_same_shape(a->map, b->map)
			&& distance(a->map, b->map) <= tolerance;
}

char *results_compare(const struct results *a, const struct results *b, double tolerance)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct result *result = &a->items[i];
		const struct result *other = find_result(b, result->name);

		if (other == NULL) {
			return memory_format("%s exists in only one of them",
					result->name);
		}
		if (are_close(result, other, tolerance)) {
			continue;
		}
		if (result->map != NULL && other->map != NULL
				&& tensor_same_shape(result->map, other->map)) {
			return memory_format(
					"%s differs by up to %.2g of its largest value",
					result->name, distance(result->map, other->map));
		}
		return memory_format("%s differs", result->name);
	}
	return a->count == b->count ? NULL
				    : memory_format("there are %zu results in one and "
						    "%zu in the other",
						    a->count, b->count);
}

static int compare_results(const void *a, const void *b)
{
	const struct result *left = a, *right = b;

	return strcmp(left->name, right->name);
}

void results_digest(const struct results *results, char hex[65])
{
	struct result *sorted = memory_new(results->count, sizeof(*sorted));
	char *text = memory_text("");

	for (size_t i = 0; i < results->count; i++) {
		sorted[i] = results->items[i];
	}
	if (results->count > 0) {
		qsort(sorted, results->count, sizeof(*sorted), compare_results);
	}
	for (size_t i = 0; i < results->count; i++) {
		char *longer = memory_format("%s%s %s\n", text, sorted[i].digest,
				sorted[i].name);

		free(text);
		text = longer;
	}
	digest_sha256(text, strlen(text), hex);
	free(text);
	free(sorted);
}

/* ---- Running ------------------------------------------------------------------- */

/** The targets, which the plan has for each picture */
static int64_t *list_targets(const struct session *session)
{
	const struct batch *batch = session->batch;
	int64_t *targets = memory_new(batch->count, sizeof(*targets));

	for (size_t n = 0; n < batch->count; n++) {
		targets[n] = session->plan->pictures[batch->pictures[n]].target;
	}
	return targets;
}

static cnnviz_status keep_maps(const struct session *session, const cnnviz_tensor *maps,
		const size_t *pictures, struct results *results, struct error *error)
{
	for (int64_t n = 0; n < tensor_shape(maps)[0]; n++) {
		struct result *result = add_result(results,
				memory_format("the map of %s",
						session->plan->pictures[pictures[n]]
								.name));

		result->map = tensor_item(maps, n);
		if (result->map == NULL) {
			return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
		}
		digest_sha256(tensor_data(result->map),
				(size_t)tensor_count(result->map) * sizeof(float),
				result->digest);
	}
	return CNNVIZ_OK;
}

/** Keep what was given with the map of a picture. */
static cnnviz_status keep_extras(struct test_job *test_job, size_t picture,
		int64_t target, struct results *results, struct error *error)
{
	struct extras *first = extras_take(test_job->job, picture, target);
	cnnviz_status status = CNNVIZ_OK;

	for (struct extras *extras = first; extras != NULL && status == CNNVIZ_OK;) {
		char *name = NULL;
		cnnviz_tensor *values = extras_values(extras, &name, &extras);
		struct result *result = add_result(results,
				memory_format("\"%s\" of %s", name,
						test_job->plan->pictures[picture].name));

		free(name);
		result->map = values;
		if (values == NULL) {
			status = error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
		} else {
			digest_sha256(tensor_data(values),
					(size_t)tensor_count(values) * sizeof(float),
					result->digest);
		}
	}
	extras_free(first);
	return status;
}

static cnnviz_status run_attribution(struct test_job *test_job, const cnnviz_batch *batch,
		const size_t *pictures, struct results *results, struct error *error)
{
	cnnviz_tensor *maps = NULL;
	cnnviz_status status = call_attribute(test_job->job, batch, pictures, false,
			&maps, error);

	if (status == CNNVIZ_OK) {
		status = keep_maps(&test_job->session, maps, pictures, results, error);
	}
	for (uint32_t n = 0; n < batch->count && status == CNNVIZ_OK; n++) {
		status = keep_extras(test_job, pictures[n], batch->targets[n], results,
				error);
	}
	tensor_unref(maps);
	return status;
}

/** Run one item of the batch in a batch of its own */
static cnnviz_status run_item(struct test_job *test_job, size_t n, const int64_t *targets,
		struct results *results, struct error *error)
{
	struct batch *batch = test_job->session.batch;
	const cnnviz_batch single = {
		.struct_size = sizeof(single),
		.count = 1,
		.inputs = batch_item(batch, n),
		.targets = &targets[n],
		.streams = &batch->streams[n],
	};

	if (single.inputs == NULL) {
		return error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
	}
	return test_job->job->plan->plugin->technique.kind == CNNVIZ_KIND_ATTRIBUTION
			? run_attribution(test_job, &single, &batch->pictures[n], results,
					error)
			: call_run(test_job->job, &single, &batch->pictures[n], error);
}

static cnnviz_status run_batch(struct test_job *test_job, enum picture_order order,
		struct results *results, struct error *error)
{
	struct batch *pictures = test_job->session.batch;
	int64_t *targets = list_targets(&test_job->session);
	cnnviz_status status = CNNVIZ_OK;
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)pictures->count,
		.inputs = pictures->inputs,
		.targets = targets,
		.streams = pictures->streams,
	};

	if (order == ORDER_FORWARD
			&& test_job->job->plan->plugin->technique.kind
					== CNNVIZ_KIND_ATTRIBUTION) {
		status = run_attribution(test_job, &batch, pictures->pictures, results,
				error);
		free(targets);
		return status;
	}
	for (size_t i = 0; i < pictures->count && status == CNNVIZ_OK; i++) {
		status = run_item(test_job,
				order == ORDER_FORWARD ? i : pictures->count - 1 - i,
				targets, results, error);
	}
	free(targets);
	return status;
}

/** Let the pictures of the batch be known, as a run does. */
static void note_pictures(const struct session *session)
{
	const struct batch *batch = session->batch;

	for (size_t n = 0; n < batch->count; n++) {
		struct record_picture *picture =
				&session->record->pictures[batch->pictures[n]];

		picture->target = session->plan->pictures[batch->pictures[n]].target;
		picture->width = batch->images[n]->width;
		picture->height = batch->images[n]->height;
		picture->done = true;
	}
}

/** Let the jobs of a level look at the current batch. */
static cnnviz_status prepare_level(struct session *session, size_t level,
		struct error *error)
{
	const struct batch *pictures = session->batch;
	int64_t *targets = list_targets(session);
	const cnnviz_batch batch = {
		.struct_size = sizeof(batch),
		.count = (uint32_t)pictures->count,
		.inputs = pictures->inputs,
		.targets = targets,
		.streams = pictures->streams,
	};
	cnnviz_status status = CNNVIZ_OK;

	prepare_expect(session, level);
	for (size_t i = 0; i < session->plan->job_count && status == CNNVIZ_OK; i++) {
		if (prepare_is_due(&session->jobs[i], level)) {
			status = call_prepare(&session->jobs[i], &batch,
					pictures->pictures, error);
		}
	}
	batch_pass_end(session);
	free(targets);
	return status;
}

/** Let the jobs of a level know that they have seen all pictures. */
static cnnviz_status end_level(struct session *session, size_t level, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < session->plan->job_count && status == CNNVIZ_OK; i++) {
		if (prepare_is_due(&session->jobs[i], level)) {
			status = call_prepared(&session->jobs[i], error);
		}
	}
	return status;
}

/** Let all pictures go by for a level of jobs or, if that is 0, for the tested job. */
static cnnviz_status run_pictures(struct test_job *test_job, size_t level,
		enum picture_order order, struct results *results, struct error *error)
{
	struct session *session = &test_job->session;
	struct batch_reader *reader = batch_reader_create(test_job->plan,
			(struct batch_choice){ 0 }, NULL);
	cnnviz_status status;

	for (;;) {
		size_t failed;

		status = batch_read(reader, &session->batch, &failed, error);
		if (status != CNNVIZ_OK || session->batch == NULL) {
			break;
		}
		note_pictures(session);
		status = level > 0 ? prepare_level(session, level, error)
				   : run_batch(test_job, order, results, error);
		maps_clear(session);
		batch_free(session->batch);
		session->batch = NULL;
		if (status != CNNVIZ_OK) {
			break;
		}
	}
	batch_reader_free(reader);
	return status;
}

/** Let the jobs see all pictures that want to. */
static cnnviz_status prepare(struct test_job *test_job, struct error *error)
{
	struct session *session = &test_job->session;
	size_t levels = prepare_levels(session);
	cnnviz_status status = CNNVIZ_OK;

	for (size_t level = 1; level <= levels && status == CNNVIZ_OK; level++) {
		status = run_pictures(test_job, level, ORDER_FORWARD, NULL, error);
		if (status == CNNVIZ_OK) {
			status = end_level(session, level, error);
		}
	}
	return status;
}

/** Keep the artifacts of a general technique, from the record and from files */
static cnnviz_status keep_artifacts(const struct session *session,
		struct results *results, struct error *error)
{
	for (size_t i = 0; i < session->record->artifact_count; i++) {
		const struct record_artifact *artifact = &session->record->artifacts[i];
		const char *picture = artifact->picture == RECORD_NO_PICTURE
				? NULL
				: session->plan->pictures[artifact->picture].name;
		struct result *result = add_result(results,
				memory_format("\"%s\"%s%s", artifact->name,
						picture != NULL ? " of " : "",
						picture != NULL ? picture : ""));

		if (artifact->path == NULL) {
			digest_sha256(&artifact->value, sizeof(artifact->value),
					result->digest);
			continue;
		}
		char *path = path_join(session->plan->output, artifact->path);
		struct mapping *file = NULL;
		cnnviz_status status = mapping_open(path, &file, error);

		free(path);
		if (status != CNNVIZ_OK) {
			return status;
		}
		digest_sha256(file->data, file->size, result->digest);
		mapping_unref(file);
	}
	return CNNVIZ_OK;
}

cnnviz_status test_job_run(struct test_job *test_job,
		const struct recorder_faults *faults, enum picture_order order,
		struct results *results, struct error *error)
{
	static const struct recorder_faults none;
	struct session *session = &test_job->session;
	const cnnviz_technique *technique = &test_job->job->plan->plugin->technique;
	cnnviz_status status;

	*results = (struct results){ 0 };
	session_clear_record(session);
	session->leftovers = (struct leftovers){ 0 };
	session->host = recorder_start(faults != NULL ? faults : &none);
	status = prepare(test_job, error);
	if (status == CNNVIZ_OK) {
		status = technique->kind == CNNVIZ_KIND_GENERAL
						&& technique->run_mode == CNNVIZ_RUN_ONCE
				? call_run(test_job->job, NULL, NULL, error)
				: run_pictures(test_job, 0, order, results, error);
	}
	if (status == CNNVIZ_OK && technique->kind == CNNVIZ_KIND_GENERAL) {
		status = keep_artifacts(session, results, error);
	}
	session_stop_jobs(session);
	results->leftovers = session->leftovers;
	return status;
}
