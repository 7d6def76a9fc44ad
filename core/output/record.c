/**
 * \file    output/record.c
 * \brief   The results of a run so far
 */
#include "config.h" /* _GNU_SOURCE */

#include "output/record.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

void record_notify(const struct record *record)
{
	if (record->listener.changed != NULL) {
		record->listener.changed(record->listener.context);
	}
}

static void await(const struct record *record)
{
	if (record->awaited.finish != NULL) {
		record->awaited.finish(record->awaited.context);
	}
}

void record_seen(const struct record *record, size_t picture)
{
	if (record->listener.seen != NULL) {
		record->listener.seen(record->listener.context, picture);
	}
}

/** Place of a picture's bit, or of a job's one call, among those of a job */
static size_t bit_of(size_t picture)
{
	return picture != RECORD_NO_PICTURE ? picture : 0;
}

void record_done(struct record *record, struct record_job *job, size_t picture)
{
	size_t bit = bit_of(picture);

	await(record);
	if (record_is_finished(record, job->plan, picture)) {
		return;
	}
	if (job->finished == NULL) {
		job->finished = memory_new(record->plan->picture_count / 8 + 1, 1);
	}
	job->finished[bit / 8] |= (unsigned char)(1u << bit % 8);
	job->done++;
	record_notify(record);
	if (record->listener.finished != NULL) {
		record->listener.finished(record->listener.context, job->plan, picture);
	}
}

bool record_is_finished(const struct record *record, const struct plan_job *plan,
		size_t picture)
{
	const unsigned char *finished = record->jobs[plan - record->plan->jobs].finished;
	size_t bit = bit_of(picture);

	return finished != NULL && (finished[bit / 8] >> bit % 8 & 1) != 0;
}

void record_draws(struct record *record, struct record_job *job)
{
	if (!job->draws) {
		job->draws = true;
		record_notify(record);
	}
}

void record_undo(struct record *record, struct record_job *job, size_t picture)
{
	size_t bit = bit_of(picture);

	if (record_is_finished(record, job->plan, picture)) {
		job->finished[bit / 8] &= (unsigned char)~(1u << bit % 8);
		job->done--;
	}
}

const char *record_device(const struct record *record)
{
	return record->device != NULL ? record->device : record->plan->device;
}

void record_fail(struct record *record, struct record_job *job, const char *reason)
{
	await(record);
	job->status = RECORD_FAILED;
	if (job->reason == NULL) {
		job->reason = memory_text(reason);
	}
	record_notify(record);
}

bool record_fail_picture(struct record *record, const struct plan_job *job,
		size_t picture, const char *reason)
{
	if (record_failure(record, job, picture) != NULL) {
		return false;
	}
	record->failures = memory_grow(record->failures, record->failure_count,
			sizeof(*record->failures));
	record->failures[record->failure_count++] = (struct record_failure){
		.job = job,
		.picture = picture,
		.reason = memory_text(reason),
	};
	record_notify(record);
	return repeats_note(&record->failed, job, record->plan->pictures[picture].name,
			reason);
}

const char *record_failure(const struct record *record, const struct plan_job *job,
		size_t picture)
{
	await(record);
	for (size_t i = record->failure_count; i > 0; i--) {
		const struct record_failure *failure = &record->failures[i - 1];

		if (failure->job == job && failure->picture == picture) {
			return failure->reason;
		}
	}
	return NULL;
}

bool record_picture_is_done(const struct record *record, size_t picture)
{
	bool done = record->pictures[picture].done
			&& record->pictures[picture].failure == NULL;

	await(record);
	for (size_t i = 0; i < record->failure_count && done; i++) {
		done = record->failures[i].picture != picture;
	}
	return done;
}

void record_add(struct record *record, const struct record_artifact *artifact)
{
	await(record);
	record->artifacts = memory_grow(record->artifacts, record->artifact_count,
			sizeof(*record->artifacts));
	struct record_artifact *entry = &record->artifacts[record->artifact_count++];

	*entry = *artifact;
	entry->name = memory_text(artifact->name);
	entry->path = artifact->path != NULL ? memory_text(artifact->path) : NULL;
	entry->array = artifact->array != NULL ? memory_text(artifact->array) : NULL;
	record_notify(record);
}

