/**
 * \file    output/record_to_json.c
 * \brief   Converts a record to JSON
 */
#include "config.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "graph/operation.h"
#include "image/resample.h"
#include "output/command.h"
#include "output/gallery_pages.h"
#include "output/record_json.h"
#include "output/record_members.h"

/* ---- Classes, pictures, shapes ------------------------------------------------- */

static json_t *picture_name(const struct plan *plan, size_t picture)
{
	return json_text(picture == RECORD_NO_PICTURE ? NULL
						      : plan->pictures[picture].name);
}

/** A target with index and name, or null for -1 */
static json_t *class_object(const struct plan *plan, int64_t target)
{
	if (target == -1) {
		return json_null();
	}
	json_t *object = json_object();

	if (CNNVIZ_IS_NEURON(target)) {
		json_object_set_new(object, "neuron", record_neuron(plan, target));
	} else {
		json_object_set_new(object, "index",
				json_integer(CNNVIZ_CLASS_OF(target)));
	}
	if (CNNVIZ_IS_NOT(target)) {
		json_object_set_new(object, "not", json_true());
	}
	json_object_set_new(object, "name",
			json_text(model_class_name(plan->model, target)));
	return object;
}

static json_t *classification_object(const struct plan *plan, int64_t index, double logit,
		double probability)
{
	json_t *object = class_object(plan, index);

	json_object_set_new(object, "logit", json_number(logit));
	json_object_set_new(object, "probability", json_number(probability));
	return object;
}

static json_t *shape_array(uint32_t rank, const int64_t *shape)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < rank; i++) {
		json_array_append_new(array, json_integer(shape[i]));
	}
	return array;
}

/* ---- The plan --------------------------------------------------------------- */

/** A digest, or null where it is not known */
static json_t *digest_text(const char *digest)
{
	return json_text(*digest != '\0' ? digest : NULL);
}

json_t *record_model_to_json(const struct plan *plan)
{
	json_t *object = json_object();

	json_object_set_new(object, "architecture", json_text(plan->architecture));
	json_object_set_new(object, "classes", json_integer(plan->model->class_count));
	json_object_set_new(object, "weights", json_text(plan->model->weights_path));
	json_object_set_new(object, "sha256", digest_text(plan->model->digest));
	return object;
}

json_t *record_input_to_json(const struct plan *plan)
{
	json_t *object = json_object();

	json_object_set_new(object, "width",
			plan->size_free ? json_null() : json_integer(plan->size[1]));
	json_object_set_new(object, "height",
			plan->size_free ? json_null() : json_integer(plan->size[0]));
	json_object_set_new(object, "resize", json_text(image_fit_names[plan->fit]));
	json_object_set_new(object, "filter",
			json_text(image_filter_names[plan->filter]));
	return object;
}

/** A list's values, or "all" */
static json_t *list_json(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *list)
{
	if (list->item_count == 0) {
		return json_text(list->text);
	}
	json_t *array = json_array();

	for (size_t i = 0; i < list->item_count; i++) {
		json_array_append_new(array,
				json_text(record_parameter(plan, parameter,
						&list->items[i])));
	}
	return array;
}

static void add_parameters(json_t *object, const struct plan *plan,
		const cnnviz_parameter *parameters, size_t count,
		const struct value *values)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t flags = parameters[i].flags;
		bool list = (flags & CNNVIZ_PARAMETER_LIST) != 0
				&& !(flags & CNNVIZ_PARAMETER_WAS_SINGLE
						&& values[i].item_count == 1);

		if (values[i].set) {
			json_object_set_new(object, parameters[i].name,
					list ? list_json(plan, &parameters[i], &values[i])
					     : json_text(record_parameter(plan,
							     &parameters[i],
							     &values[i])));
		}
	}
}

json_t *record_parameters_to_json(const struct plan *plan, const struct plan_job *job)
{
	json_t *object = json_object();

	add_parameters(object, plan, job->plugin->parameters,
			job->plugin->technique.parameter_count, job->values);
	if (job->common != NULL) {
		add_parameters(object, plan, attribution_parameters,
				attribution_parameter_count, job->common);
	}
	return object;
}

