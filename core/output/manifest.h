/**
 * \file    output/manifest.h
 * \brief   manifest.json: what a run made, for programs
 */
#ifndef OUTPUT_MANIFEST_H
#define OUTPUT_MANIFEST_H

#include "output/record.h"

/**
 * \brief   Write manifest.json into the plan's output folder
 *
 * The same run gives the same bytes: no time, no path of the output.
 */
cnnviz_status manifest_write(const struct record *record, struct error *error);

#endif
