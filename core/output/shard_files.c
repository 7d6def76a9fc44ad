/**
 * \file    output/shard_files.c
 * \brief   Names of the files that the shards of a run have in their output folder
 */
#include "output/shard_files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "plan/shard.h"

/** How names begin and end; those of locks and journals are hidden, as no job's folder is */
static const struct {
	const char *begin, *end;
} names[RUN_FILE_KINDS] = {
	[RUN_FILE_MANIFEST] = { "manifest", ".json" },
	[RUN_FILE_JOURNAL] = { ".cnnviz-journal", "" },
	[RUN_FILE_LOCK] = { ".cnnviz-lock", "" },
	[RUN_FILE_EVALUATION] = { "evaluation", ".json" },
};

char *run_file_name(enum run_file kind, struct plan_shard shard)
{
	return shard.count == 0
			? memory_format("%s%s", names[kind].begin, names[kind].end)
			: memory_format("%s-%zu-of-%zu%s", names[kind].begin, shard.index,
					shard.count, names[kind].end);
}

/** Whether a name is that of a shard's file; nothing else gives the same name */
static bool parse(const char *name, struct shard_file *file)
{
	for (size_t kind = 0; kind < RUN_FILE_KINDS; kind++) {
		size_t length = strlen(names[kind].begin);
		struct plan_shard shard = { 0, 0 };

		if (strncmp(name, names[kind].begin, length) != 0
				|| sscanf(name + length, "-%7zu-of-%7zu", &shard.index,
						   &shard.count)
						!= 2
				|| shard.index < 1 || shard.index > shard.count
				|| shard.count > SHARDS_MAX) {
			continue;
		}
		char *exact = run_file_name((enum run_file)kind, shard);
		bool same = strcmp(exact, name) == 0;

		free(exact);
		if (same) {
			*file = (struct shard_file){ (enum run_file)kind, shard };
			return true;
		}
	}
	return false;
}

static int compare(const void *left, const void *right)
{
	const struct shard_file *a = left, *b = right;
	const size_t keys[][2] = {
		{ a->shard.count, b->shard.count },
		{ a->shard.index, b->shard.index },
		{ a->kind, b->kind },
	};
	size_t i = 0;

	while (i < 2 && keys[i][0] == keys[i][1]) {
		i++;
	}
	return keys[i][0] < keys[i][1] ? -1 : keys[i][0] > keys[i][1];
}

/** Whether a file counts: a lock does while another process holds it */
static bool counts(const char *path, const struct shard_file *file, struct plan_shard own)
{
	bool mine = file->shard.index == own.index && file->shard.count == own.count;

	return file->kind != RUN_FILE_LOCK || (!mine && lock_is_held(path));
}

struct shard_files shard_files_list(const char *folder, struct plan_shard own)
{
	struct shard_files files = { NULL, 0 };
	DIR *stream = opendir(folder);
	struct dirent *entry;

	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		struct shard_file file;
		char *path = path_join(folder, entry->d_name);

		if (parse(entry->d_name, &file) && counts(path, &file, own)) {
			files.items = memory_resize(files.items, files.count + 1,
					sizeof(*files.items));
			files.items[files.count++] = file;
		}
		free(path);
	}
	if (stream != NULL) {
		closedir(stream);
	}
	if (files.count > 0) {
		qsort(files.items, files.count, sizeof(*files.items), compare);
	}
	return files;
}

void shard_files_free(struct shard_files *files)
{
	free(files->items);
	*files = (struct shard_files){ NULL, 0 };
}

void shard_files_remove(const char *folder, enum run_file kind)
{
	struct shard_files files = shard_files_list(folder, (struct plan_shard){ 0, 0 });

	for (size_t i = 0; i < files.count; i++) {
		char *name = run_file_name(files.items[i].kind, files.items[i].shard);
		char *path = path_join(folder, name);

		if (files.items[i].kind == kind) {
			unlink(path);
		}
		free(path);
		free(name);
	}
	shard_files_free(&files);
}
