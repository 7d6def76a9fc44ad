/**
 * \file    run/isolate/witness.h
 * \brief   A process beside a run, which reports what was done if a plugin ends the run
 *
 * A plugin that shares the run's process can end it: by a crash, by abort() or exit(). What
 * may still be done in a handler is little, and the heap may be damaged. So a second
 * process, made before any plugin is called, has the record that grows as results are
 * made. It goes without a word when the run ends by itself.
 */
#ifndef RUN_ISOLATE_WITNESS_H
#define RUN_ISOLATE_WITNESS_H

#include "host/session.h"

struct witness;

/**
 * \brief   Start the witness of a run in this process
 *
 * Call it before the program starts threads.
 *
 * \param   report  Called in the witness, for a run that a plugin has ended, after the
 *                  plugin's job has been marked as failed
 *
 * The run's journal gets what the witness does. If there can be no such process, the run has
 * to go without, and the journal is written all the same.
 */
struct witness *witness_start(struct session *session, void (*report)(void *context),
		void *context);

/** Let the witness know the engine, once it is loaded. */
void witness_send_engine(const struct witness *witness);

/** Let the witness go, and take no more notice of how the process ends. */
void witness_end(struct witness *witness);

#endif
