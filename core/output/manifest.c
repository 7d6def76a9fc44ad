/**
 * \file    output/manifest.c
 * \brief   manifest.json: what a run made, for programs
 */
#include "config.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "output/manifest.h"

/** Digits of numbers: every float32 survives */
#define PRECISION 9

static json_t *text_or_null(const char *text)
{
	if (text == NULL) {
		return json_null();
	}
	char *valid = text_utf8(text);
	json_t *value = json_string(valid);

	free(valid);
	return value;
}

static json_t *picture_name(const struct plan *plan, size_t picture)
{
	return picture == RECORD_NO_PICTURE ? json_null()
					    : text_or_null(plan->pictures[picture].name);
}

/** Class by index and name, or null for -1 */
static json_t *class_object(const struct plan *plan, int64_t index)
{
	if (index < 0) {
		return json_null();
	}
	json_t *object = json_object();

	json_object_set_new(object, "index", json_integer(index));
	json_object_set_new(object, "name",
			text_or_null(model_class_name(plan->model, index)));
	return object;
}

static json_t *classification_object(const struct plan *plan, int64_t index, double logit,
		double probability)
{
	json_t *object = class_object(plan, index);

	json_object_set_new(object, "logit", json_real(logit));
	json_object_set_new(object, "probability", json_real(probability));
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

static json_t *model_object(const struct plan *plan)
{
	json_t *object = json_object();

	json_object_set_new(object, "architecture", text_or_null(plan->architecture));
	json_object_set_new(object, "classes", json_integer(plan->model->class_count));
	json_object_set_new(object, "weights", text_or_null(plan->model->weights_path));
	json_object_set_new(object, "sha256",
			plan->model->digest[0] ? text_or_null(plan->model->digest)
					       : json_null());
	return object;
}

static json_t *input_object(const struct plan *plan)
{
	json_t *object = json_object();

	if (plan->size_free) {
		json_object_set_new(object, "width", json_null());
		json_object_set_new(object, "height", json_null());
	} else {
		json_object_set_new(object, "width", json_integer(plan->size[1]));
		json_object_set_new(object, "height", json_integer(plan->size[0]));
	}
	json_object_set_new(object, "resize", text_or_null(image_fit_names[plan->fit]));
	json_object_set_new(object, "filter",
			text_or_null(image_filter_names[plan->filter]));
	return object;
}

/** A list's values, or "all" */
static json_t *list_json(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *list)
{
	if (list->item_count == 0) {
		return text_or_null(list->text);
	}
	json_t *array = json_array();

	for (size_t i = 0; i < list->item_count; i++) {
		json_array_append_new(array,
				text_or_null(record_parameter(plan, parameter,
						&list->items[i])));
	}
	return array;
}

static void add_parameters(json_t *object, const struct plan *plan,
		const cnnviz_parameter *parameters, size_t count,
		const struct value *values)
{
	for (size_t i = 0; i < count; i++) {
		bool list = (parameters[i].flags & CNNVIZ_PARAMETER_LIST) != 0;

		if (values[i].set) {
			json_object_set_new(object, parameters[i].name,
					list ? list_json(plan, &parameters[i], &values[i])
					     : text_or_null(record_parameter(plan,
							     &parameters[i],
							     &values[i])));
		}
	}
}

static json_t *job_object(const struct plan *plan, const struct record_job *record)
{
	const struct plan_job *job = record->plan;
	const cnnviz_technique *technique = &job->plugin->technique;
	json_t *object = json_object(), *parameters = json_object();

	add_parameters(parameters, plan, job->plugin->parameters,
			technique->parameter_count, job->values);
	if (job->common != NULL) {
		add_parameters(parameters, plan, attribution_parameters,
				attribution_parameter_count, job->common);
	}
	json_object_set_new(object, "name", text_or_null(job->name));
	json_object_set_new(object, "technique", text_or_null(technique->name));
	json_object_set_new(object, "version", text_or_null(technique->version));
	json_object_set_new(object, "reference", text_or_null(technique->reference));
	json_object_set_new(object, "parameters", parameters);
	json_object_set_new(object, "wanted", json_boolean(job->wanted));
	json_object_set_new(object, "status",
			json_string(record_status_name(record->status)));
	json_object_set_new(object, "reason", text_or_null(record->reason));
	return object;
}

static json_t *picture_object(const struct record *record, size_t index)
{
	const struct plan *plan = record->plan;
	const struct record_picture *picture = &record->pictures[index];
	json_t *object = json_object(), *top = json_array();

	json_object_set_new(object, "name", picture_name(plan, index));
	json_object_set_new(object, "path", text_or_null(plan->pictures[index].path));
	json_object_set_new(object, "failure", text_or_null(picture->failure));
	if (!picture->done) {
		json_decref(top);
		return object;
	}
	for (size_t i = 0; i < picture->top_count; i++) {
		json_array_append_new(top,
				classification_object(plan, picture->top[i].index,
						picture->top[i].logit,
						picture->top[i].probability));
	}
	json_object_set_new(object, "input", text_or_null(picture->input));
	json_object_set_new(object, "width", json_integer(picture->width));
	json_object_set_new(object, "height", json_integer(picture->height));
	json_object_set_new(object, "target",
			classification_object(plan, picture->target,
					picture->target_logit,
					picture->target_probability));
	json_object_set_new(object, "predicted",
			class_object(plan, picture->top[0].index));
	json_object_set_new(object, "top", top);
	return object;
}

/** What a curve shows */
static void add_curve(json_t *object, const struct record_curve *curve)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < curve->line_count; i++) {
		json_array_append_new(lines, text_or_null(curve->lines[i]));
	}
	json_object_set_new(object, "axis", text_or_null(curve->axis));
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

		json_object_set_new(object, "color", json_string(color));
		json_object_set_new(object, "pixels", json_integer(area->pixels));
		json_object_set_new(object, "fraction", json_real(area->fraction));
		json_array_append_new(array, object);
		free(color);
	}
	return array;
}

