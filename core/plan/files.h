/**
 * \file    plan/files.h
 * \brief   The files that jobs read
 */
#ifndef PLAN_FILES_H
#define PLAN_FILES_H

#include "plan/plan.h"

/** Called with each path; borrowed, and a file that may not be there any more */
typedef void plan_file_visit(void *context, const char *path);

/**
 * \brief   Visit the pictures and what parameters of the jobs name
 *
 * Not the network and its weights, of which parts may have been read when the plan was.
 */
void plan_visit_files(const struct plan *plan, plan_file_visit *visit, void *context);

#endif
