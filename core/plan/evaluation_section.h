/**
 * \file    plan/evaluation_section.h
 * \brief   Reading [evaluation]: what `cnnviz evaluate` does
 */
#ifndef PLAN_EVALUATION_SECTION_H
#define PLAN_EVALUATION_SECTION_H

#include "plan/builder.h"

void plan_read_evaluation(struct builder *builder);

#endif