static json_t *artifact_object(const struct record *record,
		const struct record_artifact *artifact)
{
	const struct plan *plan = record->plan;
	json_t *object = json_object(), *figures = json_object();

	json_object_set_new(object, "job", text_or_null(artifact->job->name));
	json_object_set_new(object, "technique",
			text_or_null(artifact->job->plugin->technique.name));
	json_object_set_new(object, "picture", picture_name(plan, artifact->picture));
	json_object_set_new(object, "target", class_object(plan, artifact->target));
	json_object_set_new(object, "name", text_or_null(artifact->name));
	json_object_set_new(object, "kind",
			json_string(record_kind_name(artifact->kind)));
	if (artifact->kind == RECORD_FIGURE) {
		json_object_set_new(object, "value", json_real(artifact->value));
		json_decref(figures);
		return object;
	}
	json_object_set_new(object, "path", text_or_null(artifact->path));
	if (artifact->array != NULL) {
		json_object_set_new(object, "array", text_or_null(artifact->array));
	}
	if (artifact->curve != NULL) {
		add_curve(object, artifact->curve);
	}
	if (artifact->areas != NULL) {
		json_object_set_new(object, "classes", areas_array(plan, artifact));
	}
	json_object_set_new(object, "shape",
			shape_array(artifact->rank, artifact->shape));
	for (size_t i = 0; i < artifact->figure_count; i++) {
		json_object_set_new(figures, artifact->figures[i].name,
				json_real(artifact->figures[i].value));
	}
	json_object_set_new(object, "figures", figures);
	return object;
}

static json_t *warning_object(const struct record *record,
		const struct record_warning *warning)
{
	json_t *object = json_object();

	json_object_set_new(object, "job", text_or_null(warning->job->name));
	json_object_set_new(object, "picture",
			picture_name(record->plan, warning->picture));
	json_object_set_new(object, "target",
			class_object(record->plan, warning->target));
	json_object_set_new(object, "text", text_or_null(warning->text));
	return object;
}

static json_t *engine_object(const struct record *record)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", text_or_null(record->engine_name));
	json_object_set_new(object, "description",
			text_or_null(record->engine_description));
	return object;
}

static json_t *manifest_object(const struct record *record)
{
	const struct plan *plan = record->plan;
	json_t *root = json_object(), *jobs = json_array(), *pictures = json_array();
	json_t *artifacts = json_array(), *warnings = json_array();

	for (size_t i = 0; i < plan->job_count; i++) {
		json_array_append_new(jobs, job_object(plan, &record->jobs[i]));
	}
	for (size_t i = 0; i < plan->picture_count; i++) {
		json_array_append_new(pictures, picture_object(record, i));
	}
	for (size_t i = 0; i < record->artifact_count; i++) {
		json_array_append_new(artifacts,
				artifact_object(record, &record->artifacts[i]));
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		json_array_append_new(warnings,
				warning_object(record, &record->warnings[i]));
	}
	json_object_set_new(root, "cnnviz", json_string(PACKAGE_VERSION));
	json_object_set_new(root, "interrupted", json_boolean(record->interrupted));
	json_object_set_new(root, "seed", json_integer((json_int_t)plan->seed));
	json_object_set_new(root, "threads", json_integer(plan->threads));
	json_object_set_new(root, "device", text_or_null(plan->device));
	json_object_set_new(root, "engine", engine_object(record));
	json_object_set_new(root, "model", model_object(plan));
	json_object_set_new(root, "input", input_object(plan));
	json_object_set_new(root, "jobs", jobs);
	json_object_set_new(root, "pictures", pictures);
	json_object_set_new(root, "artifacts", artifacts);
	json_object_set_new(root, "warnings", warnings);
	return root;
}

cnnviz_status manifest_write(const struct record *record, struct error *error)
{
	char *path = path_join(record->plan->output, "manifest.json");
	json_t *root = manifest_object(record);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status != CNNVIZ_OK) {
		goto done;
	}
	if (json_dumpf(root, writer->stream,
			    JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION))
			!= 0) {
		writer_abort(writer);
		status = error_set(error, CNNVIZ_ERROR_IO, "cannot write %s", path);
		goto done;
	}
	putc('\n', writer->stream);
	status = writer_commit(writer, error);
done:
	json_decref(root);
	free(path);
	return status;
}
