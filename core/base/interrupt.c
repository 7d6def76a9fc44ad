/**
 * \file    base/interrupt.c
 * \brief   Handlers of SIGINT, SIGTERM and SIGHUP
 */
#include <signal.h>
#include <string.h>

#include "base/interrupt.h"

static volatile sig_atomic_t requested;
static _Atomic(const atomic_int *) watched;

/* The first signal requests an orderly end; the default action is restored, so that a
 * second one ends the program at once. A terminal that is closed sends SIGHUP more than
 * once, and nobody means anything by that. */
void interrupt_request(void)
{
	requested = 1;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
}

static void handle_signal(int number)
{
	(void)number;
	interrupt_request();
}

/* A signal that the parent process had set to be ignored (nohup, a background job of a
 * script) stays ignored. */
static void install(int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
		return;
	}
	memset(&action, 0, sizeof(action));
	action.sa_handler = handle_signal;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void interrupt_install(void)
{
	install(SIGINT);
	install(SIGTERM);
	install(SIGHUP);
}

void interrupt_watch(const atomic_int *flag)
{
	atomic_store(&watched, flag);
}

bool interrupt_requested(void)
{
	const atomic_int *flag = atomic_load(&watched);

	return requested != 0 || (flag != NULL && atomic_load(flag) != 0);
}
