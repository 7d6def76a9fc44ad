/**
 * \file    output/claim.c
 * \brief   The right of one run to write into an output folder
 */
#include "output/claim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "output/gallery_pages.h"
#include "output/manifest.h"
#include "output/shard_files.h"

/* ---- Claiming -------------------------------------------------------------------- */

/** Length of the longest part of a path that is there already */
static size_t length_existing(const char *path)
{
	char *part = memory_text(path);
	size_t length = strlen(part);

	while (length > 0 && !path_is_folder(part)) {
		while (length > 0 && part[--length] != '/') {
		}
		part[length] = '\0';
	}
	free(part);
	return length;
}

/** Remove what claim_take() has made of the folder, as far as it is empty. */
static void remove_emptied(const struct claim *claim)
{
	char *part = memory_text(claim->output);
	size_t length = strlen(part);

	while (length > claim->existing && rmdir(part) == 0) {
		while (length > claim->existing && part[--length] != '/') {
		}
		part[length] = '\0';
	}
	free(part);
}

/** How often a folder is made again that another process has removed as empty */
#define ATTEMPTS 10

/** Hold a file of the folder, which is made; *holder is as of lock_take() */
static cnnviz_status hold(const struct claim *claim, const char *name, bool shared,
		struct lock **lock, long *holder, struct error *error)
{
	char *path = path_join(claim->output, name);
	cnnviz_status status = CNNVIZ_OK;

	for (int i = 0; i < ATTEMPTS; i++) {
		status = folder_create(claim->output, error);
		if (status == CNNVIZ_OK) {
			status = (shared ? lock_share : lock_take)(path, lock, holder,
					error);
		}
		if (status == CNNVIZ_OK || *holder != 0
				|| path_is_folder(claim->output)) {
			break;
		}
	}
	free(path);
	return status;
}

/** Say that somebody else has claimed the folder. */
static cnnviz_status refuse(const char *what, const char *output, long holder,
		struct error *error)
{
	char *process = holder > 0 ? memory_format(" (process %ld)", holder)
				   : memory_text("");
	cnnviz_status status = error_set(error, CNNVIZ_ERROR_INPUT,
			"%s%s is writing into %s; wait until it has ended, or give this "
			"one another folder with -o",
			what, process, output);

	free(process);
	return status;
}

/** Shards of a folder are those of one division of a run. */
static cnnviz_status check_others(const char *output, struct plan_shard shard,
		struct error *error)
{
	struct shard_files files = shard_files_list(output, shard);
	cnnviz_status status = CNNVIZ_OK;

	for (size_t i = 0; i < files.count && status == CNNVIZ_OK; i++) {
		const struct shard_file *file = &files.items[i];

		if (file->shard.count == shard.count) {
			continue;
		}
		char *name = run_file_name(file->kind, file->shard);

		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"--shard %zu/%zu: %s has %s, of a run in %zu shards; "
				"join those with `cnnviz merge`, remove it if they are "
				"not wanted, or give another folder with -o",
				shard.index, shard.count, output, name,
				file->shard.count);
		free(name);
	}
	shard_files_free(&files);
	return status;
}

static cnnviz_status take_shard(struct claim *claim, struct plan_shard shard,
		struct error *error)
{
	char *name = run_file_name(RUN_FILE_LOCK, shard);
	char *what = memory_format("shard %zu/%zu of another run", shard.index,
			shard.count);
	long holder = 0;
	cnnviz_status status = hold(claim, name, false, &claim->shard, &holder, error);

	if (holder != 0) {
		status = refuse(what, claim->output, holder, error);
	}
	free(what);
	free(name);
	return status == CNNVIZ_OK ? check_others(claim->output, shard, error) : status;
}

cnnviz_status claim_take(const char *output, struct plan_shard shard, struct claim *claim,
		struct error *error)
{
	char *name = run_file_name(RUN_FILE_LOCK, (struct plan_shard){ 0, 0 });
	bool whole = shard.count == 0;
	long holder = 0;

