/**
 * \file    base/interrupt.h
 * \brief   Requests to stop, by SIGINT, SIGTERM or SIGHUP
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

/**
 * Install the handlers: the first signal requests an orderly end, a second SIGINT or
 * SIGTERM kills.
 */
void interrupt_install(void);

/**
 * Request the end as the first signal does; for handlers of signals in place of these
 */
void interrupt_request(void);

/**
 * Let a flag that is not 0 request the end too, until another takes its place; NULL: none.
 * Anybody may set it, a signal's handler included.
 */
void interrupt_watch(const atomic_int *flag);

/** Whether a signal or the flag has requested the end; polled by the host, engines and plugins */
bool interrupt_requested(void);

#endif
