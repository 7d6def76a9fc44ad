/**
 * \file    run/sources.c
 * \brief   The manifests of which a run is joined, and how they say that they were made
 */
#include "run/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "output/manifest_read.h"
#include "output/shard_files.h"

/* ---- What stands before the lists ------------------------------------------------- */

/** A manifest being read */
struct reading {
	struct source *source;
	bool known;  /* it is one of this program */
	bool behind; /* of the lists that are wanted */
};

static cnnviz_status visit_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	struct reading *reading = context;

	if (strcmp(name, "cnnviz") == 0) {
		reading->known = json_is_string(value);
	} else if (strcmp(name, "command") == 0
			&& command_from_json(value, &reading->source->command, error)
					!= CNNVIZ_OK) {
		return error_prefix(error, "command");
	}
	return CNNVIZ_OK;
}

static cnnviz_status visit_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	struct reading *reading = context;
	struct source *source = reading->source;

	(void)index;
	if (strcmp(list, "jobs") != 0) {
		reading->behind = true;
		return error_set(error, CNNVIZ_ERROR_CANCELED, "that is enough");
	}
	char *name = json_text_value(json_object_get(item, "name"));

	if (name == NULL || !json_is_true(json_object_get(item, "wanted"))) {
		free(name);
		return CNNVIZ_OK;
	}
	source->jobs = memory_resize(source->jobs, source->job_count + 1,
			sizeof(*source->jobs));
	source->jobs[source->job_count++] = name;
	return CNNVIZ_OK;
}

static cnnviz_status read_head(struct source *source, struct error *error)
{
	static const char *const lists[] = { "jobs", "pictures", "artifacts", "warnings",
		"failures", "rules", "earlier", "done", NULL };
	struct reading reading = { .source = source };
	const struct manifest_visitor visitor = { lists, visit_member, visit_item,
		&reading };
	FILE *file = fopen(source->path, "re");
	struct error fault = { 0 };

	if (file == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "cannot read %s: %s",
				source->path, strerror(errno));
	}
	cnnviz_status status = manifest_read(file, &visitor, &fault);

	fclose(file);
	if (status != CNNVIZ_OK && !reading.behind) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "%s: %s", source->path,
				fault.text);
	}
	return reading.known ? CNNVIZ_OK
			     : error_set(error, CNNVIZ_ERROR_INPUT,
					     "%s is no manifest of a run", source->path);
}

/* ---- Folders ----------------------------------------------------------------------- */

static void clear_source(struct source *source)
{
	for (size_t i = 0; i < source->job_count; i++) {
		free(source->jobs[i]);
	}
	command_clear(&source->command);
	free(source->jobs);
	free(source->name);
	free(source->path);
	free(source->journal);
}

/** Add a manifest of a folder, if it is there; takes the name. */
static cnnviz_status add_source(struct sources *sources, size_t folder, char *name,
		struct plan_shard shard, bool earlier, struct error *error)
{
	char *journal = run_file_name(RUN_FILE_JOURNAL, shard);
	struct source source = {
		.folder = folder,
		.name = name,
		.path = path_join(sources->folders[folder], name),
		.journal = path_join(sources->folders[folder], journal),
		.shard = shard,
		.earlier = earlier,
	};

	free(journal);
	if (!path_is_file(source.path)) {
		clear_source(&source);
		return CNNVIZ_OK;
	}
	if (!path_is_file(source.journal) || strcmp(name, EARLIER_MANIFEST) == 0) {
		free(source.journal);
		source.journal = NULL;
	}
	cnnviz_status status = read_head(&source, error);

	if (status != CNNVIZ_OK && !earlier) {
		clear_source(&source);
		return status;
	}
	if (status != CNNVIZ_OK) {
		clear_source(&source); /* of no use, and in nobody's way */
		return CNNVIZ_OK;
	}
	sources->items = memory_resize(sources->items, sources->count + 1,
			sizeof(*sources->items));
	sources->items[sources->count++] = source;
	return CNNVIZ_OK;
}

