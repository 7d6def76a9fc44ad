/**
 * \file    plan/model_section.h
 * \brief   Reads [model]: the network, its weights and its class names
 */
#ifndef PLAN_MODEL_SECTION_H
#define PLAN_MODEL_SECTION_H

#include "plan/builder.h"

/** Read [model]; if weights or labels fail, only the graph, to continue checking */
void plan_read_model(struct builder *builder);

/**
 * \brief   An architecture or weights as model_load() takes them; malloc'ed
 *
 * \param   text    NULL gives NULL
 * \param   line    Of the value; 0: it comes from the command line, whose paths are relative
 *                 to the current folder
 */
char *plan_architecture_text(const char *text, int line);
char *plan_weights_text(const char *text, int line);

#endif
