/**
 * \file    run/isolate/apart.c
 * \brief   Something that runs the network, but no technique, in a process of its own
 */
#include "run/isolate/apart.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/child.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "run/exit.h"
#include "run/isolate/watchdog.h"

/* Seconds from SIGTERM to SIGKILL: enough for the engine to finish the call at hand */
#define GRACE 3.0

struct apart {
	int (*body)(void *context);
	void *context;
	struct watchdog *watchdog;
	int code; /* as the child has reported it */
};

static void do_body(void *context, FILE *report)
{
	const struct apart *apart = context;

	watchdog_arm_crashes(apart->watchdog);
	fprintf(report, "%c", apart->body(apart->context));
	fflush(NULL);
}

static void receive(void *context, const char *piece, size_t length)
{
	((struct apart *)context)->code = (unsigned char)piece[length - 1];
}

static enum child_action watch(void *context)
{
	(void)context;
	return interrupt_requested() ? CHILD_STOP : CHILD_CONTINUE;
}

static void tell_end(const struct apart *apart, const struct child *child)
{
	const char *cut = watchdog_cut_file(apart->watchdog);
	char *end = child_describe(child, 0);

	if (cut != NULL) {
		log_write(LOG_LEVEL_ERROR, "%s " MAPPING_CUT, cut);
	} else {
		log_write(LOG_LEVEL_ERROR, "the process that runs the network %s", end);
	}
	free(end);
}

int run_apart(int (*body)(void *context), void *context)
{
	struct apart apart = { body, context, watchdog_create(), RUN_EXIT_JOB_FAILED };
	const struct child_options options = {
		.body = do_body,
		.receive = receive,
		.watch = watch,
		.context = &apart,
		.grace = GRACE,
	};
	struct child child;
	struct error error = { 0 };

	fflush(NULL);
	if (child_watch(&options, &child, &error) != CNNVIZ_OK) {
		log_write(LOG_LEVEL_ERROR, "%s", error.text);
	} else if (interrupt_requested()) {
		apart.code = RUN_EXIT_INTERRUPTED;
	} else if (child.end != CHILD_RETURNED) {
		tell_end(&apart, &child);
		apart.code = RUN_EXIT_JOB_FAILED;
	}
	watchdog_free(apart.watchdog);
	return apart.code;
}
