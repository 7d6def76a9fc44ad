/**
 * \file    run/merge_files.c
 * \brief   Brings the files of joined results into one folder, and misses those that are gone
 */
#include "config.h"

#include "run/merge_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "output/thumbnail.h"

/** Where files come from, and where they go */
struct bringing {
	const struct sources *sources;
	int *folders; /* open, one for each of the sources' */
	const char *output;
	struct lost_files *lost;
	struct error *error;
	/* The latest file: packs have many rows in turn */
	char *path;
	size_t folder;
	bool there;
};

static void note_lost(struct lost_files *lost, const char *path)
{
	if (lost->count < sizeof(lost->first) / sizeof(*lost->first)) {
		lost->first[lost->count] = memory_text(path);
	}
	lost->count++;
}

static cnnviz_status bring(const struct bringing *bringing, size_t folder,
		const char *path)
{
	const char *from = bringing->sources->folders[folder];
	char *old = path_join(from, path), *new = path_join(bringing->output, path);
	char *parent = path_folder(new);
	cnnviz_status status = folder_create(parent, bringing->error);

	if (status == CNNVIZ_OK) {
		status = file_bring(old, new, bringing->error);
	}
	free(parent);
	free(new);
	free(old);
	return status;
}

/** Look for a file, and have it in the output folder; the first error is kept. */
static bool find(const struct bringing *bringing, size_t folder, const char *path)
{
	struct stat status;

	if (folder_find_file(bringing->folders[folder], path, &status) != 0) {
		note_lost(bringing->lost, path);
		return false;
	}
	if (strcmp(bringing->sources->folders[folder], bringing->output) != 0
			&& bringing->error->status == CNNVIZ_OK) {
		bring(bringing, folder, path);
	}
	return true;
}

/** Whether a file, if it is one, is in the output folder now */
static bool have(struct bringing *bringing, size_t folder, const char *path)
{
	if (path == NULL) {
		return true;
	}
	if (bringing->path == NULL || bringing->folder != folder
			|| strcmp(bringing->path, path) != 0) {
		free(bringing->path);
		bringing->path = memory_text(path);
		bringing->folder = folder;
		bringing->there = find(bringing, folder, path);
	}
	return bringing->there;
}

/** Likewise a picture and its smaller copy, if it has one */
static bool have_picture(struct bringing *bringing, size_t folder, const char *path,
		int64_t width, int64_t height)
{
	char *copy = path != NULL && thumbnail_is_made(width, height)
			? thumbnail_path(path)
			: NULL;
	bool there = have(bringing, folder, path);

	there = have(bringing, folder, copy) && there;
	free(copy);
	return there;
}

/** Take what is said of a picture out of the record. */
static void forget(const struct record *record, size_t index)
{
	struct record_picture *picture = &record->pictures[index];

	record_picture_clear(picture);
	picture->target = record->plan->pictures[index].target;
}

static void bring_pictures(struct bringing *bringing, const struct record *record)
{
	for (size_t i = 0; i < record->plan->picture_count && !interrupt_requested()
			&& bringing->error->status == CNNVIZ_OK;
			i++) {
		struct record_picture *picture = &record->pictures[i];

		if (!picture->done) {
			continue;
		}
		if (!have_picture(bringing, picture->origin, picture->input,
				    picture->width, picture->height)) {
			forget(record, i);
		} else if (!have(bringing, picture->origin, picture->sheet)) {
			free(picture->sheet); /* it is made again */
			picture->sheet = NULL;
		}
	}
}

static void bring_artifacts(struct bringing *bringing, struct record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->artifact_count; i++) {
		struct record_artifact *artifact = &record->artifacts[i];
		bool stop = bringing->error->status != CNNVIZ_OK || interrupt_requested();

		if (stop
				|| (have_picture(bringing, artifact->origin,
						    artifact->path, artifact->width,
						    artifact->height)
						&& have(bringing, artifact->origin,
								artifact->array))) {
			record->artifacts[kept++] = *artifact;
			continue;
		}
		record_undo(record, &record->jobs[artifact->job - record->plan->jobs],
				artifact->picture);
		record_artifact_clear(artifact);
	}
	record->artifact_count = kept;
}

cnnviz_status merge_bring_files(struct record *record, const struct sources *sources,
		struct lost_files *lost, struct error *error)
{
	struct bringing bringing = {
		.sources = sources,
		.folders = memory_new(sources->folder_count, sizeof(*bringing.folders)),
		.output = record->plan->output,
		.lost = lost,
		.error = error,
	};

	*error = (struct error){ 0 };
	for (size_t i = 0; i < sources->folder_count; i++) {
		bringing.folders[i] = open(sources->folders[i],
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	bring_pictures(&bringing, record);
	bring_artifacts(&bringing, record);
	record_drop_unfinished(record);
	for (size_t i = 0; i < sources->folder_count; i++) {
		if (bringing.folders[i] >= 0) {
			close(bringing.folders[i]);
		}
	}
	free(bringing.folders);
	free(bringing.path);
	if (error->status == CNNVIZ_OK && interrupt_requested()) {
		return error_set(error, CNNVIZ_ERROR_CANCELED, "interrupted");
	}
	return error->status;
}

void lost_files_free(struct lost_files *lost)
{
	for (size_t i = 0; i < sizeof(lost->first) / sizeof(*lost->first); i++) {
		free(lost->first[i]);
	}
	*lost = (struct lost_files){ 0 };
}
