/**
 * \file    run/repeats.c
 * \brief   Tells the user of messages that were counted and not shown
 */
#include "run/repeats.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

/* Names of pictures that one line may have */
#define NAMES_MAX 8

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/** "a, b, c", or of many names the first ones "and 20 others"; malloc'ed */
static char *list_names(const struct repeat *repeat)
{
	size_t count = repeat->subject_count;
	size_t named = count <= NAMES_MAX + 1 ? count : NAMES_MAX;
	char *list = memory_text(repeat->subjects[0]);

	for (size_t i = 1; i < named; i++) {
		char *longer = memory_format("%s, %s", list, repeat->subjects[i]);

		free(list);
		list = longer;
	}
	if (named < count) {
		char *longer = memory_format("%s and %zu others", list, count - named);

		free(list);
		list = longer;
	}
	return list;
}

static void print_failures(const struct record *record, const struct repeat *repeat)
{
	const struct plan_job *job = repeat->owner;
	char *names = list_names(repeat);

	log_write(LOG_LEVEL_ERROR,
			"%s: [%s] %zu more picture%s failed likewise (%s): see the "
			"manifest",
			record->plan->ini->path, job->name, repeat->more,
			plural(repeat->more), names);
	free(names);
}

static void print_warnings(const struct repeat *repeat)
{
	const struct plan_job *job = repeat->owner;
	bool pictures = repeat->subject_count == repeat->more;

	log_write(LOG_LEVEL_WARNING, "[%s] %zu more %s%s: see the manifest (\"%s\")",
			job->name, repeat->more, pictures ? "picture" : "warning",
			plural(repeat->more), repeat->text);
}

void repeats_print(const struct record *record)
{
	for (size_t i = 0; i < record->failed.count; i++) {
		if (record->failed.items[i].more > 0) {
			print_failures(record, &record->failed.items[i]);
		}
	}
	for (size_t i = 0; i < record->warned.count; i++) {
		if (record->warned.items[i].more > 0) {
			print_warnings(&record->warned.items[i]);
		}
	}
}
