/**
 * \file    evaluate/merge.c
 * \brief   Joins what the shards of an evaluation have measured
 */
#include "evaluate/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "evaluate/portion_file.h"
#include "evaluate/report.h"
#include "output/claim.h"
#include "output/command.h"
#include "output/shard_files.h"
#include "plan/plugin_file.h"

/** The files that are joined, and what becomes of them */
struct merger {
	struct portion *files; /* by shard */
	size_t count;
	struct problems *problems; /* of the plan */
	struct command command;    /* that the plan is of */
	char *former;              /* the current folder before that of the command */
	struct plan *plan;
	struct evaluation *evaluation;
	bool *seen; /* for each target, whether a file has it */
};

/* ---- Files --------------------------------------------------------------------- */

static cnnviz_status add_portion(struct merger *merger, const char *folder,
		struct plan_shard shard, struct error *error)
{
	char *name = run_file_name(RUN_FILE_EVALUATION, shard);
	char *path = path_join(folder, name);

	merger->files = memory_resize(merger->files, merger->count + 1,
			sizeof(*merger->files));
	cnnviz_status status = portion_open(path, &merger->files[merger->count++], error);

	free(path);
	free(name);
	return status;
}

static cnnviz_status find_files(struct merger *merger, const char *folder,
		struct error *error)
{
	struct shard_files files = shard_files_list(folder, (struct plan_shard){ 0, 0 });
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < files.count && status == CNNVIZ_OK; i++) {
		if (files.items[i].kind == RUN_FILE_EVALUATION) {
			status = add_portion(merger, folder, files.items[i].shard, error);
		}
	}
	shard_files_free(&files);
	return status;
}

static int compare_files(const void *left, const void *right)
{
	const struct portion *a = left, *b = right;

	return a->shard.index < b->shard.index ? -1 : a->shard.index > b->shard.index;
}

/** The files must be of one evaluation in so many shards, and none of them twice. */
static cnnviz_status sort_files(struct merger *merger, struct error *error)
{
	qsort(merger->files, merger->count, sizeof(*merger->files), compare_files);
	for (size_t i = 1; i < merger->count; i++) {
		const struct portion *file = &merger->files[i], *before = file - 1;

		if (file->shard.count != before->shard.count) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"%s is of an evaluation in %zu shards, and %s of "
					"one in %zu; remove those that do not belong to "
					"it",
					before->path, before->shard.count, file->path,
					file->shard.count);
		}
		if (file->shard.index == before->shard.index) {
			return error_set(error, CNNVIZ_ERROR_INPUT,
					"%s and %s are of the same shard; remove one",
					before->path, file->path);
		}
	}
	return CNNVIZ_OK;
}

static cnnviz_status read_files(struct merger *merger,
		const struct evaluation_merge *merge, struct error *error)
{
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < merge->folder_count && status == CNNVIZ_OK; i++) {
		status = find_files(merger, merge->folders[i], error);
	}
	if (status == CNNVIZ_OK && merger->count == 0) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"%s has no file that a shard of an evaluation has "
				"written",
				merge->folders[0]);
	}
	return status == CNNVIZ_OK ? sort_files(merger, error) : status;
}

/* ---- The evaluation ------------------------------------------------------------ */

/** Change a command as the user says. */
static void change_command(struct command *command, const struct evaluation_merge *merge)
{
	size_t count = 0;

	if (merge->ini != NULL) {
		free(command->ini);
		command->ini = path_absolute(merge->ini);
	}
	while (command->set[count] != NULL) {
		count++;
	}
	for (size_t i = 0; merge->overrides != NULL && merge->overrides[i] != NULL; i++) {
		command->set = memory_resize(command->set, count + 2,
				sizeof(*command->set));
		command->set[count++] = memory_text(merge->overrides[i]);
		command->set[count] = NULL;
	}
}

/** Read plan and annotations as the shards did; false when there were problems. */
static bool make_evaluation(struct merger *merger, const struct evaluation_merge *merge,
		struct error *error)
{
	const struct portion *file = &merger->files[0];
	struct annotations *annotations = NULL;

	if (command_from_json(json_object_get(file->head, "command"), &merger->command,
			    error)
			!= CNNVIZ_OK) {
		error_prefix(error, "%s: command", file->path);
		return false;
	}
	change_command(&merger->command, merge);
	if (command_enter(&merger->command, &merger->former, error) != CNNVIZ_OK) {
		return false;
	}
	merger->plan = command_plan(&merger->command, PLAN_FOR_EVALUATION,
			merger->problems);
	if (merger->plan == NULL && merge->ini == NULL) {
		problems_add(merger->problems, NULL, 0, NULL, NULL,
				"the plan of %s cannot be made again; if its INI file is "
				"elsewhere now, give that with --from",
				file->path);
	}
	if (merger->plan != NULL) {
		annotations = annotations_read(merger->plan, merger->problems);
	}
	if (annotations != NULL) {
		plugin_files_digest(merger->plan);
		model_digest(merger->plan->model);
		merger->evaluation = evaluation_create(merger->plan, annotations);
		merger->seen = memory_new(merger->evaluation->target_count, 1);
	}
	return annotations != NULL;
}

