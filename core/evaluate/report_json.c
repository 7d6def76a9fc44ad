/**
 * \file    evaluate/report_json.c
 * \brief   Writes evaluation.json: all measures
 */
#include "evaluate/report_json.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "evaluate/columns.h"
#include "evaluate/plot.h"
#include "output/record.h"

static json_t *text_json(const char *text)
{
	return json_text(text == NULL || *text == '\0' ? NULL : text);
}

static json_t *count_json(size_t count)
{
	return json_integer((json_int_t)count);
}

static json_t *means_json(const int64_t *totals, size_t count, size_t maps)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_array_append_new(array, json_real(total_mean(totals[i], maps)));
	}
	return array;
}

/* ---- What was measured --------------------------------------------------------- */

static json_t *model_json(const struct plan *plan)
{
	json_t *json = json_object();
	const char *path = plan->model->weights_path;
	const char *slash = strrchr(path, '/');

	json_object_set_new(json, "architecture", text_json(plan->architecture));
	json_object_set_new(json, "weights", text_json(slash != NULL ? slash + 1 : path));
	json_object_set_new(json, "sha256", text_json(plan->model->digest));
	return json;
}

static json_t *annotations_json(const struct evaluation *evaluation)
{
	const char *path = evaluation->plan->evaluation.annotations;
	const char *slash = strrchr(path, '/');
	struct mapping *mapping = NULL;
	char digest[65] = "";
	json_t *json = json_object();

	if (mapping_open(path, &mapping, NULL) == CNNVIZ_OK) {
		digest_sha256(mapping->data, mapping->size, digest);
		mapping_unref(mapping);
	}
	json_object_set_new(json, "file", text_json(slash != NULL ? slash + 1 : path));
	json_object_set_new(json, "sha256", text_json(digest));
	json_object_set_new(json, "pictures", count_json(evaluation->annotations->count));
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		json_object_set_new(json, role_names[role],
				count_json(evaluation_objects(evaluation, (enum role)role,
						ANY_CLASS)));
	}
	return json;
}

static json_t *settings_json(const struct evaluation *evaluation)
{
	const struct plan *plan = evaluation->plan;
	json_t *json = json_object(), *words = json_array();

	json_object_set_new(json, "seed", json_integer((json_int_t)plan->seed));
	json_object_set_new(json, "input_size",
			json_pack("[I, I]", (json_int_t)plan->size[0],
					(json_int_t)plan->size[1]));
	json_object_set_new(json, "tolerance", json_real(evaluation->tolerance));
	json_object_set_new(json, "curve_steps", count_json(evaluation->curve_steps));
	json_object_set_new(json, "curve_objects",
			json_string(plan->evaluation.curve_all ? "all" : "main"));
	json_object_set_new(json, "blur", json_real(evaluation->blur));
	json_object_set_new(json, "measures", words);
	for (size_t i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (plan->evaluation.measures[i]) {
			json_array_append_new(words, json_string(plan_measure_names[i]));
		}
	}
	json_object_set_new(json, "fidelity_samples",
			count_json(plan->evaluation.fidelity_samples));
	json_object_set_new(json, "sensitivity_samples",
			count_json(plan->evaluation.sensitivity_samples));
	json_object_set_new(json, "sensitivity_radius",
			json_real(plan->evaluation.sensitivity_radius));
	return json;
}

json_t *report_about_json(const struct evaluation *evaluation)
{
	json_t *json = json_object();

	json_object_set_new(json, "model", model_json(evaluation->plan));
	json_object_set_new(json, "engine", text_json(evaluation->engine));
	json_object_set_new(json, "annotations", annotations_json(evaluation));
	json_object_set_new(json, "settings", settings_json(evaluation));
	return json;
}

/* ---- Measures ------------------------------------------------------------------ */

static json_t *summary_json(const struct summary *summary, bool of_class)
{
	json_t *json = json_object();
	double value;

	json_object_set_new(json, "maps", count_json(summary->maps));
	json_object_set_new(json, "zero", count_json(summary->zero));
	for (size_t i = 0; i < REPORT_COLUMNS; i++) {
		const struct report_column *column = &report_columns[i];
		if (!of_class || !column->of_roles) {
			json_object_set_new(json, column->key,
					report_value(summary, column, &value)
							? json_real(value)
							: json_null());
		}
	}
	return json;
}

static json_t *mean_json(const struct mean *mean)
{
	json_t *json = json_object();

	if (mean->maps == 0) {
		json_decref(json);
		return json_null();
	}
	json_object_set_new(json, "maps", count_json(mean->maps));
	json_object_set_new(json, "mean", json_real(mean->value));
	json_object_set_new(json, "interval",
			mean->maps > 1 ? json_real(mean->interval) : json_null());
	return json;
}