/* ---- Jobs and pictures --------------------------------------------------------- */

json_t *record_plugin_to_json(const struct plan_job *job)
{
	return json_pack("{s:o,s:o}", "path", json_text(job->plugin->path), "sha256",
			digest_text(job->plugin_digest));
}

json_t *record_job_to_json(const struct record *record, const struct record_job *entry)
{
	const struct plan_job *job = entry->plan;
	const cnnviz_technique *technique = &job->plugin->technique;
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(job->name));
	json_object_set_new(object, "technique", json_text(technique->name));
	json_object_set_new(object, "version", json_text(technique->version));
	json_object_set_new(object, "reference", json_text(technique->reference));
	json_object_set_new(object, "plugin", record_plugin_to_json(job));
	json_object_set_new(object, "parameters",
			record_parameters_to_json(record->plan, job));
	json_object_set_new(object, "wanted", json_boolean(job->selected));
	json_object_set_new(object, "status",
			json_text(record_status_name(entry->status)));
	json_object_set_new(object, "reason", json_text(entry->reason));
	json_object_set_new(object, "digest", digest_text(entry->digest));
	json_object_set_new(object, "random", json_boolean(entry->draws));
	return object;
}

static json_t *top_array(const struct plan *plan, const struct record_picture *picture,
		enum record_detail detail)
{
	json_t *array = json_array();

	for (size_t i = 0; i < picture->top_count; i++) {
		const struct classification *top = &picture->top[i];
		json_t *object = classification_object(plan, top->index, top->logit,
				top->probability);

		if (detail == RECORD_COMPLETE) {
			json_object_set_new(object, "area", json_number(top->area));
		}
		json_array_append_new(array, object);
	}
	return array;
}

/** The size of a picture as its file says */
static json_t *size_object(const struct plan_picture *picture)
{
	return json_pack("{s:I,s:I}", "width", (json_int_t)picture->width, "height",
			(json_int_t)picture->height);
}

json_t *record_picture_to_json(const struct record *record, size_t index,
		enum record_detail detail)
{
	const struct plan *plan = record->plan;
	const struct record_picture *picture = &record->pictures[index];
	json_t *object = json_object();

	json_object_set_new(object, "name", picture_name(plan, index));
	json_object_set_new(object, "path", json_text(plan->pictures[index].path));
	json_object_set_new(object, "index", json_integer((json_int_t)index));
	json_object_set_new(object, "sha256", digest_text(picture->digest));
	if (plan->pictures[index].width > 0) {
		json_object_set_new(object, "photograph",
				size_object(&plan->pictures[index]));
	}
	json_object_set_new(object, "failure", json_text(picture->failure));
	if (!picture->done) {
		return object;
	}
	json_object_set_new(object, "input", json_text(picture->input));
	if (picture->sheet != NULL) {
		json_object_set_new(object, "contact_sheet", json_text(picture->sheet));
	}
	json_object_set_new(object, "width", json_integer(picture->width));
	json_object_set_new(object, "height", json_integer(picture->height));
	json_object_set_new(object, "target",
			classification_object(plan, picture->target,
					picture->target_logit,
					picture->target_probability));
	json_object_set_new(object, "predicted",
			class_object(plan, picture->top[0].index));
	json_object_set_new(object, "top", top_array(plan, picture, detail));
	return object;
}

/* ---- Artifacts and warnings ---------------------------------------------------- */

/** What a curve shows */
static void add_curve(json_t *object, const struct record_curve *curve)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < curve->line_count; i++) {
		json_array_append_new(lines, json_text(curve->lines[i]));
	}
	json_object_set_new(object, "axis", json_text(curve->axis));
	json_object_set_new(object, "lines", lines);
}

/** The classes of a label map, the largest first */
static json_t *areas_array(const struct plan *plan,
		const struct record_artifact *artifact)
{
	json_t *array = json_array();

	for (size_t i = 0; i < artifact->area_count; i++) {
		const struct record_area *area = &artifact->areas[i];
		json_t *object = class_object(plan, area->index);
		char *color = memory_format("#%06lx", (unsigned long)area->color);

		json_object_set_new(object, "color", json_text(color));
		json_object_set_new(object, "pixels", json_integer(area->pixels));
		json_object_set_new(object, "fraction", json_number(area->fraction));
		json_array_append_new(array, object);
		free(color);
	}
	return array;
}

