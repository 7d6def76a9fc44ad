/**
 * \file    plan/read.h
 * \brief   Reading a plan: an INI file, or what a command line says instead
 */
#ifndef PLAN_READ_H
#define PLAN_READ_H

#include "plan/request.h"

/**
 * \brief   Read and check a whole INI file
 *
 * Every fault found is added to problems, in the file's order as far as possible.
 * Warns (log) of plugins that were refused and that no job asks for.
 *
 * \return  NULL when there were problems.
 */
struct plan *plan_read(const struct plan_options *options, struct problems *problems);

/**
 * \brief   A plan without jobs, for run_classify()
 *
 * Checked like an INI file; paths are relative to the current folder. There is no
 * registry.
 *
 * \return  NULL when there were problems.
 */
struct plan *plan_classify(const struct plan_request *request, struct problems *problems);

#endif
