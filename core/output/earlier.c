/**
 * \file    output/earlier.c
 * \brief   The files that an earlier run left in the output folder
 */
#include "output/earlier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "output/gallery_pages.h"
#include "output/journal_read.h"
#include "output/manifest_read.h"
#include "output/pack_index.h"
#include "output/shard_files.h"
#include "output/thumbnail.h"
#include "plan/files.h"

static int open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- Reading the manifest ------------------------------------------------------ */

/**
 * Whether a path has the form JOB/NAME.EXTENSION or JOB/PICTURE/NAME.EXTENSION; no job's
 * folder is hidden. Or it is a page of the gallery.
 */
static bool is_result(const char *path)
{
	static const char *const extensions[] = { ".png", ".jpg", ".npy", ".csv", ".gif",
		".svg" };
	size_t length = strlen(path), folders = 0;
	bool known = false;

	for (size_t i = 0; i < sizeof(extensions) / sizeof(*extensions); i++) {
		known = known
				|| (length > 4
						&& strcmp(path + length - 4,
								   extensions[i])
								== 0);
	}
	for (size_t i = 0; i < length; i++) {
		folders += path[i] == '/';
	}
	return gallery_pages_is_name(path)
			|| (known && (folders == 1 || folders == 2) && path[0] != '.'
					&& path_stays_below(path));
}

/** A manifest's list, and the folder in which its files are */
struct reader {
	struct earlier *earlier;
	size_t room; /* for paths */
	int folder;
	bool known; /* it is one of this program */
	char *pack; /* the latest, which many rows in turn are of */
};

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/** Sort the paths, and drop those that are listed twice. */
static void sort_paths(struct earlier *earlier)
{
	size_t kept = 0;

	if (earlier->count > 0) {
		qsort(earlier->paths, earlier->count, sizeof(*earlier->paths),
				compare_paths);
	}
	for (size_t i = 0; i < earlier->count; i++) {
		if (kept > 0
				&& strcmp(earlier->paths[kept - 1], earlier->paths[i])
						== 0) {
			free(earlier->paths[i]);
		} else {
			earlier->paths[kept++] = earlier->paths[i];
		}
	}
	earlier->count = kept;
}

/**
 * Make room for a path. A manifest may list a file any number of times: so no more is kept
 * than twice what is there.
 */
static void make_room(struct reader *reader)
{
	struct earlier *earlier = reader->earlier;

	if (earlier->count < reader->room) {
		return;
	}
	sort_paths(earlier);
	if (earlier->count >= reader->room / 2) {
		reader->room = reader->room > 0 ? 2 * reader->room : 64;
		earlier->paths = memory_resize(earlier->paths, reader->room,
				sizeof(*earlier->paths));
	}
}

/** Add a file if it is there, or return false; takes ownership of the path. */
static bool add_file(struct reader *reader, char *path)
{
	struct stat status;

	if (folder_find_file(reader->folder, path, &status) != 0) {
		free(path);
		return false;
	}
	make_room(reader);
	reader->earlier->paths[reader->earlier->count++] = path;
	return true;
}

/** Add a file, and the smaller copy that a picture may have. */
static void add_path(struct reader *reader, const json_t *json)
{
	char *path = json_text_value(json);

	if (path == NULL || !is_result(thumbnail_origin(path))) {
		free(path);
		return;
	}
	add_file(reader, thumbnail_path(path));
	add_file(reader, path);
}

/** Add a pack, and its index. */
static void add_pack(struct reader *reader, const json_t *json)
{
	const char *path = json_string_value(json);

	if (path == NULL || (reader->pack != NULL && strcmp(path, reader->pack) == 0)) {
		return;
	}
	free(reader->pack);
	reader->pack = memory_text(path);
	if (is_result(path)) {
		add_file(reader, pack_index_path(path));
	}
	add_path(reader, json);
}

/** Add the files of an artifact, which may be any JSON. */
static void add_artifact(struct reader *reader, const json_t *artifact)
{
	const json_t *path = json_object_get(artifact, "path");
	const json_t *array = json_object_get(artifact, "array");

	if (json_object_get(artifact, "row") == NULL) {
		add_path(reader, path);
		add_path(reader, array);
	} else if (array != NULL) {
		add_path(reader, path);
		add_pack(reader, array);
	} else {
		add_pack(reader, path);
	}
}

