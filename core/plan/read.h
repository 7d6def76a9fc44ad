/**
 * \file    plan/read.h
 * \brief   Reads a plan from an INI file or from the command line
 */
#ifndef PLAN_READ_H
#define PLAN_READ_H

#include "plan/request.h"

/**
 * \brief   Read and check a whole INI file
 *
 * Adds every error to problems, in the file's order as far as possible. Logs warnings
 * about refused plugins that no job uses.
 *
 * \return  NULL when there were problems
 */
struct plan *plan_read(const struct plan_options *options, struct problems *problems);

/**
 * \brief   A plan without jobs, for run_classify()
 *
 * Checked like an INI file; paths are relative to the current folder. There is no
 * registry. Pictures that cannot be used are a problem only if all are such; else they
 * have the reason in `failure`, and cannot be read.
 *
 * \return  NULL when there were problems
 */
struct plan *plan_classify(const struct plan_request *request, struct problems *problems);

/**
 * \brief   A plan for a picture or more without an INI file, for run_plan()
 *
 * It is the one that plan_read() gives for the INI file in plan->ini, which ini_write()
 * writes. Problems begin with the option that sets the key.
 *
 * \param   check   As in plan_options
 *
 * \return  NULL when there were problems
 */
struct plan *plan_explain(const struct plan_request *request, plan_check check,
		struct problems *problems);

#endif
