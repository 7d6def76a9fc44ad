/**
 * \file    base/interrupt.h
 * \brief   Requests to stop, by SIGINT, SIGTERM or SIGHUP
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

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

/** Whether a signal has requested the end; polled by the host, engines and plugins */
bool interrupt_requested(void);

#endif
