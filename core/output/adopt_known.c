/**
 * \file    output/adopt_known.c
 * \brief   What an earlier run says of pictures and jobs, and whether that is so still
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "output/adopt_parts.h"
#include "output/record_json.h"

/* ---- Names ---------------------------------------------------------------------- */

void adoption_index_names(struct adoption *adoption)
{
	const struct plan *plan = adoption->record->plan;

	for (size_t i = 0; i < plan->picture_count; i++) {
		*name_index_add(&adoption->names, plan->pictures[i].name,
				NULL) = (int64_t)i;
	}
}

bool adoption_find_picture(const struct adoption *adoption, const json_t *item,
		const char *key, size_t *picture)
{
	char *name = json_text_value(json_object_get(item, key));
	const int64_t *place = name != NULL ? name_index_find(&adoption->names, name)
					    : NULL;

	if (place != NULL) {
		*picture = (size_t)*place;
	}
	free(name);
	return place != NULL;
}

const struct plan_job *adoption_find_job(const struct adoption *adoption,
		const json_t *item, const char *key)
{
	char *name = json_text_value(json_object_get(item, key));
	const struct plan_job *job = name != NULL
			? plan_find_job(adoption->record->plan, name)
			: NULL;

	free(name);
	return job;
}

size_t adoption_place(const struct adoption *adoption, const struct plan_job *job)
{
	return (size_t)(job - adoption->record->plan->jobs);
}

/* ---- Digests -------------------------------------------------------------------- */

static bool is_text(const json_t *json, const char *text)
{
	char *value = json_text_value(json);
	bool equal = value != NULL && strcmp(value, text) == 0;

	free(value);
	return equal;
}

/** Whether a member is what this run would write; releases that. */
static bool is_same(const json_t *value, json_t *expected)
{
	bool same = json_equal(value, expected) != 0;

	json_decref(expected);
	return same;
}

cnnviz_status adopt_know_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	struct adoption *adoption = context;
	const struct plan *plan = adoption->record->plan;

	(void)error;
	if (strcmp(name, "cnnviz") == 0 && !is_text(value, PACKAGE_VERSION)) {
		adoption->reason = ADOPT_PROGRAM;
	} else if (strcmp(name, "seed") == 0
			&& !is_same(value, json_integer((json_int_t)plan->seed))) {
		adoption->reason = ADOPT_SEED;
	} else if (strcmp(name, "input") == 0
			&& !is_same(value, record_input_to_json(plan))) {
		adoption->reason = ADOPT_INPUT;
	} else if (strcmp(name, "digest") == 0 && json_is_string(value)) {
		adoption->same = is_text(value, adoption->record->digest);
	}
	return CNNVIZ_OK;
}

/** Why the digest of a job is another one */
static enum adopt_reason find_reason(const struct adoption *adoption,
		const struct plan_job *job, const json_t *item)
{
	const json_t *plugin = json_object_get(item, "plugin");

	if (!is_same(json_object_get(item, "parameters"),
			    record_parameters_to_json(adoption->record->plan, job))) {
		return ADOPT_PARAMETERS;
	}
	if (!is_text(json_object_get(plugin, "sha256"), job->plugin_digest)) {
		return ADOPT_PLUGIN;
	}
	if (!is_text(json_object_get(item, "version"), job->plugin->technique.version)) {
		return ADOPT_VERSION;
	}
	if (adoption->reason != ADOPT_NO_REASON) {
		return adoption->reason;
	}
	return adoption->same ? ADOPT_OTHERS : ADOPT_NETWORK;
}