/** What measured: of all shards the same, or one after the other. Malloc'ed */
static char *join_engines(const struct merger *merger)
{
	char *engines = memory_text(merger->files[0].engine);

	for (size_t i = 1; i < merger->count; i++) {
		size_t k = 0;

		while (strcmp(merger->files[k].engine, merger->files[i].engine) != 0) {
			k++;
		}
		if (k == i) {
			char *more = memory_format("%s; %s", engines,
					merger->files[i].engine);

			free(engines);
			engines = more;
		}
	}
	return engines;
}

static cnnviz_status add_files(struct merger *merger, struct error *error)
{
	struct evaluation *evaluation = merger->evaluation;
	cnnviz_status status = portion_begin(&merger->files[0], evaluation, error);
	json_t *shared = portion_shared(evaluation);

	for (size_t i = 0; i < merger->count && status == CNNVIZ_OK; i++) {
		status = portion_add(&merger->files[i], evaluation, shared, merger->seen,
				error);
	}
	evaluation->engine = join_engines(merger);
	json_decref(shared);
	return status;
}

/* ---- What is missing ----------------------------------------------------------- */

/** Count for each shard its objects that no file has; new */
static size_t *count_missing(const struct merger *merger)
{
	const struct evaluation *evaluation = merger->evaluation;
	size_t shards = merger->files[0].shard.count;
	size_t *counts = memory_new(shards, sizeof(*counts));

	for (size_t i = 0; i < evaluation->target_count; i++) {
		if (!merger->seen[i]) {
			counts[target_shard(evaluation, i, shards) - 1]++;
		}
	}
	return counts;
}

/** Say which shards are missing, and print what measures them; whether there are any. */
static bool tell_missing(const struct merger *merger, const char *folder)
{
	size_t shards = merger->files[0].shard.count;
	size_t *counts = count_missing(merger);
	bool missing = false;

	for (size_t i = 0; i < shards; i++) {
		if (counts[i] > 0) {
			missing = true;
			log_write(LOG_LEVEL_ERROR,
					"shard %zu of %zu is missing, with %zu of %zu "
					"objects",
					i + 1, shards, counts[i],
					merger->evaluation->target_count);
		}
	}
	for (size_t i = 0; i < shards; i++) {
		if (counts[i] > 0) {
			char *line = command_line(&merger->command, "evaluate",
					(struct plan_shard){ i + 1, shards }, folder);

			puts(line);
			free(line);
		}
	}
	free(counts);
	return missing;
}

/* ---- Reports ------------------------------------------------------------------- */

static int write_reports(const struct evaluation *evaluation, const char *folder)
{
	struct claim claim;
	struct error error;
	cnnviz_status status = claim_take(folder, (struct plan_shard){ 0, 0 }, &claim,
			&error);

	if (status == CNNVIZ_OK) {
		status = report_write(evaluation, folder, &error);
		claim_release(&claim);
	}
	if (status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		return status == CNNVIZ_ERROR_INPUT ? RUN_EXIT_INPUT
						    : RUN_EXIT_JOB_FAILED;
	}
	report_print(evaluation, false);
	log_write(LOG_LEVEL_INFO, "the report is %s/index.html", folder);
	return evaluation_any_failure(evaluation) ? RUN_EXIT_JOB_FAILED : RUN_EXIT_DONE;
}

/** Release everything; returns the exit code. */
static int merger_end(struct merger *merger, int code)
{
	struct error error;

	if (command_leave(merger->former, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
		code = RUN_EXIT_INPUT;
	}
	if (merger->evaluation != NULL) {
		evaluation_free(merger->evaluation);
	}
	plan_free(merger->plan);
	command_clear(&merger->command);
	for (size_t i = 0; i < merger->count; i++) {
		portion_close(&merger->files[i]);
	}
	free(merger->files);
	free(merger->seen);
	return code;
}

int evaluation_merge(const struct evaluation_merge *merge, struct problems *problems)
{
	struct merger merger = { .problems = problems };
	struct error error = { 0 };
	int code = RUN_EXIT_INPUT;

	if (read_files(&merger, merge, &error) == CNNVIZ_OK
			&& make_evaluation(&merger, merge, &error)
			&& add_files(&merger, &error) == CNNVIZ_OK) {
		code = tell_missing(&merger, merge->folders[0])
				? RUN_EXIT_JOB_FAILED
				: write_reports(merger.evaluation, merge->output);
	}
	if (error.status != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
	}
	return merger_end(&merger, code);
}
