/**
 * \file    output/record.c
 * \brief   The results of a run so far
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "output/record.h"

const char *record_kind_name(enum record_kind kind)
{
	static const char *const names[] = {
		"image",
		"map",
		"array",
		"figure",
		"animation",
		"curve",
		"labels",
	};

	return names[kind];
}

const char *record_status_name(enum record_status status)
{
	static const char *const names[] = { "not run", "ok", "failed", "interrupted" };

	return names[status];
}

const char *record_scalar_name(const char *name)
{
	static const char *const names[] = { "min", "max", "confidence" };
	size_t count = sizeof(names) / sizeof(*names), i = 0;

	while (i < count && strcmp(names[i], name) != 0) {
		i++;
	}
	return i < count ? names[i] : NULL;
}

struct record *record_create(const struct plan *plan)
{
	struct record *record = memory_new(1, sizeof(*record));

	record->plan = plan;
	record->pictures = memory_new(plan->picture_count, sizeof(*record->pictures));
	record->jobs = memory_new(plan->job_count, sizeof(*record->jobs));
	for (size_t i = 0; i < plan->picture_count; i++) {
		record->pictures[i].target = plan->pictures[i].target;
	}
	for (size_t i = 0; i < plan->job_count; i++) {
		record->jobs[i].plan = &plan->jobs[i];
	}
	return record;
}

static void notify(const struct record *record)
{
	if (record->listener.changed != NULL) {
		record->listener.changed(record->listener.context);
	}
}

void record_done(struct record *record, struct record_job *job)
{
	job->done++;
	notify(record);
}

void record_fail(struct record *record, struct record_job *job, const char *reason)
{
	job->status = RECORD_FAILED;
	if (job->reason == NULL) {
		job->reason = memory_text(reason);
	}
	notify(record);
}

void record_add(struct record *record, const struct record_artifact *artifact)
{
	record->artifacts = memory_resize(record->artifacts, record->artifact_count + 1,
			sizeof(*record->artifacts));
	struct record_artifact *entry = &record->artifacts[record->artifact_count++];

	*entry = *artifact;
	entry->name = memory_text(artifact->name);
	entry->path = artifact->path != NULL ? memory_text(artifact->path) : NULL;
	entry->array = artifact->array != NULL ? memory_text(artifact->array) : NULL;
	notify(record);
}

const struct record_artifact *record_find(const struct record *record,
		const struct plan_job *job, size_t picture, const char *name)
{
	for (size_t i = record->artifact_count; i > 0; i--) {
		const struct record_artifact *entry = &record->artifacts[i - 1];

		if (entry->job != job || entry->picture != picture) {
			return NULL;
		}
		if (strcmp(entry->name, name) == 0) {
			return entry;
		}
	}
	return NULL;
}

bool record_warn(struct record *record, const struct plan_job *job, size_t picture,
		int64_t target, const char *text)
{
	bool fresh = true;

	for (size_t i = 0; i < record->warning_count; i++) {
		const struct record_warning *known = &record->warnings[i];

		if (known->picture != picture || known->target != target
				|| strcmp(known->text, text) != 0) {
			continue;
		}
		if (known->job == job) {
			return false;
		}
		fresh = fresh && picture == RECORD_NO_PICTURE;
	}
	record->warnings = memory_resize(record->warnings, record->warning_count + 1,
			sizeof(*record->warnings));
	record->warnings[record->warning_count++] = (struct record_warning){
		.job = job,
		.picture = picture,
		.target = target,
		.text = memory_text(text),
	};
	notify(record);
	return fresh;
}

/** The position of an artifact or warning in reports */
struct position {
	const struct plan_job *job;
	size_t picture, number;
};

static int compare_positions(const void *left, const void *right)
{
	const struct position *a = left, *b = right;

	if (a->job != b->job) {
		return a->job < b->job ? -1 : 1;
	}
	if (a->picture != b->picture) {
		return a->picture < b->picture ? -1 : 1;
	}
	return a->number < b->number ? -1 : a->number > b->number;
}

static void sort_artifacts(struct record *record)
{
	size_t count = record->artifact_count;
	struct position *positions = memory_new(count, sizeof(*positions));
	struct record_artifact *sorted = memory_new(count, sizeof(*sorted));

	for (size_t i = 0; i < count; i++) {
		positions[i] = (struct position){ record->artifacts[i].job,
			record->artifacts[i].picture, i };
	}
	qsort(positions, count, sizeof(*positions), compare_positions);
	for (size_t i = 0; i < count; i++) {
		sorted[i] = record->artifacts[positions[i].number];
	}
	free(positions);
	free(record->artifacts);
	record->artifacts = sorted;
}

static void sort_warnings(struct record *record)
{
	size_t count = record->warning_count;
	struct position *positions = memory_new(count, sizeof(*positions));
	struct record_warning *sorted = memory_new(count, sizeof(*sorted));

	for (size_t i = 0; i < count; i++) {
		positions[i] = (struct position){ record->warnings[i].job,
			record->warnings[i].picture, i };
	}
	qsort(positions, count, sizeof(*positions), compare_positions);
	for (size_t i = 0; i < count; i++) {
		sorted[i] = record->warnings[positions[i].number];
	}
	free(positions);
	free(record->warnings);
	record->warnings = sorted;
}

void record_sort(struct record *record)
{
	if (record->artifact_count > 1) {
		sort_artifacts(record);
	}
	if (record->warning_count > 1) {
		sort_warnings(record);
	}
}

bool record_hidden(const struct record_job *job)
{
	return !job->plan->selected && job->status != RECORD_FAILED;
}

const char *record_parameter(const struct plan *plan, const cnnviz_parameter *parameter,
		const struct value *value)
{
	const struct graph *graph = plan->model->graph;

	if (!value->set) {
		return NULL;
	}
	if (parameter->type == CNNVIZ_PARAMETER_LAYER) {
		int64_t node = value->integer == CNNVIZ_LAYER_LOGITS ? graph->logits
								     : value->integer;

		if (node >= 0 && (size_t)node < graph->node_count) {
			return graph->nodes[node].name;
		}
	}
	return value->text;
}

void record_curve_free(struct record_curve *curve)
{
	for (size_t i = 0; curve != NULL && i < curve->line_count; i++) {
		free(curve->lines[i]);
	}
	if (curve != NULL) {
		free(curve->lines);
		free(curve->axis);
		free(curve);
	}
}

void record_free(struct record *record)
{
	if (record == NULL) {
		return;
	}
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		free(record->pictures[i].failure);
		free(record->pictures[i].input);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		free(record->jobs[i].reason);
	}
	for (size_t i = 0; i < record->artifact_count; i++) {
		free(record->artifacts[i].name);
		free(record->artifacts[i].path);
		free(record->artifacts[i].array);
		free(record->artifacts[i].areas);
		record_curve_free(record->artifacts[i].curve);
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		free(record->warnings[i].text);
	}
	free(record->engine_name);
	free(record->engine_description);
	free(record->pictures);
	free(record->jobs);
	free(record->artifacts);
	free(record->warnings);
	free(record);
}
