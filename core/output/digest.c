/**
 * \file    output/digest.c
 * \brief   Digests of all that determines the results of a run, and of each of its jobs
 */
#include "config.h"

#include "output/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/path_digest.h"
#include "graph/identity.h"
#include "output/record_json.h"
#include "plugin/attribution.h"

/** The digest of JSON as a text; releases it. */
static void digest_json(json_t *json, char hex[65])
{
	char *text = json_dumps(json, JSON_EXACT);

	hex[0] = '\0';
	if (text != NULL) {
		digest_sha256(text, strlen(text), hex);
	}
	free(text);
	json_decref(json);
}

/* ---- What all jobs share -------------------------------------------------------- */

static json_t *region_json(const struct region *region)
{
	const struct image *mask = region->mask;
	json_t *box = json_array();
	char digest[65] = "";

	for (size_t i = 0; i < 4; i++) {
		json_array_append_new(box, json_number(region->box[i]));
	}
	if (mask != NULL) {
		digest_sha256(mask->pixels,
				(size_t)(mask->width * mask->height * mask->channels),
				digest);
	}
	return json_pack("[i,o,b,s]", (int)region->kind, box, region->shares, digest);
}

/** The engine's name; of one that is given by its path, the file's */
static json_t *engine_json(const struct plan *plan)
{
	char *name = path_stem(plan->engine);
	json_t *json = json_text(name);

	free(name);
	return json;
}

static json_t *shared_json(const struct plan *plan)
{
	const struct ini_entry *key = ini_find(plan->ini, "model", "weights_key");

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:[i,i,b]}", "cnnviz", PACKAGE_VERSION,
			"engine", engine_json(plan), "model",
			model_identity(plan->model, key != NULL ? key->value : NULL),
			"input", record_input_to_json(plan), "region",
			region_json(&plan->region), "seed", (json_int_t)plan->seed,
			"files", (int)plan->format, plan->jpeg_quality, plan->pack);
}

/* ---- Jobs ----------------------------------------------------------------------- */

/** What a path leads to; of a text that is none, as those of regions may be, the text */
static json_t *path_json(const char *text)
{
	char digest[65];

	path_digest(text, digest);
	return json_text(digest[0] != '\0' ? digest : text);
}

/** A value whose text is a path, by what is there; NULL for any other */
static json_t *contents_json(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *value)
{
	if (parameter->type == CNNVIZ_PARAMETER_NETWORK) {
		return model_identity(plan->networks[value->integer].model, NULL);
	}
	if (parameter->type != CNNVIZ_PARAMETER_PATH
			&& parameter->type != CNNVIZ_PARAMETER_PICTURES) {
		return NULL;
	}
	if (value->item_count == 0) {
		return path_json(value->text);
	}
	json_t *items = json_array();

	for (size_t i = 0; i < value->item_count; i++) {
		json_array_append_new(items, path_json(value->items[i].text));
	}
	return items;
}

/** Put contents in the place of the paths of some parameters. */
static void add_contents(json_t *object, const struct plan *plan,
		const cnnviz_parameter *parameters, size_t count,
		const struct value *values)
{
	for (size_t i = 0; i < count; i++) {
		json_t *contents = values[i].set
				? contents_json(plan, &parameters[i], &values[i])
				: NULL;

		if (contents != NULL) {
			json_object_set_new(object, parameters[i].name, contents);
		}
	}
}

static json_t *values_json(const struct plan *plan, const struct plan_job *job)
{
	json_t *object = record_parameters_to_json(plan, job);

	add_contents(object, plan, job->plugin->parameters,
			job->plugin->technique.parameter_count, job->values);
	if (job->common != NULL) {
		add_contents(object, plan, attribution_parameters,
				attribution_parameter_count, job->common);
	}
	return object;
}

/** The digests of the jobs whose maps a job uses, which stand before it */
static json_t *needs_json(const struct digests *digests, const struct plan *plan,
		const struct plan_job *job)
{
	json_t *needs = json_array();

	for (size_t i = 0; i < job->need_count; i++) {
		json_array_append_new(needs,
				json_text(digests->jobs[job->needs[i] - plan->jobs]));
	}
	return needs;
}

static json_t *job_json(const struct digests *digests, const struct plan *plan,
		const struct plan_job *job)
{
	const cnnviz_technique *technique = &job->plugin->technique;

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "shared", digests->pictures,
			"name", json_text(job->name), "technique",
			json_text(technique->name), "version",
			json_text(technique->version), "plugin",
			json_text(job->plugin_digest), "neuron",
			json_text(job->neuron != 0 ? model_class_name(plan->model,
						  job->neuron)
						   : NULL),
			"parameters", values_json(plan, job), "needs",
			needs_json(digests, plan, job));
}

struct digests digests_compute(const struct plan *plan)
{
	struct digests digests = { .jobs = memory_new(plan->job_count, 65),
		.count = plan->job_count };

	digest_json(shared_json(plan), digests.pictures);
	for (size_t i = 0; i < plan->job_count; i++) {
		digest_json(job_json(&digests, plan, &plan->jobs[i]), digests.jobs[i]);
	}
	return digests;
}

void digests_free(struct digests *digests)
{
	free(digests->jobs);
	*digests = (struct digests){ 0 };
}

/* ---- All pictures --------------------------------------------------------------- */

/** Whether a job, or one whose maps it uses, looks at all pictures before its first map */
static bool looks_at_all(const struct plan_job *job)
{
	bool looks = job->plugin->technique.prepare != NULL;

	for (size_t i = 0; i < job->need_count && !looks; i++) {
		looks = looks_at_all(job->needs[i]);
	}
	return looks;
}

bool digests_need_all(const struct plan *plan)
{
	size_t i = 0;

	while (i < plan->job_count && !looks_at_all(&plan->jobs[i])) {
		i++;
	}
	return i < plan->job_count;
}

/** Digests and targets of all pictures; "" while one of them is not known */
static void digest_all(const struct record *record, char hex[65])
{
	json_t *pictures = json_array();
	bool known = true;

	for (size_t i = 0; i < record->plan->picture_count && known; i++) {
		const struct record_picture *picture = &record->pictures[i];

		known = picture->digest[0] != '\0' || picture->failure != NULL;
		json_array_append_new(pictures,
				json_pack("[s,I]", picture->digest,
						(json_int_t)record->plan->pictures[i]
								.target));
	}
	hex[0] = '\0';
	if (known) {
		digest_json(pictures, hex);
	} else {
		json_decref(pictures);
	}
}

void digests_note(const struct digests *digests, struct record *record)
{
	char all[65];

	digest_all(record, all);
	memcpy(record->digest, digests->pictures, sizeof(record->digest));
	for (size_t i = 0; i < digests->count; i++) {
		struct record_job *job = &record->jobs[i];

		if (!looks_at_all(job->plan)) {
			memcpy(job->digest, digests->jobs[i], sizeof(job->digest));
		} else if (all[0] != '\0') {
			digest_json(json_pack("[s,s]", digests->jobs[i], all),
					job->digest);
		}
	}
}
