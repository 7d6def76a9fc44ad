/**
 * \file    output/journal_read.h
 * \brief   Reads the journal of a run that was ended, line by line
 *
 * The file may come from anywhere, and end anywhere: what it says is for the visitor to check.
 */
#ifndef OUTPUT_JOURNAL_READ_H
#define OUTPUT_JOURNAL_READ_H

#include "output/manifest_read.h"

/**
 * \brief   Read a journal
 *
 * Each line is an object; members are visited as those of a manifest, lists again and again.
 * A line that is none is passed over, as is one without an end; after one that is longer than
 * any of a run, nothing is read. An error of the visitor ends a line.
 */
void journal_read(FILE *file, const struct manifest_visitor *visitor);

#endif
