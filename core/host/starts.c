/**
 * \file    host/starts.c
 * \brief   Which of the pictures that a call optimizes have started
 */
#include "host/starts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/** A picture of a call */
struct start {
	char *name;
	bool started;
	bool stopped; /* its gradient stayed zero in the end */
};

bool starts_add(struct cnnviz_job *call, const char *name, bool started, bool stopped)
{
	size_t i = 0;

	while (i < call->start_count && strcmp(call->starts[i].name, name) != 0) {
		i++;
	}
	if (i == call->start_count) {
		call->starts = memory_resize(call->starts, i + 1, sizeof(*call->starts));
		call->starts[i] = (struct start){ .name = memory_text(name) };
		call->start_count++;
	}
	call->starts[i].started = call->starts[i].started || started;
	call->starts[i].stopped = stopped;
	return call->starts[i].started;
}

/** The names of the pictures that never started, or that started and stopped; new */
static char *list_names(const struct cnnviz_job *call, bool started, size_t *count)
{
	char *list = memory_text("");

	*count = 0;
	for (size_t i = 0; i < call->start_count; i++) {
		const struct start *start = &call->starts[i];

		if (start->started != started || (started && !start->stopped)) {
			continue;
		}
		char *longer = memory_format("%s%s%s", list, *count > 0 ? ", " : "",
				start->name);

		free(list);
		list = longer;
		++*count;
	}
	return list;
}

static void warn(const struct cnnviz_job *call, size_t count, const char *what,
		const char *list, const char *more)
{
	char *text = memory_format("%zu of %zu pictures %s: %s (%s)", count,
			call->start_count, what, list, more);

	job_warn(call, -1, text);
	free(text);
}

cnnviz_status starts_report(const struct cnnviz_job *call, struct error *error)
{
	size_t silent, stopped;
	char *never = list_names(call, false, &silent);
	char *later = list_names(call, true, &stopped);
	cnnviz_status status = CNNVIZ_OK;

	if (silent > 0 && silent == call->start_count) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the gradient of %s is zero everywhere, even past silent "
				"ReLUs, so no change improves an objective; start from "
				"different noise (seed, start_low, start_high) or from a "
				"picture, or choose another layer, filter or class",
				never);
	} else if (silent > 0) {
		warn(call, silent, "never started", never,
				"their gradient is zero everywhere, even past silent "
				"ReLUs; other noise, by seed, start_low or start_high, "
				"may help");
	}
	if (stopped > 0) {
		warn(call, stopped, "stopped early", later,
				"their gradient became zero everywhere; a lower "
				"learning_rate may help");
	}
	free(never);
	free(later);
	return status;
}

void starts_clear(struct cnnviz_job *call)
{
	for (size_t i = 0; i < call->start_count; i++) {
		free(call->starts[i].name);
	}
	free(call->starts);
	call->starts = NULL;
	call->start_count = 0;
}
