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
};

void starts_add(struct cnnviz_job *call, const char *name, bool started)
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
}

/** The names of the pictures that never started, and their number; new */
static char *list_silent(const struct cnnviz_job *call, size_t *count)
{
	char *list = memory_text("");

	*count = 0;
	for (size_t i = 0; i < call->start_count; i++) {
		if (call->starts[i].started) {
			continue;
		}
		char *longer = memory_format("%s%s%s", list, *count > 0 ? ", " : "",
				call->starts[i].name);

		free(list);
		list = longer;
		++*count;
	}
	return list;
}

cnnviz_status starts_report(const struct cnnviz_job *call, struct error *error)
{
	size_t count;
	char *list = list_silent(call, &count);
	cnnviz_status status = CNNVIZ_OK;

	if (count > 0 && count == call->start_count) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the gradient of %s is zero everywhere, even past silent "
				"ReLUs, so no change improves an objective; start from "
				"different noise (seed, start_low, start_high) or from a "
				"picture, or choose another layer, filter or class",
				list);
	} else if (count > 0) {
		char *text = memory_format("%zu of %zu pictures never started: %s (their "
					   "gradient is zero everywhere, even past "
					   "silent ReLUs; other noise, by seed, "
					   "start_low or start_high, may help)",
				count, call->start_count, list);

		job_warn(call, -1, text);
		free(text);
	}
	free(list);
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
