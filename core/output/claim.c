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
#include "output/manifest.h"

/** Hidden, as no job's folder is */
#define LOCK_NAME ".cnnviz-lock"

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

cnnviz_status claim_take(const char *output, struct claim *claim, struct error *error)
{
	char *path = path_join(output, LOCK_NAME);
	long holder = 0;

	*claim = (struct claim){
		.output = memory_text(output),
		.existing = length_existing(output),
	};
	cnnviz_status status = folder_create(output, error);

	if (status == CNNVIZ_OK) {
		status = lock_take(path, &claim->lock, &holder, error);
	}
	if (holder != 0) {
		char *process = holder > 0 ? memory_format(" (process %ld)", holder)
					   : memory_text("");

		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"another run%s is writing into %s; wait until it has "
				"ended, or give this one another folder with -o",
				process, output);
		free(process);
	}
	free(path);
	if (status != CNNVIZ_OK) {
		claim_release(claim);
	}
	return status;
}

void claim_release(struct claim *claim)
{
	lock_release(claim->lock);
	if (claim->output != NULL) {
		remove_emptied(claim);
	}
	free(claim->output);
	*claim = (struct claim){ NULL, NULL, 0 };
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

cnnviz_status claim_mark(struct record *record, const struct earlier *earlier,
		struct error *error)
{
	char *gallery = path_join(record->plan->output, "index.html");

	/* For this manifest alone: what becomes of these files is known only at the end. */
	record->under_way = true;
	record->earlier = earlier->paths;
	record->earlier_count = earlier->count;
	cnnviz_status status = manifest_write(record, error);

	record->under_way = false;
	record->earlier = NULL;
	record->earlier_count = 0;
	if (status == CNNVIZ_OK) {
		unlink(gallery);
	}
	free(gallery);
	return status;
}
