/**
 * \file    host/progress.h
 * \brief   How far a run is: a bar on a terminal, now and then a line elsewhere
 */
#ifndef HOST_PROGRESS_H
#define HOST_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress;

/**
 * \brief   Start to show
 *
 * \param   results     How many job-and-picture pairs the whole run has
 * \param   pictures    How many pictures
 * \param   quiet       Show nothing
 */
struct progress *progress_start(size_t results, size_t pictures, bool quiet);

/** A job begins on some pictures; results finishes when progress_results() is called. */
void progress_job(struct progress *progress, const char *name, size_t results);

/** A job takes the pictures by itself, from the first one on, perhaps in a child. */
void progress_apart(struct progress *progress, const char *name);

/** That many results are finished in all, whatever a child has told of its own. */
void progress_reach(struct progress *progress, size_t results);

/** The present job is done of total steps far */
void progress_fraction(struct progress *progress, uint64_t done, uint64_t total);

/** Where the present job stands, in a few words; shown until the job ends */
void progress_note(struct progress *progress, const char *text);

/** Some results are finished (or given up). */
void progress_results(struct progress *progress, size_t results);

/** Some pictures are finished. */
void progress_pictures(struct progress *progress, size_t pictures);

/** Clear the bar and free. */
void progress_end(struct progress *progress);

#endif