/* Of those that the plan names */
static json_t *measures_json(const struct evaluation *evaluation,
		const struct source *source, enum role role, int64_t class_index)
{
	json_t *json = json_object();

	for (int i = 0; i < PLAN_MEASURE_COUNT; i++) {
		if (evaluation->plan->evaluation.measures[i]) {
			struct mean mean = evaluation_mean(evaluation, source, role,
					class_index, (enum plan_measure)i);

			json_object_set_new(json, plan_measure_names[i],
					mean_json(&mean));
		}
	}
	return json;
}

static json_t *classes_json(const struct evaluation *evaluation,
		const struct source *source, enum role role)
{
	const struct model *model = evaluation->plan->model;
	json_t *array = json_array();

	for (int64_t c = 0; c < model->class_count; c++) {
		if (evaluation_objects(evaluation, role, c) == 0) {
			continue;
		}
		struct summary summary = evaluation_summary(evaluation, source, role, c);
		json_t *json = summary_json(&summary, true);

		json_object_set_new(json, "measures",
				measures_json(evaluation, source, role, c));
		json_object_set_new(json, "index", json_integer(c));
		json_object_set_new(json, "class", text_json(model_class_name(model, c)));
		json_array_append_new(array, json);
	}
	return array;
}

static json_t *curves_json(const struct evaluation *evaluation, const struct tally *tally)
{
	size_t points = evaluation->curve_steps + 1;
	json_t *json = json_object();

	if (tally->curves == 0) {
		json_decref(json);
		return json_null();
	}
	json_object_set_new(json, "maps", count_json(tally->curves));
	json_object_set_new(json, "deletion",
			means_json(tally->deletion, points, tally->curves));
	json_object_set_new(json, "insertion",
			means_json(tally->insertion, points, tally->curves));
	return json;
}

static json_t *role_json(const struct evaluation *evaluation, const struct source *source,
		enum role role)
{
	struct summary summary = evaluation_summary(evaluation, source, role, ANY_CLASS);
	json_t *json = summary_json(&summary, false);

	json_object_set_new(json, "measures",
			measures_json(evaluation, source, role, ANY_CLASS));
	json_object_set_new(json, "curves",
			curves_json(evaluation, &source->tallies[role]));
	json_object_set_new(json, "classes", classes_json(evaluation, source, role));
	return json;
}

static json_t *source_json(const struct evaluation *evaluation,
		const struct source *source)
{
	json_t *json = json_object();

	json_object_set_new(json, "name", text_json(source->name));
	json_object_set_new(json, "baseline", json_boolean(source->job == NULL));
	json_object_set_new(json, "technique",
			source->job == NULL
					? json_null()
					: text_json(source->job->plugin->technique.name));
	json_object_set_new(json, "failure", text_json(source->failure));
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		json_object_set_new(json, role_names[role],
				role_json(evaluation, source, (enum role)role));
	}
	return json;
}

/* ---- Sanity -------------------------------------------------------------------- */

static json_t *stage_json(const struct evaluation *evaluation, size_t stage)
{
	json_t *json = json_object();
	json_t *jobs = json_array();

	for (size_t i = 0; i < evaluation->source_count; i++) {
		const struct source *source = &evaluation->sources[i];
		if (source->similarity == NULL) {
			continue;
		}
		const struct similarity *similarity = &source->similarity[stage];
		json_t *job = json_object();
		json_object_set_new(job, "name", text_json(source->name));
		json_object_set_new(job, "maps", count_json(similarity->maps));
		json_object_set_new(job, "spearman",
				json_real(total_mean(similarity->spearman,
						similarity->maps)));
		json_object_set_new(job, "ssim",
				json_real(total_mean(similarity->ssim,
						similarity->maps)));
		json_array_append_new(jobs, job);
	}
	json_object_set_new(json, "random_down_to", text_json(evaluation->stages[stage]));
	json_object_set_new(json, "jobs", jobs);
	return json;
}

static json_t *sanity_json(const struct evaluation *evaluation)
{
	json_t *json = json_object();
	json_t *stages = json_array();

	for (size_t i = 0; i < evaluation->stage_count; i++) {
		json_array_append_new(stages, stage_json(evaluation, i));
	}
	json_object_set_new(json, "pictures", count_json(evaluation->sanity_pictures));
	json_object_set_new(json, "stages", stages);
	return json;
}

json_t *report_json(const struct evaluation *evaluation)
{
	json_t *json = report_about_json(evaluation);
	json_t *sources = json_array();

	for (size_t i = 0; i < evaluation->source_count; i++) {
		json_array_append_new(sources,
				source_json(evaluation, &evaluation->sources[i]));
	}
	json_object_set_new(json, "jobs", sources);
	json_object_set_new(json, "sanity",
			plot_has_sanity(evaluation) ? sanity_json(evaluation)
						    : json_null());
	return json;
}
