/**
 * \file    output/manifest.h
 * \brief   Writes manifest.json: the results of a run for programs
 */
#ifndef OUTPUT_MANIFEST_H
#define OUTPUT_MANIFEST_H

#include "output/record.h"

/**
 * \brief   Write manifest.json into the plan's output folder
 *
 * The same run gives the same bytes: without times and without the output's path.
 */
cnnviz_status manifest_write(const struct record *record, struct error *error);

#endif
