/**
 * \file    run/manifest.h
 * \brief   manifest.json: what a run made, for programs
 */
#ifndef RUN_MANIFEST_H
#define RUN_MANIFEST_H

#include "run/record.h"

/**
 * \brief   Write manifest.json into the plan's output folder
 *
 * The same run gives the same bytes: no time, no path of the output.
 */
cnnviz_status manifest_write(const struct record *record, struct error *error);

#endif
