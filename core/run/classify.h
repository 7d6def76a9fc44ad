/**
 * \file    run/classify.h
 * \brief   Classifies pictures, without jobs
 */
#ifndef RUN_CLASSIFY_H
#define RUN_CLASSIFY_H

#include "graph/logits.h"
#include "plan/plan.h"

/**
 * \brief   Classify pictures
 *
 * \param   top     Number of classes for each picture, at most those of the network
 * \param   results picture_count * top classes
 */
cnnviz_status run_classify(struct plan *plan, size_t top, struct classification *results,
		struct error *error);

#endif
