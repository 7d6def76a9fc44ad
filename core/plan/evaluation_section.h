/**
 * \file    plan/evaluation_section.h
 * \brief   Reads [evaluation]: the settings of `cnnviz evaluate`
 */
#ifndef PLAN_EVALUATION_SECTION_H
#define PLAN_EVALUATION_SECTION_H

#include "plan/builder.h"

void plan_read_evaluation(struct builder *builder);

#endif
