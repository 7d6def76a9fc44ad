/**
 * \file    output/record_members.h
 * \brief   Reads members of a record's JSON that refer to its plan
 *
 * Shared by output/record_from_json.c and output/artifact_from_json.c. Errors are kept as
 * in base/json.h; after one, each result is NULL or a valid index.
 */
#ifndef OUTPUT_RECORD_MEMBERS_H
#define OUTPUT_RECORD_MEMBERS_H

#include "base/json.h"
#include "output/record.h"

/** The job that a member names */
const struct plan_job *record_member_job(struct json_members *in, const char *key,
		const struct plan *plan);

/** Index of the picture that a member names; the probable index is tried first. */
size_t record_member_picture(struct json_members *in, const char *key,
		const struct plan *plan, size_t probable);

/**
 * \brief   Like record_member_picture(), with RECORD_NO_PICTURE for null
 *
 * The picture of the record's latest artifact is tried first, since artifacts are in
 * order.
 */
size_t record_member_picture_or_none(struct json_members *in, const char *key,
		const struct record *record);

/** What a manifest says of a neuron that is a target: its layer, channel and place */
json_t *record_neuron(const struct plan *plan, int64_t target);

/** A target, from the members "index", "not" and "name" of an object, or "neuron"
 * and "name" */
int64_t record_class_members(struct json_members *in, const struct plan *plan);

/** A target, from a member that is such an object; -1 for null */
int64_t record_member_class(struct json_members *in, const char *key,
		const struct plan *plan);

/** A path that stays below the output folder, malloc'ed; NULL for null, if that is allowed */
char *record_member_path(struct json_members *in, const char *key, bool nullable);

/** A number from 0 to 1, or NaN */
double record_member_probability(struct json_members *in, const char *key);

/** Append the artifact that an object describes; place is unused. */
cnnviz_status record_read_artifact(struct record *record, const json_t *json,
		size_t *place, struct error *error);

#endif
