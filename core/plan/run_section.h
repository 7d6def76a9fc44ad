/**
 * \file    plan/run_section.h
 * \brief   Reads [run]: where results go and how they are computed
 */
#ifndef PLAN_RUN_SECTION_H
#define PLAN_RUN_SECTION_H

#include "plan/builder.h"

/**
 * Set the limits that the command line gives, for reading the INI file itself; problems are
 * left to plan_read_run()
 */
void plan_preset_limits(const char *const *overrides);

/** Read [run], with -o and $CNNVIZ_ENGINE */
void plan_read_run(struct builder *builder);

#endif
