/**
 * \file    plan/order.h
 * \brief   Selects the jobs, and orders them by their dependencies
 */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include "plan/builder.h"

/** Keep the jobs of --only and those that they need, in order of dependency. */
void plan_arrange_jobs(struct builder *builder);

#endif
