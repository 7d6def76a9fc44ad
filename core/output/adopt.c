/**
 * \file    output/adopt.c
 * \brief   Takes over from an earlier run what a new one would make again
 *
 * The earlier run's file is read twice: first for the digests and for what is done, from which
 * follows what may be adopted, and then for the results themselves.
 */
#include "config.h"

#include "output/adopt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/json.h"
#include "base/memory.h"
#include "graph/name_index.h"
#include "output/journal_read.h"
#include "output/record_json.h"
#include "output/shard_files.h"
#include "output/thumbnail.h"
#include "output/whole.h"

/** What the earlier run says of a picture of the plan */
struct known_picture {
	bool there;
	bool same;        /* its file is the same */
	bool same_target; /* and so is its class */
	bool same_index;  /* and its place, by which random numbers are drawn */
};

/** What it says of a job */
struct known_job {
	bool same;  /* its digest is */
	bool draws; /* random numbers */
	bool whole; /* it has done all pictures, as a manifest says */
};

struct adoption {
	struct record *record;
	struct adopted *result;
	struct name_index names; /* of pictures */
	struct known_picture *pictures;
	struct known_job *jobs;
	enum adopt_reason reason; /* of all jobs, by what stands before the lists */
	bool same;                /* the digest of what pictures come to is */
	int folder;
};

/* ---- Names ---------------------------------------------------------------------- */

static void index_names(struct adoption *adoption)
{
	const struct plan *plan = adoption->record->plan;

	for (size_t i = 0; i < plan->picture_count; i++) {
		*name_index_add(&adoption->names, plan->pictures[i].name,
				NULL) = (int64_t)i;
	}
}

/** The plan's picture that a member names; false if there is none */
static bool find_picture(const struct adoption *adoption, const json_t *item,
		const char *key, size_t *picture)
{
	char *name = json_text_value(json_object_get(item, key));
	const int64_t *place = name != NULL ? name_index_find(&adoption->names, name)
					    : NULL;

	if (place != NULL) {
		*picture = (size_t)*place;
	}
	free(name);
	return place != NULL;
}

/** The plan's job that a member names, or NULL */
static const struct plan_job *find_job(const struct adoption *adoption,
		const json_t *item, const char *key)
{
	char *name = json_text_value(json_object_get(item, key));
	const struct plan_job *job = name != NULL
			? plan_find_job(adoption->record->plan, name)
			: NULL;

	free(name);
	return job;
}

static size_t place_of(const struct adoption *adoption, const struct plan_job *job)
{
	return (size_t)(job - adoption->record->plan->jobs);
}

/* ---- The first reading ---------------------------------------------------------- */

static bool is_text(const json_t *json, const char *text)
{
	char *value = json_text_value(json);
	bool equal = value != NULL && strcmp(value, text) == 0;

	free(value);
	return equal;
}

/** Whether a member is what this run would write; releases that. */
static bool is_same(const json_t *value, json_t *expected)
{
	bool same = json_equal(value, expected) != 0;

	json_decref(expected);
	return same;
}

static cnnviz_status know_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	struct adoption *adoption = context;
	const struct plan *plan = adoption->record->plan;

	(void)error;
	if (strcmp(name, "cnnviz") == 0 && !is_text(value, PACKAGE_VERSION)) {
		adoption->reason = ADOPT_PROGRAM;
	} else if (strcmp(name, "seed") == 0
			&& !is_same(value, json_integer((json_int_t)plan->seed))) {
		adoption->reason = ADOPT_SEED;
	} else if (strcmp(name, "input") == 0
			&& !is_same(value, record_input_to_json(plan))) {
		adoption->reason = ADOPT_INPUT;
	} else if (strcmp(name, "digest") == 0 && json_is_string(value)) {
		adoption->same = is_text(value, adoption->record->digest);
	}
	return CNNVIZ_OK;
}