	*claim = (struct claim){
		.output = memory_text(output),
		.existing = length_existing(output),
	};
	cnnviz_status status = hold(claim, name, !whole, &claim->lock, &holder, error);

	if (holder != 0) {
		status = refuse("another run", output, holder, error);
	}
	free(name);
	if (status == CNNVIZ_OK && !whole) {
		status = take_shard(claim, shard, error);
	}
	if (status != CNNVIZ_OK) {
		claim_release(claim);
	}
	return status;
}

void claim_release(struct claim *claim)
{
	lock_release(claim->shard);
	lock_release(claim->lock);
	if (claim->output != NULL) {
		remove_emptied(claim);
	}
	free(claim->output);
	*claim = (struct claim){ .output = NULL };
}

/* ---- What earlier runs have left --------------------------------------------------- */

/**
 * Sweep the folder of a job, or of the inputs
 *
 * \param   path    Begins with its name; it may come from a manifest
 */
static void sweep_folder(const struct plan *plan, const char *path)
{
	char *name = memory_text_n(path, strcspn(path, "/"));
	char *folder = path_join(plan->output, name);

	if (path_stays_below(name)) {
		writer_remove_stale(folder, 0, WRITER_DEPTH);
	}
	free(folder);
	free(name);
}

/** Whether a sorted list's path begins with the same folder as the one before it */
static bool is_in_same_folder(const struct earlier *earlier, size_t i)
{
	size_t length = strcspn(earlier->paths[i], "/");

	return i > 0
			&& strncmp(earlier->paths[i - 1], earlier->paths[i], length + 1)
			== 0;
}

void claim_sweep(const struct plan *plan, const struct earlier *earlier)
{
	writer_remove_stale(plan->output, 0, 0);
	sweep_folder(plan, "input");
	for (size_t i = 0; i < plan->job_count; i++) {
		sweep_folder(plan, plan->jobs[i].name);
	}
	for (size_t i = 0; i < earlier->job_count; i++) {
		sweep_folder(plan, earlier->jobs[i]);
	}
	for (size_t i = 0; i < earlier->count; i++) {
		if (!is_in_same_folder(earlier, i)) {
			sweep_folder(plan, earlier->paths[i]);
		}
	}
}

/* ---- The mark ---------------------------------------------------------------------- */

/** Remove what shards have said of themselves: the manifest of the whole run does now. */
static void remove_shards(const char *output)
{
	char *earlier = path_join(output, EARLIER_MANIFEST);

	shard_files_remove(output, RUN_FILE_MANIFEST);
	shard_files_remove(output, RUN_FILE_JOURNAL);
	shard_files_remove(output, RUN_FILE_LOCK);
	unlink(earlier);
	free(earlier);
}

/** What a whole run has said of the folder is of an earlier one from now on. */
static void set_aside(const char *output)
{
	char *manifest = path_join(output, "manifest.json");
	char *earlier = path_join(output, EARLIER_MANIFEST);

	rename(manifest, earlier);
	free(earlier);
	free(manifest);
}

/** Remove the gallery of the earlier run, all of its pages. */
static void remove_gallery(const char *output, const struct earlier *earlier)
{
	char *gallery = path_join(output, "index.html");

	unlink(gallery);
	free(gallery);
	for (size_t i = 0; i < earlier->count; i++) {
		if (gallery_pages_is_name(earlier->paths[i])) {
			char *page = path_join(output, earlier->paths[i]);

			unlink(page);
			free(page);
		}
	}
}

cnnviz_status claim_mark(struct record *record, const struct earlier *earlier,
		struct error *error)
{
	const char *output = record->plan->output;

	/* For this manifest alone: what becomes of these files is known only at the end. */
	record->under_way = true;
	record->earlier = earlier->paths;
	record->earlier_count = earlier->count;
	cnnviz_status status = manifest_write(record, error);

	record->under_way = false;
	record->earlier = NULL;
	record->earlier_count = 0;
	if (status == CNNVIZ_OK) {
		(record->plan->shard.count == 0 ? remove_shards : set_aside)(output);
		remove_gallery(output, earlier);
	}
	return status;
}