/** Add the name of a job whose folder is there; it may hold more than is listed. */
static void add_job(const struct reader *reader, const json_t *json)
{
	struct earlier *earlier = reader->earlier;
	char *name = json_text_value(json);
	struct stat status;
	bool wanted = name != NULL && path_stays_below(name)
			&& fstatat(reader->folder, name, &status, AT_SYMLINK_NOFOLLOW)
					== 0
			&& S_ISDIR(status.st_mode);

	for (size_t i = 0; i < earlier->job_count && wanted; i++) {
		wanted = strcmp(earlier->jobs[i], name) != 0;
	}
	if (!wanted) {
		free(name);
		return;
	}
	earlier->jobs = memory_resize(earlier->jobs, earlier->job_count + 1,
			sizeof(*earlier->jobs));
	earlier->jobs[earlier->job_count++] = name;
}

/** Add the pages of a gallery that are there behind the first one. */
static void add_pages(struct reader *reader, json_int_t count)
{
	json_int_t page = 1;

	while (page < count && add_file(reader, gallery_pages_name((size_t)page))) {
		page++;
	}
}

static cnnviz_status visit_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	struct reader *reader = context;

	(void)error;
	reader->known = reader->known
			|| (strcmp(name, "cnnviz") == 0 && json_is_string(value));
	if (strcmp(name, "gallery_pages") == 0) {
		add_pages(reader, json_integer_value(value));
	}
	return CNNVIZ_OK;
}

/** Add what an item names, which may be any JSON. */
static cnnviz_status visit_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	struct reader *reader = context;

	(void)index;
	(void)error;
	if (strcmp(list, "artifacts") == 0) {
		add_artifact(reader, item);
	} else if (strcmp(list, "pictures") == 0) {
		add_path(reader, json_object_get(item, "input"));
		add_path(reader, json_object_get(item, "contact_sheet"));
	} else if (strcmp(list, "earlier") == 0) {
		add_path(reader, item);
	} else {
		add_job(reader, json_object_get(item, "name"));
	}
	return CNNVIZ_OK;
}

static void note_time(struct earlier *earlier, time_t written)
{
	struct tm local;

	if (localtime_r(&written, &local) == NULL
			|| strftime(earlier->when, sizeof(earlier->when),
					   "%Y-%m-%d %H:%M", &local)
					== 0) {
		strcpy(earlier->when, "an unknown time");
	}
}

/** Note when a file was written. */
static void note_written(struct earlier *earlier, FILE *file)
{
	struct stat status;

	if (fstat(fileno(file), &status) == 0) {
		note_time(earlier, status.st_mtime);
	}
}

/** Take over what a manifest lists. */
static void join(struct earlier *all, struct earlier *more)
{
	all->paths = memory_resize(all->paths, all->count + more->count + 1,
			sizeof(*all->paths));
	all->jobs = memory_resize(all->jobs, all->job_count + more->job_count + 1,
			sizeof(*all->jobs));
	for (size_t i = 0; i < more->count; i++) {
		all->paths[all->count++] = more->paths[i];
	}
	for (size_t i = 0; i < more->job_count; i++) {
		all->jobs[all->job_count++] = more->jobs[i];
	}
	if (all->when[0] == '\0') {
		memcpy(all->when, more->when, sizeof(all->when));
	}
	free(more->paths);
	free(more->jobs);
}

static const char *const lists[] = { "jobs", "pictures", "artifacts", "earlier", NULL };

/** Add what a manifest of the folder lists, if it is sound from beginning to end. */
static void read_manifest(struct earlier *earlier, int folder, const char *name)
{
	struct earlier found = { 0 };
	struct reader reader = { .earlier = &found, .folder = folder };
	const struct manifest_visitor visitor = { lists, visit_member, visit_item,
		&reader };
	FILE *file = folder_open_file(folder, name);
	struct error error;

	if (file == NULL) {
		return;
	}
	if (manifest_read(file, &visitor, &error) == CNNVIZ_OK && reader.known) {
		note_written(&found, file);
		join(earlier, &found);
	} else {
		earlier_clear(&found);
	}
	free(reader.pack);
	fclose(file);
}

