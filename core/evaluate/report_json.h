/**
 * \file    evaluate/report_json.h
 * \brief   evaluation.json: an evaluation, for programs
 */
#ifndef EVALUATE_REPORT_JSON_H
#define EVALUATE_REPORT_JSON_H

#include <jansson.h>

#include "evaluate/evaluation.h"

/** New */
json_t *report_json(const struct evaluation *evaluation);

#endif
