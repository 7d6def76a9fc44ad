/**
 * \file    evaluate/portion_json.h
 * \brief   Converts what a shard has measured to and from JSON that keeps every bit
 *
 * What is read may have been damaged: everything is checked.
 */
#ifndef EVALUATE_PORTION_JSON_H
#define EVALUATE_PORTION_JSON_H

#include "base/json.h"
#include "evaluate/evaluation.h"

/** The totals of a source, its similarities, and why it could not be measured */
json_t *portion_source_to_json(const struct evaluation *evaluation,
		const struct source *source);

/** Add the totals of a shard to a source, which fails if it has failed there. */
cnnviz_status portion_source_add(const struct evaluation *evaluation,
		struct source *source, const json_t *json, struct error *error);

/** An object's scores, of all sources */
json_t *portion_object_to_json(const struct evaluation *evaluation, size_t target);

/**
 * \brief   Note the scores of an object
 *
 * \param   target  Set to the object
 */
cnnviz_status portion_object_add(struct evaluation *evaluation, const json_t *json,
		size_t *target, struct error *error);

#endif