/** Add what a journal lists: a run that was killed has told nothing else what it has made. */
static void read_journal(struct earlier *earlier, int folder, const char *name)
{
	struct earlier found = { 0 };
	struct reader reader = { .earlier = &found, .folder = folder };
	const struct manifest_visitor visitor = { lists, visit_member, visit_item,
		&reader };
	FILE *file = folder_open_file(folder, name);

	if (file != NULL) {
		journal_read(file, &visitor);
		note_written(&found, file);
		join(earlier, &found);
		free(reader.pack);
		fclose(file);
	}
}

/** Read the manifest and the journal of a run or a shard. */
static void read_run(struct earlier *earlier, int folder, struct plan_shard shard)
{
	char *manifest = run_file_name(RUN_FILE_MANIFEST, shard);
	char *journal = run_file_name(RUN_FILE_JOURNAL, shard);

	read_manifest(earlier, folder, manifest);
	read_journal(earlier, folder, journal);
	free(journal);
	free(manifest);
}

/** Read what shards have left, and the manifest before them. */
static void read_shards(struct earlier *earlier, int folder, const char *output)
{
	struct shard_files files = shard_files_list(output, (struct plan_shard){ 0, 0 });

	for (size_t i = 0; i < files.count; i++) {
		if (files.items[i].kind != RUN_FILE_LOCK) {
			read_run(earlier, folder, files.items[i].shard);
		}
	}
	shard_files_free(&files);
	read_manifest(earlier, folder, EARLIER_MANIFEST);
}

struct earlier earlier_read(const char *output, struct plan_shard shard)
{
	struct earlier earlier = { 0 };
	int folder = open_folder(output);

	if (folder >= 0) {
		read_run(&earlier, folder, shard);
	}
	if (folder >= 0 && shard.count == 0) {
		read_shards(&earlier, folder, output);
	}
	sort_paths(&earlier);
	if (folder >= 0) {
		close(folder);
	}
	return earlier;
}

void earlier_clear(struct earlier *earlier)
{
	for (size_t i = 0; i < earlier->count; i++) {
		free(earlier->paths[i]);
	}
	for (size_t i = 0; i < earlier->job_count; i++) {
		free(earlier->jobs[i]);
	}
	free(earlier->jobs);
	free(earlier->paths);
	*earlier = (struct earlier){ 0 };
}

/* ---- What stays ---------------------------------------------------------------- */

/** The paths of all files that a record has, sorted */
struct made {
	char **paths;
	size_t count;
};

/** Add a file, and the smaller copy of a picture of this size. */
static void add_made(struct made *made, const char *path, int64_t width, int64_t height)
{
	if (path != NULL) {
		made->paths[made->count++] = memory_text(path);
	}
	if (path != NULL && thumbnail_is_made(width, height)) {
		made->paths[made->count++] = thumbnail_path(path);
	}
}

/** Add a pack and its index, unless they are those that were added last. */
static void add_made_pack(struct made *made, const char *path)
{
	if (made->count > 0 && strcmp(made->paths[made->count - 1], path) == 0) {
		return;
	}
	made->paths[made->count++] = pack_index_path(path);
	made->paths[made->count++] = memory_text(path);
}

static void add_made_artifact(struct made *made, const struct record_artifact *artifact)
{
	const char *array = record_array_path(artifact);

	if (artifact->path != array) {
		add_made(made, artifact->path, artifact->width, artifact->height);
	}
	if (artifact->packed) {
		add_made_pack(made, array);
	} else {
		add_made(made, array, 0, 0);
	}
}

static struct made list_made(const struct record *record)
{
	size_t pictures = record->plan->picture_count;
	size_t pages = gallery_pages_count(record);
	size_t most = 4 * record->artifact_count + 3 * pictures + pages;
	struct made made = { memory_new(most + 1, sizeof(*made.paths)), 0 };

	for (size_t i = 0; i < record->artifact_count; i++) {
		add_made_artifact(&made, &record->artifacts[i]);
	}
	for (size_t i = 0; i < pictures; i++) {
		const struct record_picture *picture = &record->pictures[i];

		add_made(&made, picture->input, picture->width, picture->height);
		add_made(&made, picture->sheet, 0, 0);
	}
	for (size_t page = 1; page < pages; page++) {
		made.paths[made.count++] = gallery_pages_name(page);
	}
	qsort(made.paths, made.count, sizeof(*made.paths), compare_paths);
	return made;
}

