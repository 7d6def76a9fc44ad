/**
 * \file    output/pack_index.h
 * \brief   Tables of what the rows of packs are: JOB/maps.csv beside JOB/maps.npy
 */
#ifndef OUTPUT_PACK_INDEX_H
#define OUTPUT_PACK_INDEX_H

#include "output/record.h"

/** Path of the index of a pack, "JOB/maps.csv" of "JOB/maps.npy"; malloc'ed */
char *pack_index_path(const char *pack);

/**
 * \brief   Write the index of each pack that a record has rows of
 *
 * A line for each row that is recorded, in order: the row's number, the picture's name and
 * path, the target's index and name.
 */
cnnviz_status pack_indexes_write(const struct record *record, struct error *error);

#endif