static void know_job(const struct adoption *adoption, const json_t *item)
{
	const struct plan_job *job = adoption_find_job(adoption, item, "name");
	const json_t *digest = json_object_get(item, "digest");

	if (job == NULL) {
		return;
	}
	size_t place = adoption_place(adoption, job);
	struct known_job *known = &adoption->jobs[place];

	known->draws = known->draws || !json_is_false(json_object_get(item, "random"));
	if (!json_is_string(digest)) {
		return;
	}
	known->same = is_text(digest, adoption->record->jobs[place].digest);
	known->whole = json_is_true(json_object_get(item, "wanted"))
			&& is_text(json_object_get(item, "status"),
					record_status_name(RECORD_OK));
	adoption->result->reasons[place] = known->same ? ADOPT_NO_REASON
						       : find_reason(adoption, job, item);
}

/** Whether a picture has now the target that the earlier run has found or was given */
static bool has_target(const struct plan_picture *picture, const json_t *item)
{
	const json_t *target = json_object_get(item, "target");
	const json_t *index = json_object_get(target, "index");
	bool negative = json_is_true(json_object_get(target, "not"));

	if (picture->target == PLAN_TARGET_PREDICTED) {
		const json_t *predicted = json_object_get(item, "predicted");

		return json_is_integer(index)
				&& json_equal(index, json_object_get(predicted, "index"))
				&& negative
				== json_is_true(json_object_get(predicted, "not"));
	}
	return json_is_integer(index)
			&& json_integer_value(index) == CNNVIZ_CLASS_OF(picture->target)
			&& negative == CNNVIZ_IS_NOT(picture->target);
}

static void know_picture(const struct adoption *adoption, const json_t *item)
{
	const struct record *record = adoption->record;
	const char *digest;
	size_t picture;

	if (!adoption_find_picture(adoption, item, "name", &picture)) {
		return;
	}
	const json_t *index = json_object_get(item, "index");
	struct known_picture *known = &adoption->pictures[picture];

	digest = record->pictures[picture].digest;
	*known = (struct known_picture){
		.there = true,
		.same = *digest != '\0'
				&& is_text(json_object_get(item, "sha256"), digest),
		.same_target = has_target(&record->plan->pictures[picture], item),
		.same_index = json_is_integer(index)
				&& json_integer_value(index) == (json_int_t)picture,
	};
}

static void know_done(const struct adoption *adoption, const json_t *item)
{
	const struct plan_job *job = adoption_find_job(adoption, item, "job");
	size_t picture = RECORD_NO_PICTURE;

	if (job != NULL && job->selected
			&& (job_is_once(job) ? json_is_null(json_object_get(item,
					    "picture"))
					     : adoption_find_picture(adoption, item,
							     "picture", &picture))) {
		record_done(adoption->record,
				&adoption->record->jobs[adoption_place(adoption, job)],
				picture);
	}
}

cnnviz_status adopt_know_item(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	const struct adoption *adoption = context;

	(void)index;
	(void)error;
	if (strcmp(list, "jobs") == 0) {
		know_job(adoption, item);
	} else if (strcmp(list, "pictures") == 0) {
		know_picture(adoption, item);
	} else {
		know_done(adoption, item);
	}
	return CNNVIZ_OK;
}

/* ---- What may be adopted --------------------------------------------------------- */

static bool has_own_target(const struct plan_job *job)
{
	return job->neuron != 0 || job_common_value(job, "target")->set;
}

/** Whether a job, or one whose maps it uses, draws random numbers */
static bool draws(const struct adoption *adoption, const struct plan_job *job)
{
	bool any = adoption->jobs[adoption_place(adoption, job)].draws;

	for (size_t i = 0; i < job->need_count && !any; i++) {
		any = draws(adoption, job->needs[i]);
	}
	return any;
}

bool adoption_is_valid(const struct adoption *adoption, const struct plan_job *job,
		size_t picture)
{
	const struct known_picture *known;

	if (!adoption->jobs[adoption_place(adoption, job)].same) {
		return false;
	}
	if (picture == RECORD_NO_PICTURE) {
		return !job->elsewhere;
	}
	known = &adoption->pictures[picture];
	return known->same && (known->same_target || has_own_target(job))
			&& (known->same_index || !draws(adoption, job))
			&& !adoption->record->plan->pictures[picture].elsewhere;
}