void earlier_drop_made(struct earlier *earlier, const struct record *record)
{
	struct made made = list_made(record);
	size_t kept = 0;

	for (size_t i = 0; i < earlier->count; i++) {
		char *path = earlier->paths[i];

		if (bsearch(&path, made.paths, made.count, sizeof(*made.paths),
				    compare_paths)
				!= NULL) {
			free(path);
		} else {
			earlier->paths[kept++] = path;
		}
	}
	earlier->count = kept;
	for (size_t i = 0; i < made.count; i++) {
		free(made.paths[i]);
	}
	free(made.paths);
}

void earlier_drop_missing(struct earlier *earlier, const char *output)
{
	int folder = open_folder(output);
	size_t kept = 0;

	for (size_t i = 0; i < earlier->count; i++) {
		struct stat status;

		if (folder >= 0
				&& folder_find_file(folder, earlier->paths[i], &status)
						== 0) {
			earlier->paths[kept++] = earlier->paths[i];
		} else {
			free(earlier->paths[i]);
		}
	}
	earlier->count = kept;
	if (folder >= 0) {
		close(folder);
	}
}

/** Whether a file is of a job that the INI file has and this run leaves out (--only) */
static bool is_left_out(const struct plan *plan, const char *path)
{
	const char *origin = thumbnail_origin(path);
	char *name = memory_text_n(origin, strcspn(origin, "/"));
	const struct plan_job *job = plan_find_job(plan, name);
	bool known = strcmp(name, "input") != 0
			&& ini_find_section(plan->ini, name) != NULL;

	free(name);
	return known && (job == NULL || !job->selected);
}

size_t earlier_hand_on(struct earlier *earlier, struct record *record, bool all)
{
	size_t kept = 0, moved = 0;

	/* What joined manifests list is among those as far as it is there. */
	for (size_t i = 0; i < record->earlier_count; i++) {
		free(record->earlier[i]);
	}
	record->earlier = memory_resize(record->earlier, earlier->count + 1,
			sizeof(*record->earlier));
	for (size_t i = 0; i < earlier->count; i++) {
		if (all || is_left_out(record->plan, earlier->paths[i])) {
			record->earlier[moved++] = earlier->paths[i];
		} else {
			earlier->paths[kept++] = earlier->paths[i];
		}
	}
	record->earlier_count = moved;
	earlier->count = kept;
	return moved;
}

/* ---- Removing ------------------------------------------------------------------ */

/** Files that the plan reads, which may be results of the earlier run */
struct sources {
	struct stat *files;
	size_t count;
};

static void add_source(void *context, const char *path)
{
	struct sources *sources = context;
	struct stat status;

	if (stat(path, &status) == 0) {
		sources->files = memory_resize(sources->files, sources->count + 1,
				sizeof(*sources->files));
		sources->files[sources->count++] = status;
	}
}

static bool is_source(const struct sources *sources, int folder, const char *path)
{
	struct stat file;
	bool found = false;

	if (folder_find_file(folder, path, &file) != 0) {
		return false;
	}
	for (size_t i = 0; i < sources->count && !found; i++) {
		found = sources->files[i].st_dev == file.st_dev
				&& sources->files[i].st_ino == file.st_ino;
	}
	return found;
}

/** Whether a file that could not be removed is none of the earlier run's any more */
static bool is_gone(int reason)
{
	return reason == ENOENT || reason == ENOTDIR || reason == ELOOP
			|| reason == EINVAL;
}

size_t earlier_remove(const struct earlier *earlier, const struct plan *plan)
{
	struct sources sources = { NULL, 0 };
	int folder = earlier->count > 0 ? open_folder(plan->output) : -1;
	size_t removed = 0, stuck = 0;
	int reason = 0;

	plan_visit_files(plan, add_source, &sources);
	for (size_t i = 0; folder >= 0 && i < earlier->count; i++) {
		const char *path = earlier->paths[i];

		if (is_source(&sources, folder, path)) {
			continue;
		}
		int result = folder_remove_file(folder, path);

		if (result == 0) {
			folder_remove_emptied(folder, path);
			removed++;
		} else if (!is_gone(result)) {
			reason = result;
			stuck++;
		}
	}
	if (folder >= 0) {
		close(folder);
	}
	if (stuck > 0) {
		log_write(LOG_LEVEL_WARNING,
				"%zu file%s of an earlier run in %s cannot be removed: "
				"%s",
				stuck, stuck == 1 ? "" : "s", plan->output,
				strerror(reason));
	}
	free(sources.files);
	return removed;
}