/** Why the digest of a job is another one */
static enum adopt_reason find_reason(const struct adoption *adoption,
		const struct plan_job *job, const json_t *item)
{
	const json_t *plugin = json_object_get(item, "plugin");

	if (!is_same(json_object_get(item, "parameters"),
			    record_parameters_to_json(adoption->record->plan, job))) {
		return ADOPT_PARAMETERS;
	}
	if (!is_text(json_object_get(plugin, "sha256"), job->plugin_digest)) {
		return ADOPT_PLUGIN;
	}
	if (!is_text(json_object_get(item, "version"), job->plugin->technique.version)) {
		return ADOPT_VERSION;
	}
	if (adoption->reason != ADOPT_NO_REASON) {
		return adoption->reason;
	}
	return adoption->same ? ADOPT_OTHERS : ADOPT_NETWORK;
}

static void know_job(const struct adoption *adoption, const json_t *item)
{
	const struct plan_job *job = find_job(adoption, item, "name");
	const json_t *digest = json_object_get(item, "digest");

	if (job == NULL) {
		return;
	}
	size_t place = place_of(adoption, job);
	struct known_job *known = &adoption->jobs[place];

	known->draws = known->draws || !json_is_false(json_object_get(item, "random"));
	if (!json_is_string(digest)) {
		return;
	}
	known->same = is_text(digest, adoption->record->jobs[place].digest);
	known->whole = json_is_true(json_object_get(item, "wanted"))
			&& is_text(json_object_get(item, "status"),
					record_status_name(RECORD_OK));
	adoption->result->reasons[place] = known->same ? ADOPT_NO_REASON
						       : find_reason(adoption, job, item);
}

/** Whether a picture has now the target that the earlier run has found or was given */
static bool has_target(const struct plan_picture *picture, const json_t *item)
{
	const json_t *target = json_object_get(item, "target");
	const json_t *index = json_object_get(target, "index");
	bool negative = json_is_true(json_object_get(target, "not"));

	if (picture->target == PLAN_TARGET_PREDICTED) {
		const json_t *predicted = json_object_get(item, "predicted");

		return json_is_integer(index)
				&& json_equal(index, json_object_get(predicted, "index"))
				&& negative
				== json_is_true(json_object_get(predicted, "not"));
	}
	return json_is_integer(index)
			&& json_integer_value(index) == CNNVIZ_CLASS_OF(picture->target)
			&& negative == CNNVIZ_IS_NOT(picture->target);
}

static void know_picture(const struct adoption *adoption, const json_t *item)
{
	const struct record *record = adoption->record;
	const char *digest;
	size_t picture;

	if (!find_picture(adoption, item, "name", &picture)) {
		return;
	}
	const json_t *index = json_object_get(item, "index");
	struct known_picture *known = &adoption->pictures[picture];

	digest = record->pictures[picture].digest;
	*known = (struct known_picture){
		.there = true,
		.same = *digest != '\0'
				&& is_text(json_object_get(item, "sha256"), digest),
		.same_target = has_target(&record->plan->pictures[picture], item),
		.same_index = json_is_integer(index)
				&& json_integer_value(index) == (json_int_t)picture,
	};
}

static void know_done(const struct adoption *adoption, const json_t *item)
{
	const struct plan_job *job = find_job(adoption, item, "job");
	size_t picture = RECORD_NO_PICTURE;

	if (job != NULL && job->selected
			&& (job_is_once(job) ? json_is_null(json_object_get(item,
					    "picture"))
					     : find_picture(adoption, item, "picture",
							     &picture))) {
		record_done(adoption->record,
				&adoption->record->jobs[place_of(adoption, job)],
				picture);
	}
}

static cnnviz_status know_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	const struct adoption *adoption = context;

	(void)index;
	(void)error;
	if (strcmp(list, "jobs") == 0) {
		know_job(adoption, item);
	} else if (strcmp(list, "pictures") == 0) {
		know_picture(adoption, item);
	} else {
		know_done(adoption, item);
	}
	return CNNVIZ_OK;
}