static json_t *scalars_object(const struct record_artifact *artifact)
{
	json_t *object = json_object();

	for (size_t i = 0; i < artifact->scalar_count; i++) {
		json_object_set_new(object, artifact->scalars[i].name,
				json_number(artifact->scalars[i].value));
	}
	return object;
}

static void add_file(json_t *object, const struct plan *plan,
		const struct record_artifact *artifact)
{
	json_object_set_new(object, "path", json_text(artifact->path));
	if (artifact->array != NULL) {
		json_object_set_new(object, "array", json_text(artifact->array));
	}
	if (artifact->packed) {
		json_object_set_new(object, "row", json_integer(artifact->row));
	}
	if (artifact->curve != NULL) {
		add_curve(object, artifact->curve);
	}
	if (artifact->areas != NULL) {
		json_object_set_new(object, "classes", areas_array(plan, artifact));
	}
	json_object_set_new(object, "shape",
			shape_array(artifact->rank, artifact->shape));
	json_object_set_new(object, "figures", scalars_object(artifact));
}

json_t *record_artifact_to_json(const struct record *record,
		const struct record_artifact *artifact)
{
	const struct plan *plan = record->plan;
	const struct plan_job *job = artifact->job;
	json_t *object = json_object();

	json_object_set_new(object, "job", json_text(job->name));
	json_object_set_new(object, "technique", json_text(job->plugin->technique.name));
	json_object_set_new(object, "picture", picture_name(plan, artifact->picture));
	json_object_set_new(object, "target", class_object(plan, artifact->target));
	json_object_set_new(object, "name", json_text(artifact->name));
	json_object_set_new(object, "kind", json_text(record_kind_name(artifact->kind)));
	if (artifact->kind == RECORD_SCALAR) {
		json_object_set_new(object, "value", json_number(artifact->value));
	} else {
		add_file(object, plan, artifact);
	}
	return object;
}

json_t *record_warning_to_json(const struct record *record,
		const struct record_warning *warning)
{
	const struct plan *plan = record->plan;
	json_t *object = json_object();

	json_object_set_new(object, "job", json_text(warning->job->name));
	json_object_set_new(object, "picture", picture_name(plan, warning->picture));
	json_object_set_new(object, "target", class_object(plan, warning->target));
	json_object_set_new(object, "text", json_text(warning->text));
	return object;
}

json_t *record_failure_to_json(const struct record *record,
		const struct record_failure *failure)
{
	json_t *object = json_object();

	json_object_set_new(object, "job", json_text(failure->job->name));
	json_object_set_new(object, "picture",
			picture_name(record->plan, failure->picture));
	json_object_set_new(object, "reason", json_text(failure->reason));
	return object;
}

json_t *record_rule_to_json(const struct record_rule *rule)
{
	const struct operation *operation = rule->operation;
	json_t *object = json_object();

	json_object_set_new(object, "job", json_text(rule->job->name));
	json_object_set_new(object, "rule", json_text(record_rule_name(rule->rule)));
	json_object_set_new(object, "operation",
			json_text(operation != NULL ? operation->name : NULL));
	json_object_set_new(object, "nodes", json_integer(rule->nodes));
	return object;
}

/* ---- The record ---------------------------------------------------------------- */

json_t *record_engine_to_json(const struct record *record)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(record->engine_name));
	json_object_set_new(object, "description", json_text(record->engine_description));
	return object;
}

static size_t count_jobs(const struct record *record)
{
	return record->plan->job_count;
}

static json_t *job_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return record_job_to_json(record, &record->jobs[index]);
}

static size_t count_pictures(const struct record *record)
{
	return record->plan->picture_count;
}

/** Pictures of other shards are left out. */
static json_t *picture_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	return record->plan->pictures[index].elsewhere
			? NULL
			: record_picture_to_json(record, index, detail);
}

static size_t count_artifacts(const struct record *record)
{
	return record->artifact_count;
}

static json_t *artifact_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return record_artifact_to_json(record, &record->artifacts[index]);
}

