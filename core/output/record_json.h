/**
 * \file    output/record_json.h
 * \brief   Converts a record to and from JSON
 *
 * manifest.json and the lines that a job's process sends to its parent have the same
 * format. Texts are written by json_text() and numbers by json_number(), so that bytes
 * that are not UTF-8 and infinite numbers are preserved. Jobs, pictures and classes are
 * given by name.
 */
#ifndef OUTPUT_RECORD_JSON_H
#define OUTPUT_RECORD_JSON_H

#include <jansson.h>

#include "output/record.h"

/** Which members of a record are written */
enum record_detail {
	RECORD_MANIFEST, /* those of manifest.json */
	RECORD_COMPLETE, /* also `area` of a picture's classes, and what is done */
};

/** A whole record, with the parts of its plan that explain it */
json_t *record_to_json(const struct record *record, enum record_detail detail);

/** What stands before its lists */
json_t *record_head_to_json(const struct record *record);

/** A list of a record, of which an item can be converted at a time */
struct record_list {
	const char *name;
	size_t (*count)(const struct record *record);
	/* NULL: it is left out */
	json_t *(*item)(const struct record *record, size_t index,
			enum record_detail detail);
};

/** In their order; the last one has no name */
extern const struct record_list record_lists[];

/* Its parts, one by one */
json_t *record_engine_to_json(const struct record *record);
json_t *record_model_to_json(const struct plan *plan);
json_t *record_input_to_json(const struct plan *plan);
json_t *record_plugin_to_json(const struct plan_job *job);
json_t *record_parameters_to_json(const struct plan *plan, const struct plan_job *job);
json_t *record_job_to_json(const struct record *record, const struct record_job *job);
json_t *record_picture_to_json(const struct record *record, size_t picture,
		enum record_detail detail);
json_t *record_artifact_to_json(const struct record *record,
		const struct record_artifact *artifact);
json_t *record_warning_to_json(const struct record *record,
		const struct record_warning *warning);
json_t *record_rule_to_json(const struct record_rule *rule);
json_t *record_done_to_json(const struct plan *plan, const struct plan_job *job,
		size_t picture);
json_t *record_failure_to_json(const struct record *record,
		const struct record_failure *failure);

/**
 * \brief   Update a record from JSON with any of the members of record_to_json()
 *
 * Everything is checked: types and ranges; that jobs, pictures and classes are those of
 * the record's plan, and in its order; that paths stay below the output folder. An
 * unknown member is an error. Members that repeat the plan must agree with it, except
 * for those that do not change results: threads, device, the paths of weights and
 * pictures, and which jobs are selected.
 *
 * Artifacts, warnings, failures and rules are appended; pictures and jobs get their new
 * state, but a job that has failed remains failed. What is done is added to what was. The size of a drawing is computed
 * from the artifact's shape. The model's digest is set when it is not known yet.
 *
 * \return  CNNVIZ_ERROR_INPUT, with a sentence that begins with the place, such as
 *          "artifacts[3]"; what stands before that place has been added
 */
cnnviz_status record_update_from_json(struct record *record, const json_t *json,
		struct error *error);

/**
 * \brief   Add one item of one of a record's lists, likewise
 *
 * \param   place   In the list: where to look for its picture or job first; the next one is
 *                  set
 */
cnnviz_status record_item_from_json(struct record *record, const char *list,
		const json_t *item, size_t *place, struct error *error);

/**
 * \brief   Create a record from JSON written by record_to_json(), with either detail
 *
 * Jobs and pictures of the plan that are missing in the JSON stay as in an empty
 * record. Nothing is done, and `area` of classes is 0, if they are missing.
 *
 * \param   plan    The record's plan, which must outlive it
 * \param   record  To be freed with record_free()
 *
 * \return  As record_update_from_json(); all members of the record are required.
 */
cnnviz_status record_from_json(const struct plan *plan, const json_t *json,
		struct record **record, struct error *error);

#endif