/* ---- What may be adopted --------------------------------------------------------- */

static bool has_own_target(const struct plan_job *job)
{
	return job->neuron != 0 || job_common_value(job, "target")->set;
}

/** Whether a job, or one whose maps it uses, draws random numbers */
static bool draws(const struct adoption *adoption, const struct plan_job *job)
{
	bool any = adoption->jobs[place_of(adoption, job)].draws;

	for (size_t i = 0; i < job->need_count && !any; i++) {
		any = draws(adoption, job->needs[i]);
	}
	return any;
}

/** Whether what a job makes of a picture now is what it made then */
static bool is_valid(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	const struct known_picture *known;

	if (!adoption->jobs[place_of(adoption, job)].same) {
		return false;
	}
	if (picture == RECORD_NO_PICTURE) {
		return !job->elsewhere;
	}
	known = &adoption->pictures[picture];
	return known->same && (known->same_target || has_own_target(job))
			&& (known->same_index || !draws(adoption, job))
			&& !adoption->record->plan->pictures[picture].elsewhere;
}

/** Take back of what is done what would be another result now. */
static void choose(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	struct record *record = adoption->record;
	const struct known_job *known = &adoption->jobs[place_of(adoption, job)];
	struct record_job *entry = &record->jobs[place_of(adoption, job)];

	if (known->whole && job->selected
			&& (job_is_once(job) || adoption->pictures[picture].there)) {
		record_done(record, entry, picture);
	}
	if (record_is_finished(record, job, picture)
			&& !is_valid(adoption, job, picture)) {
		adoption->result->others += known->same;
		record_undo(record, entry, picture);
	}
}

/** Call a function for each result that the plan's jobs can have. */
static void for_each_result(const struct adoption *adoption,
		void (*call)(const struct adoption *adoption, const struct plan_job *job,
				size_t picture))
{
	const struct plan *plan = adoption->record->plan;

	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];

		if (job_is_once(job)) {
			call(adoption, job, RECORD_NO_PICTURE);
			continue;
		}
		for (size_t k = 0; k < plan->picture_count; k++) {
			call(adoption, job, k);
		}
	}
}

/* ---- The second reading --------------------------------------------------------- */

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
	free(entry->failure);
	free(entry->input);
	free(entry->sheet);
	*entry = empty;
}

static void take_picture(const struct adoption *adoption, const json_t *item)
{
	size_t picture;

	if (!adoption->same || !find_picture(adoption, item, "name", &picture)
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
	*job = find_job(adoption, item, "job");
	*picture = RECORD_NO_PICTURE;
	return *job != NULL
			&& (!json_is_string(json_object_get(item, "picture"))
					|| find_picture(adoption, item, "picture",
							picture));
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
				&adoption->record->jobs[place_of(adoption, job)],
				picture);
	}
}

/** Whether what a job says is said by this run as well, though it does not do that */
static bool is_kept(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	if (!job->selected) {
		return picture != RECORD_NO_PICTURE
				? is_valid(adoption, job, picture)
				: adoption->jobs[place_of(adoption, job)].same;
	}
	return picture != RECORD_NO_PICTURE || job_is_once(job)
			? record_is_finished(adoption->record, job, picture)
			: adoption->record->jobs[place_of(adoption, job)].done > 0;
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

static cnnviz_status take_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	(void)context;
	(void)name;
	(void)value;
	(void)error;
	return CNNVIZ_OK;
}

