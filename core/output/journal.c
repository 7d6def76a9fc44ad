/**
 * \file    output/journal.c
 * \brief   What a run has finished so far, in a file that grows while it goes on
 */
#include "config.h"

#include "output/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "output/record_json.h"
#include "output/shard_files.h"

/** Bytes that wait for more, where nothing is finished yet */
#define WAITING_MOST ((size_t)64 << 10)

char *journal_path(const struct plan *plan)
{
	char *name = run_file_name(RUN_FILE_JOURNAL, plan->shard);
	char *path = path_join(plan->output, name);

	free(name);
	return path;
}

struct journal journal_of(const struct plan *plan)
{
	return (struct journal){ .path = journal_path(plan), .file = -1 };
}

/* ---- The beginning -------------------------------------------------------------- */

/** Write a line and release it; false when out of memory. */
static bool put_line(FILE *out, json_t *line)
{
	char *text = json_dumps(line, JSON_EXACT);
	bool done = text != NULL;

	if (done) {
		fprintf(out, "%s\n", text);
	}
	free(text);
	json_decref(line);
	return done;
}

/** A line for an item of a list */
static bool put_item(FILE *out, const char *list, json_t *item)
{
	return put_line(out, json_pack("{s:[o]}", list, item));
}

/** Pictures as far as they are known, and what came of jobs */
static bool put_lists(FILE *out, const struct record *record)
{
	bool done = true;

	for (const struct record_list *list = record_lists; list->name != NULL; list++) {
		bool pictures = strcmp(list->name, "pictures") == 0;
		size_t count = list->count(record);

		for (size_t i = 0; i < count && done; i++) {
			if (!pictures || record->pictures[i].done) {
				done = put_item(out, list->name,
						list->item(record, i, RECORD_COMPLETE));
			}
		}
	}
	return done;
}

static bool put_done(FILE *out, const struct record *record)
{
	const struct plan *plan = record->plan;
	bool done = true;

	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];
		bool once = job_is_once(job);
		size_t count = record->jobs[i].done > 0 ? once ? 1 : plan->picture_count
							: 0;

		for (size_t k = 0; k < count && done; k++) {
			size_t picture = once ? RECORD_NO_PICTURE : k;

			done = !record_is_finished(record, job, picture)
					|| put_item(out, "done",
							record_done_to_json(plan, job,
									picture));
		}
	}
	return done;
}

static bool put_earlier(FILE *out, const struct earlier *earlier)
{
	bool done = true;

	for (size_t i = 0; i < earlier->count && done; i++) {
		done = put_item(out, "earlier", json_text(earlier->paths[i]));
	}
	return done;
}

cnnviz_status journal_begin(const struct journal *journal, const struct record *record,
		const struct earlier *earlier, struct error *error)
{
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(journal->path, &writer, error);

	if (status != CNNVIZ_OK) {
		return status;
	}
	if (put_line(writer->stream, record_head_to_json(record))
			&& put_earlier(writer->stream, earlier)
			&& put_lists(writer->stream, record)
			&& put_done(writer->stream, record)) {
		return writer_commit(writer, error);
	}
	return writer_lack_memory(writer, error);
}

/* ---- Lines ---------------------------------------------------------------------- */

static void give_up(struct journal *journal, int reason)
{
	struct error error = { 0 };

	file_refuse(journal->path, reason, &error);
	log_write(LOG_LEVEL_WARNING,
			"%s; after an interruption `--resume` will not know what is "
			"finished from here on",
			error.text);
	journal->broken = true;
}

void journal_add(struct journal *journal, const char *line, size_t length)
{
	if (journal->broken) {
		return;
	}
	if (journal->length + length + 1 > journal->room) {
		journal->room = 2 * (journal->length + length + 1);
		journal->buffer = memory_resize(journal->buffer, journal->room, 1);
	}
	memcpy(journal->buffer + journal->length, line, length);
	journal->buffer[journal->length + length] = '\n';
	journal->length += length + 1;
	if (journal->length > WAITING_MOST) {
		journal_flush(journal);
	}
}

/** Add a line and release it. */
static void add_json(struct journal *journal, json_t *line)
{
	char *text = json_dumps(line, JSON_EXACT);

	if (text != NULL) {
		journal_add(journal, text, strlen(text));
	}
	free(text);
	json_decref(line);
}

void journal_add_digests(struct journal *journal, const struct record *record)
{
	if (record->digest[0] == '\0') {
		return;
	}
	add_json(journal, json_pack("{s:s}", "digest", record->digest));
	for (size_t i = 0; i < record->plan->job_count; i++) {
		add_json(journal,
				json_pack("{s:[o]}", "jobs",
						record_job_to_json(record,
								&record->jobs[i])));
	}
	journal_flush(journal);
}

void journal_flush(struct journal *journal)
{
	size_t done = 0;

	if (journal->file < 0 && journal->length > 0 && !journal->broken) {
		journal->file = open(journal->path,
				O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
		if (journal->file < 0) {
			give_up(journal, errno);
		}
	}
	while (done < journal->length && !journal->broken) {
		ssize_t written = write(journal->file, journal->buffer + done,
				journal->length - done);

		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			give_up(journal, errno);
		}
	}
	journal->length = 0;
}

/* ---- The end -------------------------------------------------------------------- */

void journal_close(struct journal *journal)
{
	if (journal->file >= 0) {
		close(journal->file);
	}
	free(journal->buffer);
	free(journal->path);
	*journal = (struct journal){ .file = -1 };
}

void journal_remove(const struct journal *journal)
{
	unlink(journal->path);
}
