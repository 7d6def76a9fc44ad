/**
 * \file    run/in_memory.c
 * \brief   Carries out a plan without an output folder
 */
#include "run/in_memory.h"

#include "base/interrupt.h"
#include "host/pending.h"
#include "host/services.h"
#include "run/finish.h"
#include "run/schedule.h"
#include "run/work.h"

/** A listener's context */
struct watched {
	const struct run_memory *memory;
	const struct record *record;
};

static void changed(void *context)
{
	const struct watched *watched = context;

	watched->memory->changed(watched->memory->context, watched->record, false);
}

/** Do the work, and tell of what came last; returns the exit code */
static int work(struct session *session, struct watched *watched)
{
	pending_open(session);
	session_work(session);
	pending_close(session);
	watched->memory->changed(watched->memory->context, watched->record, true);
	return interrupt_requested()                      ? RUN_EXIT_INTERRUPTED
			: run_has_failed(session->record) ? RUN_EXIT_JOB_FAILED
							  : RUN_EXIT_DONE;
}

int run_in_memory(struct plan *plan, const struct run_options *options,
		struct run_memory *memory)
{
	struct session session;

	session_start(&session, plan, &host_services);
	session.fail_fast = options->fail_fast;
	session.lasting = true;
	session.engine = memory->engine;
	session.network = memory->network;
	session.sink = memory->sink;
	struct watched watched = { memory, session.record };

	session.record->listener = (struct record_listener){ .changed = changed,
		.context = &watched };
	session.progress = run_progress(&session, options);
	int code = session_open(&session) ? work(&session, &watched) : RUN_EXIT_INPUT;

	progress_end(session.progress);
	memory->engine = session.engine;
	memory->network = session.network;
	session_end(&session);
	return code;
}