static size_t count_warnings(const struct record *record)
{
	return record->warning_count;
}

static json_t *warning_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return record_warning_to_json(record, &record->warnings[index]);
}

static size_t count_failures(const struct record *record)
{
	return record->failure_count;
}

static json_t *failure_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return record_failure_to_json(record, &record->failures[index]);
}

static size_t count_rules(const struct record *record)
{
	return record->rule_count;
}

static json_t *rule_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return record_rule_to_json(&record->rules[index]);
}

static size_t count_earlier(const struct record *record)
{
	return record->earlier_count;
}

static json_t *earlier_item(const struct record *record, size_t index,
		enum record_detail detail)
{
	(void)detail;
	return json_text(record->earlier[index]);
}

const struct record_list record_lists[] = {
	{ "jobs", count_jobs, job_item },
	{ "pictures", count_pictures, picture_item },
	{ "artifacts", count_artifacts, artifact_item },
	{ "warnings", count_warnings, warning_item },
	{ "failures", count_failures, failure_item },
	{ "rules", count_rules, rule_item },
	{ "earlier", count_earlier, earlier_item },
	{ NULL, NULL, NULL },
};

json_t *record_head_to_json(const struct record *record)
{
	const struct plan *plan = record->plan;
	json_t *root = json_object();

	json_object_set_new(root, "cnnviz", json_text(PACKAGE_VERSION));
	if (plan->shard.count > 0) {
		json_object_set_new(root, "shard",
				json_pack("[I,I]", (json_int_t)plan->shard.index,
						(json_int_t)plan->shard.count));
		json_object_set_new(root, "command", command_to_json(plan));
	}
	if (record->under_way) {
		json_object_set_new(root, "under_way", json_true());
	}
	json_object_set_new(root, "interrupted", json_boolean(record->interrupted));
	if (plan->shard.count == 0 && !record->under_way
			&& gallery_pages_count(record) > 1) {
		json_object_set_new(root, "gallery_pages",
				json_integer((json_int_t)gallery_pages_count(record)));
	}
	json_object_set_new(root, "seed", json_integer((json_int_t)plan->seed));
	json_object_set_new(root, "threads",
			json_integer(record->threads > 0 ? record->threads
							 : plan->threads));
	json_object_set_new(root, "batch",
			json_integer((json_int_t)(record->batch > 0 ? record->batch
								    : plan->batch)));
	json_object_set_new(root, "device", json_text(record_device(record)));
	json_object_set_new(root, "engine", record_engine_to_json(record));
	json_object_set_new(root, "model", record_model_to_json(plan));
	json_object_set_new(root, "input", record_input_to_json(plan));
	json_object_set_new(root, "digest", digest_text(record->digest));
	return root;
}

json_t *record_done_to_json(const struct plan *plan, const struct plan_job *job,
		size_t picture)
{
	return json_pack("{s:o,s:o}", "job", json_text(job->name), "picture",
			picture_name(plan, picture));
}

static json_t *done_array(const struct record *record)
{
	const struct plan *plan = record->plan;
	json_t *array = json_array();

	for (size_t i = 0; i < plan->job_count; i++) {
		const struct plan_job *job = &plan->jobs[i];
		bool once = job_is_once(job);

		for (size_t k = 0; k < (once ? 1 : plan->picture_count); k++) {
			size_t picture = once ? RECORD_NO_PICTURE : k;

			if (record_is_finished(record, job, picture)) {
				json_array_append_new(array,
						record_done_to_json(plan, job, picture));
			}
		}
	}
	return array;
}

json_t *record_to_json(const struct record *record, enum record_detail detail)
{
	json_t *root = record_head_to_json(record);

	for (const struct record_list *list = record_lists; list->name != NULL; list++) {
		json_t *array = json_array();
		size_t count = list->count(record);

		for (size_t i = 0; i < count; i++) {
			json_t *item = list->item(record, i, detail);

			if (item != NULL) {
				json_array_append_new(array, item);
			}
		}
		json_object_set_new(root, list->name, array);
	}
	if (detail == RECORD_COMPLETE) {
		json_object_set_new(root, "done", done_array(record));
	}
	return root;
}
