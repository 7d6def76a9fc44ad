/**
 * \file    run/merge_read.c
 * \brief   Reads what a source has into a record of its own
 */
#include "run/merge_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "output/journal_read.h"
#include "output/manifest_read.h"
#include "output/record_json.h"
#include "plan/shard.h"

static const char *const lists[] = { "jobs", "pictures", "artifacts", "warnings",
	"failures", "rules", "earlier", "done", NULL };

/** A source being read */
struct reading {
	const struct source *source;
	const struct name_index *names;
	struct record *record;
	size_t places[sizeof(lists)
			/ sizeof(*lists)]; /* in each list: where the next is */
};

/* ---- Visits -------------------------------------------------------------------------- */

/** What a manifest says of the machine it was made on, which the plan does not know */
static bool note_machine(struct record *record, const char *name, const json_t *value)
{
	bool threads = strcmp(name, "threads") == 0, batch = strcmp(name, "batch") == 0;

	if (threads && json_integer_value(value) > 0
			&& json_integer_value(value) <= INT32_MAX) {
		record->threads = (int)json_integer_value(value);
	}
	if (batch && json_integer_value(value) > 0
			&& json_integer_value(value) <= INT32_MAX) {
		record->batch = json_integer_value(value);
	}
	return threads || batch;
}

static cnnviz_status visit_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	struct reading *reading = context;

	if (note_machine(reading->record, name, value)) {
		return CNNVIZ_OK;
	}
	json_t *part = json_object();

	json_object_set(part, name, (json_t *)(uintptr_t)value);
	cnnviz_status status = record_update_from_json(reading->record, part, error);

	json_decref(part);
	return status;
}

/** Look for a picture where it is: lists of shards have gaps, those of journals no order. */
static bool find_place(const struct reading *reading, const char *list,
		const json_t *item, size_t *place)
{
	const char *key = strcmp(list, "pictures") == 0 ? "name" : "picture";
	char *name = json_text_value(json_object_get(item, key));
	const int64_t *index = name != NULL ? name_index_find(reading->names, name)
					    : NULL;

	*place = index != NULL ? (size_t)*index : 0;
	free(name);
	return index != NULL;
}

/** Whether a shard's journal tells of a picture that the shard has only looked at */
static bool is_elsewhere(const struct reading *reading, size_t picture)
{
	const struct source *source = reading->source;
	const struct plan *plan = reading->record->plan;

	if (source->journal == NULL || source->shard.count == 0) {
		return false;
	}
	char *name = shard_name(plan->ini->folder, plan->pictures[picture].path);
	bool elsewhere = shard_of(name, source->shard.count) != source->shard.index;

	free(name);
	return elsewhere;
}

static cnnviz_status visit_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	struct reading *reading = context;
	size_t i = 0;

	while (strcmp(lists[i], list) != 0) {
		i++;
	}
	size_t *place = &reading->places[i];

	if (strcmp(list, "jobs") != 0) {
		if (find_place(reading, list, item, place)
				&& is_elsewhere(reading, *place)) {
			return CNNVIZ_OK;
		}
	} else if (reading->source->journal != NULL) {
		*place = 0; /* jobs are told of again and again */
	}
	cnnviz_status status = record_item_from_json(reading->record, list, item, place,
			error);

	return status != CNNVIZ_OK ? error_prefix(error, "%s[%zu]", list, index) : status;
}

/* ---- What is done --------------------------------------------------------------------- */

static bool has_failures(const struct record *record, const struct plan_job *job)
{
	size_t i = 0;

	while (i < record->failure_count && record->failures[i].job != job) {
		i++;
	}
	return i < record->failure_count;
}

/** Note a job's results that are there, if it failed on some pictures. */
static void finish_artifacts(struct record *record, struct record_job *job)
{
	for (size_t i = 0; i < record->artifact_count; i++) {
		const struct record_artifact *artifact = &record->artifacts[i];

		if (artifact->job == job->plan && artifact->picture != RECORD_NO_PICTURE
				&& record_failure(record, job->plan, artifact->picture)
						== NULL) {
			record_done(record, job, artifact->picture);
		}
	}
}

/** Note all of a job's results. */
static void finish_all(struct record *record, struct record_job *job)
{
	if (job_is_once(job->plan)) {
		record_done(record, job, RECORD_NO_PICTURE);
		return;
	}
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		if (record->pictures[i].done && record->pictures[i].failure == NULL) {
			record_done(record, job, i);
		}
	}
}

/**
 * A manifest has no list of what is done: jobs that are through have done all. The reason of
 * one that failed on some pictures is not its own, and follows from them again.
 */
static void note_done(struct record *record)
{
	for (size_t i = 0; i < record->plan->job_count; i++) {
		struct record_job *job = &record->jobs[i];

		if (job->status == RECORD_OK && job->plan->selected) {
			finish_all(record, job);
		} else if (job->status == RECORD_FAILED
				&& has_failures(record, job->plan)) {
			finish_artifacts(record, job);
			job->status = RECORD_NOT_RUN;
			free(job->reason);
			job->reason = NULL;
		}
	}
}

/* ---- Sources ---------------------------------------------------------------------------- */

cnnviz_status source_read(const struct source *source, const struct name_index *names,
		struct record *record, struct error *error)
{
	struct reading reading = { source, names, record, { 0 } };
	const struct manifest_visitor visitor = { lists, visit_member, visit_item,
		&reading };
	const char *path = source->journal != NULL ? source->journal : source->path;
	FILE *file = fopen(path, "re");
	cnnviz_status status = CNNVIZ_OK;

	if (file == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "it cannot be read: %s",
				strerror(errno));
	}
	if (source->journal != NULL) {
		journal_read(file, &visitor);
	} else {
		status = manifest_read(file, &visitor, error);
		if (status == CNNVIZ_OK) {
			note_done(record);
		}
	}
	fclose(file);
	return status;
}
