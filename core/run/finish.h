/**
 * \file    run/finish.h
 * \brief   How a run ends: what has become of its jobs, and the reports of it
 */
#ifndef RUN_FINISH_H
#define RUN_FINISH_H

#include "output/record.h"

/**
 * Sort a record, and set the final status of every job that did not fail as a whole.
 *
 * \param   stopped     A failure has ended the run (--fail-fast)
 */
void finish_status(struct record *record, bool stopped);

/** Whether a job, a picture or a job on a picture has failed */
bool run_has_failed(const struct record *record);

/** Which reports of a run have been written */
struct finish_reports {
	bool indexes, manifest, gallery;
};

/** Write the contact sheets, if the plan wants them; false after an error, which is printed. */
bool finish_sheets(struct record *record);

/** Write each that can be: one that cannot must not take the others with it. */
struct finish_reports finish_write(struct record *record);

/** Print what was done, and where it is. */
void finish_print(const struct record *record, bool gallery);

#endif
