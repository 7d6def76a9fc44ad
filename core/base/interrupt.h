/**
 * \file    base/interrupt.h
 * \brief   The user's wish to stop, by SIGINT or SIGTERM
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>

/** Install the handlers: the first signal asks for an orderly end, the second ends at once. */
void interrupt_install(void);

/** Whether a signal has asked for an end; looked at by the host, engines and plugins */
bool interrupt_requested(void);

#endif
