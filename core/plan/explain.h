/**
 * \file    plan/explain.h
 * \brief   The INI file that a command line of `explain` stands for
 */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

#include "plan/request.h"

/**
 * \brief   Make the INI file in memory
 *
 * Its path is "explain", and its folder the current one.
 *
 * \param   problems    Gets what cannot be written in such a file
 *
 * \return  To be freed with ini_free()
 */
struct ini *explain_ini(const struct plan_request *request, struct problems *problems);

/** Whether -t names a technique */
bool explain_names(const struct plan_request *request, const char *technique);

#endif
