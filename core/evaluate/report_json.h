/**
 * \file    evaluate/report_json.h
 * \brief   evaluation.json: an evaluation, for programs
 */
#ifndef EVALUATE_REPORT_JSON_H
#define EVALUATE_REPORT_JSON_H

#include <jansson.h>

#include "evaluate/evaluation.h"

/** What was measured, how and with what: the members that stand first; new */
json_t *report_about_json(const struct evaluation *evaluation);

/** New */
json_t *report_json(const struct evaluation *evaluation);

#endif