const char *record_array_path(const struct record_artifact *artifact)
{
	bool array = artifact->kind == RECORD_MAP || artifact->kind == RECORD_ARRAY;

	return array ? artifact->path : artifact->array;
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
	const char *name = picture != RECORD_NO_PICTURE
			? record->plan->pictures[picture].name
			: NULL;
	bool fresh = true;

	await(record);
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
	record->warnings = memory_grow(record->warnings, record->warning_count,
			sizeof(*record->warnings));
	record->warnings[record->warning_count++] = (struct record_warning){
		.job = job,
		.picture = picture,
		.target = target,
		.text = memory_text(text),
	};
	record_notify(record);
	return fresh && repeats_note(&record->warned, job, name, text);
}

const char *record_rule_name(uint32_t rule)
{
	static const char *const names[] = { "plain", "guided", "deconvnet",
		"redirected" };

	return rule < sizeof(names) / sizeof(*names) ? names[rule] : NULL;
}

bool record_add_rule(struct record *record, const struct record_rule *rule)
{
	for (size_t i = 0; i < record->rule_count; i++) {
		const struct record_rule *known = &record->rules[i];

		if (known->job == rule->job && known->rule == rule->rule
				&& known->operation == rule->operation
				&& known->nodes == rule->nodes) {
			return false;
		}
	}
	record->rules = memory_grow(record->rules, record->rule_count,
			sizeof(*record->rules));
	record->rules[record->rule_count++] = *rule;
	record_notify(record);
	return true;
}

/** Sort the few rules by jobs; those of a job stay in their order. */
static void sort_rules(struct record *record)
{
	for (size_t i = 1; i < record->rule_count; i++) {
		struct record_rule rule = record->rules[i];
		size_t place = i;

		while (place > 0 && record->rules[place - 1].job > rule.job) {
			record->rules[place] = record->rules[place - 1];
			place--;
		}
		record->rules[place] = rule;
	}
}

/** How artifacts, warnings and failures begin: what they are about */
struct subject {
	const struct plan_job *job;
	size_t picture;
};

#define BEGINS_WITH_SUBJECT(type) \
	_Static_assert(offsetof(struct type, job) == offsetof(struct subject, job) \
					&& offsetof(struct type, picture) \
							== offsetof(struct subject, \
									picture), \
			"sort_items() reads the start of an item")
BEGINS_WITH_SUBJECT(record_artifact);
BEGINS_WITH_SUBJECT(record_warning);
BEGINS_WITH_SUBJECT(record_failure);

/** Items of a record that are to be sorted, and the order that they are to have */
struct sorting {
	char *items;
	size_t count, size;
	size_t *order; /* order[i] is the place of the item that belongs to place i */
};

static int compare_items(const void *left, const void *right, void *context)
{
	const struct sorting *sorting = context;
	size_t i = *(const size_t *)left, k = *(const size_t *)right;
	struct subject a, b;

	memcpy(&a, sorting->items + i * sorting->size, sizeof(a));
	memcpy(&b, sorting->items + k * sorting->size, sizeof(b));
	if (a.job != b.job) {
		return a.job < b.job ? -1 : 1;
	}
	if (a.picture != b.picture) {
		return a.picture < b.picture ? -1 : 1;
	}
	return i < k ? -1 : i > k;
}

/** Move each item to its place, with one item more in memory; the order is used up. */
static void move_items(struct sorting *sorting)
{
	char *items = sorting->items;
	size_t size = sorting->size;
	char *kept = memory_new(1, size);

	for (size_t start = 0; start < sorting->count; start++) {
		size_t place = start;

		memcpy(kept, items + start * size, size);
		while (sorting->order[place] != start) {
			size_t next = sorting->order[place];

			memcpy(items + place * size, items + next * size, size);
			sorting->order[place] = place;
			place = next;
		}
		memcpy(items + place * size, kept, size);
		sorting->order[place] = place;
	}
	free(kept);
}

/** Sort an array of items in place: those of a run on many pictures take much memory. */
static void sort_items(void *items, size_t count, size_t size)
{
	struct sorting sorting = { items, count, size,
		memory_new(count, sizeof(*sorting.order)) };

	for (size_t i = 0; i < count; i++) {
		sorting.order[i] = i;
	}
	qsort_r(sorting.order, count, sizeof(*sorting.order), compare_items, &sorting);
	move_items(&sorting);
	free(sorting.order);
}

