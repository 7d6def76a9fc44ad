/**
 * \file    run/merge_missing.c
 * \brief   Says what joined results lack, and with which commands it is made
 */
#include "run/merge_missing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "plan/shard.h"

/** How many pictures are told by name */
#define NAMED 3

/** What a shard lacks of a job, or of pictures themselves */
struct lack {
	size_t wanted, missing;
	size_t first[NAMED]; /* pictures */
};

/** Lacks of all shards, or of a run that has none */
struct lacks {
	const struct record *record;
	const struct sources *sources;
	const struct merge_options *options;
	size_t shards; /* at least 1 */
	size_t kinds;  /* jobs of the plan, and pictures behind them */
	struct lack *items;
};

static struct lack *lack_of(const struct lacks *lacks, size_t shard, size_t kind)
{
	return &lacks->items[shard * lacks->kinds + kind];
}

static void count(struct lack *lack, size_t picture, bool missing)
{
	lack->wanted++;
	if (missing && lack->missing < NAMED) {
		lack->first[lack->missing] = picture;
	}
	lack->missing += missing;
}

/* ---- Counting --------------------------------------------------------------------------- */

/** Which shard is to have something, from 0 */
static size_t shard_for(const struct lacks *lacks, const char *name)
{
	return lacks->sources->shards > 0 ? shard_of(name, lacks->sources->shards) - 1
					  : 0;
}

static size_t shard_for_picture(const struct lacks *lacks, size_t picture)
{
	const struct plan *plan = lacks->record->plan;
	char *name = shard_name(plan->ini->folder, plan->pictures[picture].path);
	size_t shard = shard_for(lacks, name);

	free(name);
	return shard;
}

/** Whether a result is missing: there is neither one, nor a reason why there is none */
static bool is_missing(const struct record *record, size_t job, size_t picture)
{
	const struct record_job *entry = &record->jobs[job];

	return !record_is_finished(record, entry->plan, picture)
			&& entry->status != RECORD_FAILED
			&& (picture == RECORD_NO_PICTURE
					|| record_failure(record, entry->plan, picture)
							== NULL);
}

static void count_picture(const struct lacks *lacks, size_t picture)
{
	const struct record *record = lacks->record;
	const struct record_picture *entry = &record->pictures[picture];
	size_t shard = shard_for_picture(lacks, picture), jobs = lacks->kinds - 1;

	count(lack_of(lacks, shard, jobs), picture,
			!entry->done && entry->failure == NULL);
	for (size_t i = 0; i < jobs; i++) {
		const struct plan_job *job = &record->plan->jobs[i];

		if (job->selected && !job_is_once(job)) {
			count(lack_of(lacks, shard, i), picture,
					entry->failure == NULL
							&& is_missing(record, i,
									picture));
		}
	}
}

static void count_once(const struct lacks *lacks, size_t job)
{
	const struct plan_job *plan = &lacks->record->plan->jobs[job];

	if (plan->selected && job_is_once(plan)) {
		count(lack_of(lacks, shard_for(lacks, plan->name), job),
				RECORD_NO_PICTURE,
				is_missing(lacks->record, job, RECORD_NO_PICTURE));
	}
}

static size_t count_missing(const struct lacks *lacks, size_t shard)
{
	size_t missing = 0;

	for (size_t i = 0; i < lacks->kinds; i++) {
		missing += lack_of(lacks, shard, i)->missing;
	}
	return missing;
}

/* ---- Sentences ---------------------------------------------------------------------------- */

static char *append(char *text, char *more)
{
	char *longer = memory_format("%s%s", text, more);

	free(text);
	free(more);
	return longer;
}

/** "a, b, c, ..."; malloc'ed */
static char *name_pictures(const struct lacks *lacks, const struct lack *lack)
{
	const struct plan *plan = lacks->record->plan;
	char *text = memory_text("");

	for (size_t i = 0; i < lack->missing && i < NAMED; i++) {
		text = append(text,
				memory_format("%s%s", i > 0 ? ", " : "",
						plan->pictures[lack->first[i]].name));
	}
	return append(text, memory_text(lack->missing > NAMED ? ", ..." : ""));
}

