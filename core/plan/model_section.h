/**
 * \file    plan/model_section.h
 * \brief   Reads [model]: the network, its weights and its class names
 */
#ifndef PLAN_MODEL_SECTION_H
#define PLAN_MODEL_SECTION_H

#include "plan/builder.h"

/** Read [model]; if weights or labels fail, only the graph, to continue checking */
void plan_read_model(struct builder *builder);

#endif
