/**
 * \file    output/adopt_taken.c
 * \brief   Takes over results of an earlier run, with what was said of them
 */
#include <stdlib.h>
#include <string.h>

#include "output/adopt_parts.h"
#include "output/record_json.h"
#include "output/thumbnail.h"
#include "output/whole.h"

/* ---- Files ---------------------------------------------------------------------- */

static bool update(const struct adoption *adoption, const char *list, json_t *item)
{
	json_t *json = json_pack("{s:[o]}", list, item);
	struct error error = { 0 };
	bool done = record_update_from_json(adoption->record, json, &error) == CNNVIZ_OK;

	json_decref(json);
	return done;
}

static bool is_there(const struct adoption *adoption, const char *path)
{
	return path == NULL || file_is_whole(adoption->folder, path);
}

/** Whether a picture's smaller copy is there, if it has one */
static bool has_thumbnail(const struct adoption *adoption, const char *path,
		int64_t width, int64_t height)
{
	char *small = path != NULL && thumbnail_is_made(width, height)
			? thumbnail_path(path)
			: NULL;
	bool there = is_there(adoption, small);

	free(small);
	return there;
}

/** Forget what a record has of a picture, but for its digest. */
static void forget_picture(const struct adoption *adoption, size_t picture)
{
	struct record_picture *entry = &adoption->record->pictures[picture];
	struct record_picture empty = {
		.target = adoption->record->plan->pictures[picture].target
	};

	memcpy(empty.digest, entry->digest, sizeof(empty.digest));
	record_picture_clear(entry);
	*entry = empty;
}

static void take_picture(const struct adoption *adoption, const json_t *item)
{
	size_t picture;

	if (!adoption->same || !adoption_find_picture(adoption, item, "name", &picture)
			|| !adoption->pictures[picture].same
			|| !adoption->pictures[picture].same_target
			|| adoption->record->plan->pictures[picture].elsewhere) {
		return;
	}
	json_t *copy = json_copy((json_t *)(uintptr_t)item);
	struct record_picture *entry = &adoption->record->pictures[picture];

	json_object_set_new(copy, "index", json_integer((json_int_t)picture));
	json_object_del(copy, "contact_sheet"); /* it is made at the end */
	forget_picture(adoption, picture);
	entry->adopted = update(adoption, "pictures", copy) && entry->done
			&& entry->failure == NULL
			&& (entry->input != NULL
					|| adoption->record->plan->format
							== PLAN_FORMAT_NONE)
			&& is_there(adoption, entry->input)
			&& has_thumbnail(adoption, entry->input, entry->width,
					entry->height);
	if (!entry->adopted) {
		forget_picture(adoption, picture);
	}
}

/** The job and the picture that an item is about; false if the plan has no such */
static bool find_subject(const struct adoption *adoption, const json_t *item,
		const struct plan_job **job, size_t *picture)
{
	*job = adoption_find_job(adoption, item, "job");
	*picture = RECORD_NO_PICTURE;
	return *job != NULL
			&& (!json_is_string(json_object_get(item, "picture"))
					|| adoption_find_picture(adoption, item,
							"picture", picture));
}

/** Whether the files of the artifact that was added last are whole */
static bool has_files(const struct adoption *adoption)
{
	const struct record *record = adoption->record;
	const struct record_artifact *artifact =
			&record->artifacts[record->artifact_count - 1];

	const char *pack = artifact->packed ? record_array_path(artifact) : NULL;

	return (pack == NULL || file_has_row(adoption->folder, pack, artifact->row))
			&& (artifact->path == pack || is_there(adoption, artifact->path))
			&& (artifact->array == pack
					|| is_there(adoption, artifact->array))
			&& has_thumbnail(adoption, artifact->path, artifact->width,
					artifact->height);
}

static void take_artifact(const struct adoption *adoption, const json_t *item)
{
	const struct plan_job *job;
	size_t picture;

	if (!find_subject(adoption, item, &job, &picture)
			|| job_is_once(job) != (picture == RECORD_NO_PICTURE)
			|| !record_is_finished(adoption->record, job, picture)) {
		return;
	}
	if (!update(adoption, "artifacts", json_incref((json_t *)(uintptr_t)item))
			|| !has_files(adoption)) {
		adoption->result->damaged++;
		record_undo(adoption->record,
				&adoption->record->jobs[adoption_place(adoption, job)],
				picture);
	}
}

/** Whether what a job says is said by this run as well, though it does not do that */
static bool is_kept(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	if (!job->selected) {
		return picture != RECORD_NO_PICTURE
				? adoption_is_valid(adoption, job, picture)
				: adoption->jobs[adoption_place(adoption, job)].same;
	}
	return picture != RECORD_NO_PICTURE || job_is_once(job)
			? record_is_finished(adoption->record, job, picture)
			: adoption->record->jobs[adoption_place(adoption, job)].done > 0;
}

static void take_said(const struct adoption *adoption, const char *list,
		const json_t *item)
{
	const struct plan_job *job;
	size_t picture;

	if (find_subject(adoption, item, &job, &picture)
			&& is_kept(adoption, job, picture)) {
		update(adoption, list, json_incref((json_t *)(uintptr_t)item));
	}
}

cnnviz_status adopt_take_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	const struct adoption *adoption = context;

	(void)index;
	(void)error;
	if (strcmp(list, "pictures") == 0) {
		take_picture(adoption, item);
	} else if (strcmp(list, "artifacts") == 0) {
		take_artifact(adoption, item);
	} else {
		take_said(adoption, list, item);
	}
	return CNNVIZ_OK;
}

void adopt_drop_damaged(const struct adoption *adoption)
{
	struct record *record = adoption->record;
	size_t kept = 0;

	record_drop_unfinished(record);
	for (size_t i = 0; i < record->warning_count; i++) {
		struct record_warning *warning = &record->warnings[i];

		if (is_kept(adoption, warning->job, warning->picture)) {
			record->warnings[kept++] = *warning;
		} else {
			free(warning->text);
		}
	}
	record->warning_count = kept;
}