/** Add the manifests of the shards in a folder; *found is how many files those have. */
static cnnviz_status add_shards(struct sources *sources, size_t folder, size_t *found,
		struct error *error)
{
	const struct plan_shard whole = { 0, 0 };
	struct shard_files files = shard_files_list(sources->folders[folder], whole);
	cnnviz_status status = CNNVIZ_OK;

	*found = files.count;
	for (size_t i = 0; i < files.count && status == CNNVIZ_OK; i++) {
		const struct shard_file *file = &files.items[i];
		char *name = run_file_name(RUN_FILE_MANIFEST, file->shard);

		if (file->kind != RUN_FILE_MANIFEST) {
			free(name);
			continue;
		}
		if (sources->shards > 0 && file->shard.count != sources->shards) {
			status = error_set(error, CNNVIZ_ERROR_INPUT,
					"%s/%s is of a run in %zu shards, and %s of one "
					"in %zu; join the folders of one run alone",
					sources->folders[folder], name, file->shard.count,
					sources->items[0].path, sources->shards);
			free(name);
			break;
		}
		sources->shards = file->shard.count;
		status = add_source(sources, folder, name, file->shard, false, error);
	}
	shard_files_free(&files);
	return status;
}

cnnviz_status sources_find(const char *const *folders, size_t count, size_t output,
		struct sources *sources, struct error *error)
{
	const struct plan_shard whole = { 0, 0 };
	size_t *shards = memory_new(count, sizeof(*shards));
	cnnviz_status status = CNNVIZ_OK;

	*sources = (struct sources){ .folders = memory_new(count, sizeof(char *)),
		.folder_count = count };
	for (size_t i = 0; i < count; i++) {
		sources->folders[i] = memory_text(folders[i]);
	}
	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		status = add_shards(sources, i, &shards[i], error);
		if (status == CNNVIZ_OK && shards[i] == 0 && i != output) {
			status = add_source(sources, i, memory_text("manifest.json"),
					whole, false, error);
		}
	}
	for (size_t i = 0; i < count && status == CNNVIZ_OK; i++) {
		if (shards[i] > 0 || i == output) {
			status = add_source(sources, i, memory_text("manifest.json"),
					whole, true, error);
		}
		if (status == CNNVIZ_OK) {
			status = add_source(sources, i, memory_text(EARLIER_MANIFEST),
					whole, true, error);
		}
	}
	free(shards);
	if (status != CNNVIZ_OK) {
		sources_free(sources);
	}
	return status;
}

void sources_free(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		clear_source(&sources->items[i]);
	}
	for (size_t i = 0; i < sources->folder_count; i++) {
		free(sources->folders[i]);
	}
	free(sources->folders);
	free(sources->items);
	*sources = (struct sources){ .items = NULL };
}

/* ---- What they say together ---------------------------------------------------------- */

const struct source *sources_command(const struct sources *sources)
{
	size_t i = 0;

	while (i < sources->count && sources->items[i].command.ini == NULL) {
		i++;
	}
	return i < sources->count ? &sources->items[i] : NULL;
}

const struct source *sources_shard(const struct sources *sources, size_t index)
{
	size_t i = 0;

	while (i < sources->count
			&& (sources->items[i].shard.count == 0
					|| sources->items[i].shard.index != index)) {
		i++;
	}
	return i < sources->count ? &sources->items[i] : NULL;
}

/** Append a job's name to a list, unless it is there already. */
static char *append_job(char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; at != NULL && *at != '\0';) {
		size_t item = strcspn(at, ",");

		if (item == length && strncmp(at, name, length) == 0) {
			return list;
		}
		at += item + (at[item] == ',');
	}
	char *longer = list != NULL ? memory_format("%s,%s", list, name)
				    : memory_text(name);

	free(list);
	return longer;
}

char *sources_jobs(const struct sources *sources)
{
	char *list = NULL;

	for (size_t i = 0; i < sources->count; i++) {
		const struct source *source = &sources->items[i];

		if (source->command.ini != NULL && source->command.only == NULL) {
			free(list);
			return NULL;
		}
		for (size_t k = 0; k < source->job_count && !source->earlier; k++) {
			list = append_job(list, source->jobs[k]);
		}
	}
	return list;
}
