/**
 * \file    library/enter.h
 * \brief   One call at a time, and what is one for the whole process while it lasts
 *
 * Messages, limits, files in memory and interrupts are the process's. Each call sets them to
 * what its plan wants, and puts them back.
 */
#ifndef LIBRARY_ENTER_H
#define LIBRARY_ENTER_H

#include <locale.h>

#include "library/plan.h"

/** What was there before a call */
struct entered {
	enum log_level level;
	struct limits limits;
	locale_t locale, numbers; /* the thread's, and the same with a decimal point */
	bool counts; /* repeated warnings are told at the end of the call, not of the plan */
};

/**
 * \brief   Wait for the calls of other threads, and let messages go where the plan wants
 *
 * \return  false: this thread is within a call already
 */
bool library_enter(cnnviz_plan *plan, struct entered *entered);

/** Put all back, and let others in. */
void library_leave(const struct entered *entered);

#endif
