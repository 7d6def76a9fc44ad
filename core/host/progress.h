/**
 * \file    host/progress.h
 * \brief   Progress of a run: a bar on a terminal, otherwise a line from time to time
 */
#ifndef HOST_PROGRESS_H
#define HOST_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

/**
 * \brief   Start to show progress
 *
 * \param   results     Number of pairs of job and picture in the whole run
 * \param   pictures    Number of pictures
 * \param   quiet       Show nothing
 */
struct progress *progress_start(size_t results, size_t pictures, bool quiet);

/**
 * A job starts with some pictures; progress_results() is called when their results are
 * finished.
 */
void progress_job(struct progress *progress, const char *name, size_t results);

/**
 * A single job runs on all pictures, from the first one on, possibly in a child
 * process.
 */
void progress_single_job(struct progress *progress, const char *name);

/** Set the total number of finished results, whatever a child process has reported. */
void progress_set_results(struct progress *progress, size_t results);

/** The current job has finished `done` of `total` steps */
void progress_fraction(struct progress *progress, uint64_t done, uint64_t total);

/** A short message of the current job, shown until the job ends */
void progress_message(struct progress *progress, const char *text);

/** Some results are finished, or skipped. */
void progress_results(struct progress *progress, size_t results);

/** Some pictures went by, of which some were done and the others failed. */
void progress_pictures(struct progress *progress, size_t pictures, size_t done);

/** Gets the part of all results that is done, and the job at work or NULL */
typedef void progress_taker(void *context, double done, const char *job);

/** Have a function be called in this process whenever something more is done. */
void progress_set_taker(struct progress *progress, progress_taker *take, void *context);

/** Clear the bar and free. */
void progress_end(struct progress *progress);

#endif