static void tell_lack(const struct lacks *lacks, const struct lack *lack, size_t kind)
{
	const struct plan *plan = lacks->record->plan;
	const char *job = kind < plan->job_count ? plan->jobs[kind].name : NULL;

	if (lack->missing == 0) {
		return;
	}
	if (lack->first[0] == RECORD_NO_PICTURE) {
		log_write(LOG_LEVEL_ERROR, "  [%s], which runs once", job);
		return;
	}
	char *names = name_pictures(lacks, lack);

	log_write(LOG_LEVEL_ERROR, "  %s%s%s: %zu of %zu pictures: %s",
			job != NULL ? "[" : "what the network says",
			job != NULL ? job : "", job != NULL ? "]" : "", lack->missing,
			lack->wanted, names);
	free(names);
}

/** What has become of a shard */
static const char *describe_state(const struct source *source)
{
	return source == NULL ? "has not been run"
			: source->journal != NULL
			? "was ended before it was complete"
			: "is there, but not with all that it made";
}

static void tell_shard(const struct lacks *lacks, size_t shard)
{
	const struct source *source = sources_shard(lacks->sources, shard + 1);

	if (lacks->sources->shards == 0) {
		log_write(LOG_LEVEL_ERROR,
				"what is there is not all of the run; missing:");
	} else {
		log_write(LOG_LEVEL_ERROR, "shard %zu of %zu %s; missing:", shard + 1,
				lacks->sources->shards, describe_state(source));
	}
	for (size_t i = 0; i < lacks->kinds; i++) {
		tell_lack(lacks, lack_of(lacks, shard, i), i);
	}
}

/* ---- Commands ------------------------------------------------------------------------------ */

/** The jobs of which anything is missing, with commas between; malloc'ed */
static char *list_jobs(const struct lacks *lacks)
{
	const struct plan *plan = lacks->record->plan;
	char *list = memory_text("");

	for (size_t i = 0; i < plan->job_count; i++) {
		if (lack_of(lacks, 0, i)->missing > 0) {
			list = append(list,
					memory_format("%s%s", *list != '\0' ? "," : "",
							plan->jobs[i].name));
		}
	}
	return list;
}

/** The command by which a shard is made; its parts are borrowed */
static struct command command_of(const struct lacks *lacks, const struct source *own)
{
	const struct plan *plan = lacks->record->plan;
	const struct source *made = own != NULL && own->command.ini != NULL
			? own
			: sources_command(lacks->sources);
	const char *given = lacks->options->ini;

	return (struct command){
		.ini = given != NULL ? (char *)(uintptr_t)given : plan->ini->path,
		.set = plan->command.set,
		.only = plan->command.only,
		.folder = made != NULL ? made->command.folder : plan->command.folder,
	};
}

static void print_command(const struct lacks *lacks, size_t index)
{
	const struct sources *sources = lacks->sources;
	const struct plan_shard shard = { index + 1, sources->shards };
	const struct source *own = sources_shard(sources, index + 1);
	struct command command = command_of(lacks, own);
	char *only = sources->shards > 0 ? NULL : list_jobs(lacks);

	if (only != NULL && *only != '\0') {
		command.only = only;
	}
	char *line = command_line(&command, "run", shard,
			own != NULL ? sources->folders[own->folder]
				    : lacks->record->plan->output);

	printf("%s --resume\n", line);
	free(line);
	free(only);
}

/* ---- All of it ------------------------------------------------------------------------------ */

size_t merge_tell_missing(const struct record *record, const struct sources *sources,
		const struct merge_options *options)
{
	struct lacks lacks = {
		.record = record,
		.sources = sources,
		.options = options,
		.shards = sources->shards > 0 ? sources->shards : 1,
		.kinds = record->plan->job_count + 1,
	};
	size_t missing = 0;

	lacks.items = memory_new(lacks.shards * lacks.kinds, sizeof(*lacks.items));
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		count_picture(&lacks, i);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		count_once(&lacks, i);
	}
	for (size_t i = 0; i < lacks.shards; i++) {
		if (count_missing(&lacks, i) > 0) {
			missing += count_missing(&lacks, i);
			tell_shard(&lacks, i);
		}
	}
	for (size_t i = 0; i < lacks.shards && missing > 0; i++) {
		if (count_missing(&lacks, i) > 0) {
			print_command(&lacks, i);
		}
	}
	free(lacks.items);
	return missing;
}
