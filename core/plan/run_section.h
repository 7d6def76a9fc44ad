/**
 * \file    plan/run_section.h
 * \brief   Reads [run]: where results go and how they are computed
 */
#ifndef PLAN_RUN_SECTION_H
#define PLAN_RUN_SECTION_H

#include "plan/builder.h"

/** Read [run], with -o and $CNNVIZ_ENGINE */
void plan_read_run(struct builder *builder);

#endif
