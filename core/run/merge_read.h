/**
 * \file    run/merge_read.h
 * \brief   Reads what a source has into a record of its own
 */
#ifndef RUN_MERGE_READ_H
#define RUN_MERGE_READ_H

#include "graph/name_index.h"
#include "output/record.h"
#include "run/sources.h"

/**
 * \brief   Read a source's results
 *
 * From the journal, of which single lines may be damaged, or else from the manifest.
 *
 * \param   names   Indices of the plan's pictures by their names
 *
 * \return  CNNVIZ_ERROR_INPUT if the manifest does not belong to the plan, with a clause that
 *          says where
 */
cnnviz_status source_read(const struct source *source, const struct name_index *names,
		struct record *record, struct error *error);

#endif
