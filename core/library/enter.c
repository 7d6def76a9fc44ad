/**
 * \file    library/enter.c
 * \brief   One call at a time, and what is one for the whole process while it lasts
 */
#include "config.h" /* _GNU_SOURCE */

#include "library/enter.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"

static pthread_mutex_t calls;
static pthread_once_t made = PTHREAD_ONCE_INIT;

/** A thread that waited for itself would wait for ever, so it is to be told. */
static void make(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&calls, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

/**
 * Keep errors, and hand on what the caller wants to hear. Isolated jobs print: what a function
 * does in their processes nobody would notice.
 */
static bool take(void *context, enum log_level level, const char *text)
{
	cnnviz_plan *plan = context;

	if (getpid() != plan->process) {
		return false;
	}
	if (level == LOG_LEVEL_ERROR) {
		library_add_error(plan, text);
	}
	if (plan->message == NULL) {
		return false;
	}
	if (level <= plan->level) {
		plan->message(plan->context, (int32_t)level, text);
	}
	return true;
}

/** Have this thread write numbers with a decimal point, in whatever locale. */
static void write_points(struct entered *entered)
{
	locale_t copy = duplocale(uselocale((locale_t)0));

	entered->numbers = copy != (locale_t)0 ? newlocale(LC_NUMERIC_MASK, "C", copy)
					       : copy;
	if (entered->numbers != (locale_t)0) {
		entered->locale = uselocale(entered->numbers);
	} else if (copy != (locale_t)0) {
		freelocale(copy);
	}
}

bool library_enter(cnnviz_plan *plan, struct entered *entered)
{
	pthread_once(&made, make);
	if (pthread_mutex_lock(&calls) == EDEADLK) {
		return false;
	}
	write_points(entered);
	plan->process = getpid();
	entered->level = log_get_level();
	entered->limits = limits_keep();
	entered->counts = plan->message != NULL;
	if (plan->message != NULL) {
		log_set_level(plan->level);
	}
	limits_put_back(&plan->limits);
	log_set_taker(take, plan);
	interrupt_watch(&plan->canceled);
	return true;
}

void library_leave(const struct entered *entered)
{
	if (entered->counts) {
		log_end_counted();
	}
	interrupt_watch(NULL);
	log_set_taker(NULL, NULL);
	limits_put_back(&entered->limits);
	log_set_level(entered->level);
	if (entered->numbers != (locale_t)0) {
		uselocale(entered->locale);
		freelocale(entered->numbers);
	}
	pthread_mutex_unlock(&calls);
}
