/**
 * \file    plan/order.h
 * \brief   Which jobs are wanted, and the order in which they need each other
 */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include "plan/builder.h"

/** Leave the jobs that --only asks for and those that they need, in order. */
void plan_arrange_jobs(struct builder *builder);

#endif
