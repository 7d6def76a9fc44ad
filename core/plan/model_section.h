/**
 * \file    plan/model_section.h
 * \brief   Reading [model]: the network, its weights and its class names
 */
#ifndef PLAN_MODEL_SECTION_H
#define PLAN_MODEL_SECTION_H

#include "plan/builder.h"

/** With the graph alone where the network is at fault, to go on checking */
void plan_read_model(struct builder *builder);

#endif
