/**
 * \file    base/log.h
 * \brief   Messages to the user, on standard error
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cnnviz/host.h>

enum log_level {
	LOG_LEVEL_ERROR,   /* always shown */
	LOG_LEVEL_WARNING, /* always shown */
	LOG_LEVEL_INFO,    /* hidden by -q */
	LOG_LEVEL_DETAIL,  /* shown by -v */
};

/** Set once at start; the default shows up to LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/**
 * \brief   Print "cnnviz: [warning: ]text\n" to standard error if shown
 *
 * Clears the line of a progress bar first if log_set_status_line() announced one.
 */
void log_write(enum log_level level, const char *format, ...) CNNVIZ_PRINTF(2, 3);
void log_vwrite(enum log_level level, const char *format, va_list arguments)
		CNNVIZ_PRINTF(2, 0);

/**
 * \brief   Print a warning about a subject, unless one of its kind was printed before
 *
 * Warnings of one kind have the same owner, such as a job or NULL, and differ by numbers
 * and the subject alone, such as a file's path or NULL. The same warning again does not
 * count.
 */
void log_warn_counted(const void *owner, const char *subject, const char *format, ...)
		CNNVIZ_PRINTF(3, 4);

/** Print how many warnings log_warn_counted() did not, and forget them. */
void log_end_counted(void);

/** Print no more counted warnings: another process has printed them. */
void log_skip_counted(void);

/** Messages that were kept back, in their order */
struct log_held {
	struct held_message *messages;
	size_t count;
};

/** Keep the calling thread's messages back from now on; NULL: no longer. */
void log_hold(struct log_held *held);

/** Print what was kept back, and forget it. */
void log_show(struct log_held *held);

/**
 * Call a function before anything is printed, so that what belongs before it can be said
 * first; NULL: no longer. Messages that the function prints do not call it again.
 */
void log_set_before(void (*before)(void *context), void *context);

/**
 * \brief   Hands on what would be printed, without "cnnviz: " and without a newline
 *
 * \return  false: print it after all
 */
typedef bool log_taker(void *context, enum log_level level, const char *text);

/** Hand messages to a function from now on; NULL: print them. */
void log_set_taker(log_taker *take, void *context);

/** Announce that a progress bar occupies the terminal's last line, or no longer does. */
void log_set_status_line(bool shown);

#endif