static bool is_elsewhere(const struct record *record, size_t picture)
{
	return picture != RECORD_NO_PICTURE && record->plan->pictures[picture].elsewhere;
}

void record_drop_elsewhere(struct record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->warning_count; i++) {
		if (is_elsewhere(record, record->warnings[i].picture)) {
			free(record->warnings[i].text);
		} else {
			record->warnings[kept++] = record->warnings[i];
		}
	}
	record->warning_count = kept;
	kept = 0;
	for (size_t i = 0; i < record->failure_count; i++) {
		if (is_elsewhere(record, record->failures[i].picture)) {
			free(record->failures[i].reason);
		} else {
			record->failures[kept++] = record->failures[i];
		}
	}
	record->failure_count = kept;
}

void record_sort(struct record *record)
{
	sort_items(record->artifacts, record->artifact_count, sizeof(*record->artifacts));
	sort_items(record->warnings, record->warning_count, sizeof(*record->warnings));
	sort_items(record->failures, record->failure_count, sizeof(*record->failures));
	sort_rules(record);
}

/** Number of a sorted list's first item of a job on a picture or a later one, or behind that */
static size_t find_first(const void *items, size_t count, size_t size,
		const struct subject *wanted)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct subject item;

		memcpy(&item, (const char *)items + middle * size, sizeof(item));
		if (item.job < wanted->job
				|| (item.job == wanted->job
						&& item.picture < wanted->picture)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static struct record_span find_span(const void *items, size_t count, size_t size,
		const struct plan_job *job, size_t first, size_t end)
{
	const struct subject from = { job, first };
	const struct subject to = { end == RECORD_NO_PICTURE ? job + 1 : job,
		end == RECORD_NO_PICTURE ? 0 : end };

	return (struct record_span){ find_first(items, count, size, &from),
		find_first(items, count, size, &to) };
}

struct record_span record_artifacts_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end)
{
	return find_span(record->artifacts, record->artifact_count,
			sizeof(*record->artifacts), job, first, end);
}

struct record_span record_warnings_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end)
{
	return find_span(record->warnings, record->warning_count,
			sizeof(*record->warnings), job, first, end);
}

struct record_span record_failures_of(const struct record *record,
		const struct plan_job *job, size_t first, size_t end)
{
	return find_span(record->failures, record->failure_count,
			sizeof(*record->failures), job, first, end);
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

void record_picture_clear(struct record_picture *picture)
{
	free(picture->failure);
	free(picture->input);
	free(picture->sheet);
	free(picture->top);
	*picture = (struct record_picture){ 0 };
}

void record_artifact_clear(struct record_artifact *artifact)
{
	free(artifact->name);
	free(artifact->path);
	free(artifact->array);
	free(artifact->areas);
	record_curve_free(artifact->curve);
}

void record_drop_unfinished(struct record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->artifact_count; i++) {
		struct record_artifact *artifact = &record->artifacts[i];

		if (record_is_finished(record, artifact->job, artifact->picture)) {
			record->artifacts[kept++] = *artifact;
		} else {
			record_artifact_clear(artifact);
		}
	}
	record->artifact_count = kept;
}

void record_free(struct record *record)
{
	if (record == NULL) {
		return;
	}
	for (size_t i = 0; i < record->plan->picture_count; i++) {
		record_picture_clear(&record->pictures[i]);
	}
	for (size_t i = 0; i < record->plan->job_count; i++) {
		free(record->jobs[i].reason);
		free(record->jobs[i].finished);
	}
	for (size_t i = 0; i < record->artifact_count; i++) {
		record_artifact_clear(&record->artifacts[i]);
	}
	for (size_t i = 0; i < record->warning_count; i++) {
		free(record->warnings[i].text);
	}
	for (size_t i = 0; i < record->failure_count; i++) {
		free(record->failures[i].reason);
	}
	repeats_clear(&record->warned);
	repeats_clear(&record->failed);
	free(record->device);
	free(record->engine_name);
	free(record->engine_description);
	free(record->pictures);
	free(record->jobs);
	free(record->artifacts);
	free(record->warnings);
	for (size_t i = 0; i < record->earlier_count; i++) {
		free(record->earlier[i]);
	}
	free(record->earlier);
	free(record->failures);
	free(record->rules);
	free(record);
}
