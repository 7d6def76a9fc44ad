/**
 * \file    output/journal.h
 * \brief   What a run has finished so far, in a file that grows while it goes on
 *
 * Lines of JSON, each a part of a record as output/record_json.h writes it. So whatever ends the
 * run, SIGKILL too, what was finished before is told; half a line at the end is ignored. Lines
 * reach the system at once and the disk when that likes: files are looked at before they are
 * adopted, and those of a machine that stopped may be missing as well.
 *
 * A file that cannot be written is told of once; the run then goes on without it.
 */
#ifndef OUTPUT_JOURNAL_H
#define OUTPUT_JOURNAL_H

#include "output/earlier.h"
#include "output/record.h"

struct journal {
	char *path;
	int file;     /* -1 until the first line is written */
	char *buffer; /* lines that have not been written */
	size_t length, room;
	bool broken; /* nothing is written any more */
};

/** Path of the journal of a plan's run; malloc'ed */
char *journal_path(const struct plan *plan);

/** A journal that is not begun yet */
struct journal journal_of(const struct plan *plan);

/**
 * \brief   Begin the journal, in place of an earlier one
 *
 * It has then what the record has, which is adopted from an earlier run, and names the files of
 * earlier runs, so that they are not forgotten before the manifest has them.
 */
cnnviz_status journal_begin(const struct journal *journal, const struct record *record,
		const struct earlier *earlier, struct error *error);

/** Add a line, without its line break; another process may have begun the journal. */
void journal_add(struct journal *journal, const char *line, size_t length);

/**
 * Add the digests of a run that has ended early; before, they may not have been known. Without
 * them nothing can be adopted.
 */
void journal_add_digests(struct journal *journal, const struct record *record);

/** Hand the lines that were added to the system. */
void journal_flush(struct journal *journal);

/** Close the file; it remains. */
void journal_close(struct journal *journal);

/** Remove the file of a run that is complete, or has not begun. */
void journal_remove(const struct journal *journal);

#endif