static cnnviz_status take_item(void *context, const char *list, size_t index,
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

/* ---- Packs ---------------------------------------------------------------------- */

/** The artifacts of a job, and how many rows of each of its packs are adopted */
struct rows {
	const struct record_artifact *artifacts; /* sorted by pictures */
	size_t count, next;
	const char **paths;
	int64_t *rows; /* as many as paths */
	size_t path_count;
};

/** Whether a packed artifact has the next row of its pack */
static bool is_next_row(struct rows *rows, const struct record_artifact *artifact)
{
	const char *path = record_array_path(artifact);
	size_t i = 0;

	while (i < rows->path_count && strcmp(rows->paths[i], path) != 0) {
		i++;
	}
	if (i == rows->path_count) {
		rows->paths = memory_grow(rows->paths, i, sizeof(*rows->paths));
		rows->rows = memory_grow(rows->rows, i, sizeof(*rows->rows));
		rows->paths[i] = path;
		rows->rows[i] = 0;
		rows->path_count++;
	}
	return artifact->row == rows->rows[i]++;
}

/** Whether all that is packed of a picture lies in the rows behind those before */
static bool are_next_rows(struct rows *rows, size_t picture)
{
	bool next = true;

	while (rows->next < rows->count
			&& rows->artifacts[rows->next].picture < picture) {
		rows->next++;
	}
	while (rows->next < rows->count
			&& rows->artifacts[rows->next].picture == picture) {
		const struct record_artifact *artifact = &rows->artifacts[rows->next++];

		next = (!artifact->packed || is_next_row(rows, artifact)) && next;
	}
	return next;
}

/**
 * Rows stand in the order in which pictures go by. So what is adopted of a job ends before the
 * first picture that is to be done; where pictures go by in the order of their sizes, all is
 * adopted or nothing.
 */
static void adopt_rows(const struct adoption *adoption, struct rows *rows,
		struct record_job *job)
{
	const struct plan *plan = adoption->record->plan;
	bool sorted = plan->size_free && plan->batch > 1;
	bool going = !sorted || job->done == plan_own_pictures(plan);

	for (size_t k = 0; k < plan->picture_count; k++) {
		bool next = are_next_rows(rows, k);

		if (plan->pictures[k].elsewhere) {
			continue;
		}
		going = going && record_is_finished(adoption->record, job->plan, k)
				&& (sorted || next);
		if (!going) {
			record_undo(adoption->record, job, k);
		}
	}
	free(rows->paths);
	free(rows->rows);
}

static void adopt_packs(const struct adoption *adoption)
{
	struct record *record = adoption->record;
	size_t next = 0;

	record_sort(record);
	while (next < record->artifact_count) {
		const struct plan_job *job = record->artifacts[next].job;
		struct rows rows = { .artifacts = &record->artifacts[next] };
		bool packed = false;

		for (; next < record->artifact_count
				&& record->artifacts[next].job == job;
				next++) {
			packed = packed || record->artifacts[next].packed;
			rows.count++;
		}
		if (packed) {
			adopt_rows(adoption, &rows,
					&record->jobs[place_of(adoption, job)]);
		}
	}
}

/* ---- The end -------------------------------------------------------------------- */

/** Remove what belongs to results that turned out to be damaged. */
static void drop_damaged(const struct adoption *adoption)
{
	struct record *record = adoption->record;
	size_t kept = 0;

	for (size_t i = 0; i < record->artifact_count; i++) {
		struct record_artifact *artifact = &record->artifacts[i];

		if (record_is_finished(record, artifact->job, artifact->picture)) {
			record->artifacts[kept++] = *artifact;
		} else {
			record_artifact_clear(artifact);
		}
	}
	record->artifact_count = kept;
	kept = 0;
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

static void count_result(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	adoption->result->results += record_is_finished(adoption->record, job, picture);
}

static void note_draws(const struct adoption *adoption)
{
	for (size_t i = 0; i < adoption->record->plan->job_count; i++) {
		struct record_job *job = &adoption->record->jobs[i];

		job->draws = job->draws
				|| (adoption->jobs[i].same && adoption->jobs[i].draws);
	}
}

/** Read the journal of a run or a shard or, without one, its manifest; false without both. */
static bool read_run(const struct adoption *adoption, struct plan_shard shard,
		const struct manifest_visitor *visitor)
{
	char *journal = run_file_name(RUN_FILE_JOURNAL, shard);
	char *manifest = run_file_name(RUN_FILE_MANIFEST, shard);
	FILE *file = folder_open_file(adoption->folder, journal);
	struct error error;
	bool found = file != NULL;

	if (found) {
		journal_read(file, visitor);
	} else {
		file = folder_open_file(adoption->folder, manifest);
		found = file != NULL && manifest_read(file, visitor, &error) == CNNVIZ_OK;
	}
	if (file != NULL) {
		fclose(file);
	}
	free(manifest);
	free(journal);
	return found;
}

/**
 * Read what shards have made before they were joined, or a whole run. When another shard
 * begins, it sets that aside.
 */
static bool read_joined(const struct adoption *adoption,
		const struct manifest_visitor *visitor)
{
	const struct plan_shard whole = { 0, 0 };
	FILE *file;
	struct error error;
	bool found = read_run(adoption, whole, visitor);

	file = found ? NULL : folder_open_file(adoption->folder, EARLIER_MANIFEST);
	if (file != NULL) {
		found = manifest_read(file, visitor, &error) == CNNVIZ_OK;
		fclose(file);
	}
	return found;
}

/** Read what the earlier run has left; of a whole one that was not merged, its shards. */
static bool read_earlier(const struct adoption *adoption,
		const struct manifest_visitor *visitor)
{
	const struct plan *plan = adoption->record->plan;
	struct shard_files files = { NULL, 0 };
	bool found = read_run(adoption, plan->shard, visitor);

	if (!found && plan->shard.count > 0) {
		return read_joined(adoption, visitor);
	}
	if (!found) {
		files = shard_files_list(plan->output, plan->shard);
	}
	for (size_t i = 0; i < files.count; i++) {
		bool first = i == 0
				|| memcmp(&files.items[i].shard,
						   &files.items[i - 1].shard,
						   sizeof(files.items[i].shard))
						!= 0;

		if (first && files.items[i].kind != RUN_FILE_LOCK) {
			found = read_run(adoption, files.items[i].shard, visitor)
					|| found;
		}
	}
	shard_files_free(&files);
	return found;
}

static void adopt(struct adoption *adoption)
{
	static const char *const known[] = { "jobs", "pictures", "done", NULL };
	static const char *const taken[] = { "pictures", "artifacts", "warnings", "rules",
		NULL };
	const struct manifest_visitor know = { known, know_member, know_item, adoption };
	const struct manifest_visitor take = { taken, take_member, take_item, adoption };

	adoption->result->found = read_earlier(adoption, &know);
	for_each_result(adoption, choose);
	if (adoption->result->found) {
		read_earlier(adoption, &take);
	}
	drop_damaged(adoption);
	adopt_packs(adoption);
	drop_damaged(adoption);
	note_draws(adoption);
	for_each_result(adoption, count_result);
}

struct adopted adopt_earlier(struct record *record)
{
	const struct plan *plan = record->plan;
	struct adopted result = {
		.reasons = memory_new(plan->job_count, sizeof(*result.reasons)),
	};
	struct adoption adoption = {
		.record = record,
		.result = &result,
		.pictures = memory_new(plan->picture_count, sizeof(*adoption.pictures)),
		.jobs = memory_new(plan->job_count, sizeof(*adoption.jobs)),
		.folder = open(plan->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};

	if (adoption.folder >= 0) {
		index_names(&adoption);
		adopt(&adoption);
		close(adoption.folder);
	}
	name_index_free(&adoption.names);
	free(adoption.jobs);
	free(adoption.pictures);
	return result;
}

void adopted_free(struct adopted *adopted)
{
	free(adopted->reasons);
	*adopted = (struct adopted){ 0 };
}
