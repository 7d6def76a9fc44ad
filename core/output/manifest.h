/**
 * \file    output/manifest.h
 * \brief   Writes manifest.json: the results of a run for programs
 *
 * That of a shard is manifest-I-of-N.json. It has the command as well, by which the plan is made
 * again, and numbers and members of a record that the gallery shows, but manifest.json does
 * not have: whoever joins shards has no other source.
 */
#ifndef OUTPUT_MANIFEST_H
#define OUTPUT_MANIFEST_H

#include "output/record.h"

/**
 * \brief   Write the manifest into the plan's output folder
 *
 * The same run gives the same bytes: without times and, but for shards, without the output's
 * path.
 */
cnnviz_status manifest_write(const struct record *record, struct error *error);

#endif
