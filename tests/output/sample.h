/**
 * \file    output/sample.h
 * \brief   A plan, and a record with every member set
 *
 * It needs neither files nor plugins. Names of pictures, paths and texts have
 * characters that need escaping.
 */
#ifndef OUTPUT_SAMPLE_H
#define OUTPUT_SAMPLE_H

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "graph/operation.h"
#include "output/record.h"

enum {
	SAMPLE_MAPS,
	SAMPLE_DREAMS,
	SAMPLE_NUMBERS,
	SAMPLE_JOBS,
};

/** Texts that are quoted, broken over lines, not ASCII, not UTF-8, and like an escape */
#define SAMPLE_TEXT \
	"say \"no\" \\ \n\t\x01 \xC3\xA4 \xF0\x9F\x90\xB1 \xFF\xC3 \xEE\xBF\xBF </p>"

static struct plugin sample_plugins[SAMPLE_JOBS] = {
	{ .path = (char *)(uintptr_t) "plugins/caf\xC3\xA9.so",
			.technique = { .name = "saliency",
					.version = "1.0",
					.reference = "Simonyan 2013" } },
	{ .technique = { .name = "deep_dream", .version = "1.2", .parameter_count = 2 } },
	{ .technique = { .name = "numbers", .version = "0.1" } },
};

static cnnviz_parameter sample_parameters[] = {
	{ .name = "layer", .type = CNNVIZ_PARAMETER_STRING },
	{ .name = "octaves", .type = CNNVIZ_PARAMETER_INT },
};

static struct value sample_values[] = {
	{ .set = true, .text = (char *)(uintptr_t) "features.\"5\"" },
	{ .set = false },
};

static struct plan_job sample_jobs[SAMPLE_JOBS] = {
	{ .name = (char *)(uintptr_t) "maps",
			.plugin = &sample_plugins[SAMPLE_MAPS],
			.plugin_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934"
					 "ca"
					 "495991b7852b855",
			.selected = true },
	{ .name = (char *)(uintptr_t) "tr\xC3\xA4ume \"2\"",
			.plugin = &sample_plugins[SAMPLE_DREAMS],
			.values = sample_values,
			.selected = true },
	{ .name = (char *)(uintptr_t) "numbers",
			.plugin = &sample_plugins[SAMPLE_NUMBERS] },
};

static struct plan_picture sample_pictures[] = {
	{ .path = (char *)(uintptr_t) "photos/dog-cat.jpg",
			.name = (char *)(uintptr_t) "dog-cat",
			.target = -1 },
	{ .path = (char *)(uintptr_t) "photos/dog-cat.jpg",
			.name = (char *)(uintptr_t) "dog-cat-2",
			.target = 1 },
	{ .path = (char *)(uintptr_t) "photos/caf\xE9.png",
			.name = (char *)(uintptr_t) "caf\xE9",
			.target = -1 },
	{ .path = (char *)(uintptr_t) "photos/\xEE\xBF\xA9.png",
			.name = (char *)(uintptr_t) "\xEE\xBF\xA9",
			.target = 2 },
};

static char *sample_labels[] = { (char *)(uintptr_t) "dog",
	(char *)(uintptr_t) "tiger cat, \"tabby\"", (char *)(uintptr_t) "\xC3\xA9lan",
	NULL };

static struct model sample_model = {
	.labels = sample_labels,
	.class_count = 3,
	.weights_path = (char *)(uintptr_t) "w\xC3\xA9ights.pth",
};

static struct plan sample_plan = {
	.model = &sample_model,
	.architecture = (char *)(uintptr_t) "small",
	.seed = 9007199254740991,
	.threads = 2,
	.batch = 4,
	.device = (char *)(uintptr_t) "cpu",
	.size = { 24, 16 },
	.pictures = sample_pictures,
	.picture_count = sizeof(sample_pictures) / sizeof(*sample_pictures),
	.jobs = sample_jobs,
	.job_count = SAMPLE_JOBS,
};

#define SAMPLE_JOB_DIGEST \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SAMPLE_DIGEST "82ca9523e4b73f8f522f25f7dca85da069fd1b17bf97a39f11e7b7c2ff7a5afd"

static inline void sample_artifact(struct record *record, struct record_artifact artifact,
		const char *name, const char *path, const char *array)
{
	artifact.name = (char *)(uintptr_t)name;
	artifact.path = (char *)(uintptr_t)path;
	artifact.array = (char *)(uintptr_t)array;
	record_add(record, &artifact);
}

static inline struct record_curve *sample_curve(size_t count)
{
	struct record_curve *curve = memory_new(1, sizeof(*curve));

	curve->axis = memory_text("loss " SAMPLE_TEXT);
	curve->line_count = count;
	curve->lines = memory_new(count, sizeof(*curve->lines));
	for (size_t i = 0; i < count; i++) {
		curve->lines[i] = memory_format("%zu " SAMPLE_TEXT, i);
	}
	return curve;
}

static inline struct record_area *sample_areas(void)
{
	struct record_area *areas = memory_new(2, sizeof(*areas));

	areas[0] = (struct record_area){ 2, 0x00ff0a, (INT64_C(1) << 53) + 1, 2.0 / 3 };
	areas[1] = (struct record_area){ 0, 0, 1, DBL_TRUE_MIN };
	return areas;
}

/** An artifact of each kind, for a picture or none, for a class or none */
static inline void sample_artifacts(struct record *record)
{
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_MAPS],
					.picture = 0,
					.target = 1,
					.kind = RECORD_MAP,
					.rank = 3,
					.shape = { 3, 24, 16 },
					.scalars = { { "min", -INFINITY },
							{ "max", 1.0 / 3 },
							{ "confidence", NAN } },
					.scalar_count = 3 },
			"attribution", "maps/dog-cat/attribution.npy", NULL);
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_MAPS],
					.picture = 2,
					.target = 0,
					.kind = RECORD_IMAGE,
					.rank = 3,
					.shape = { 1, 24, 17 },
					.height = 24,
					.width = 17 },
			"gray", "maps/caf\xE9/gray.png", NULL);
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_DREAMS],
					.picture = 3,
					.target = -1,
					.kind = RECORD_ANIMATION,
					.rank = 4,
					.shape = { INT64_MAX, 3, 30, 40 },
					.height = 30,
					.width = 40 },
			"film", "tr\xC3\xA4ume \"2\"/\xEE\xBF\xA9/film.gif", NULL);
	for (size_t lines = 1; lines <= 9; lines += 4) {
		sample_artifact(record,
				(struct record_artifact){
						.job = &sample_jobs[SAMPLE_DREAMS],
						.picture = RECORD_NO_PICTURE,
						.target = -1,
						.kind = RECORD_CURVE,
						.rank = lines > 1 ? 2 : 1,
						.shape = { 10,
								lines > 1 ? (int64_t)lines
									  : 0 },
						.width = 420,
						.height = lines == 5 ? 442 : 332,
						.curve = sample_curve(lines) },
				"curve", "tr\xC3\xA4ume \"2\"/curve.svg",
				"tr\xC3\xA4ume \"2\"/curve.npy");
	}
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_NUMBERS],
					.picture = 1,
					.target = 2,
					.kind = RECORD_LABELS,
					.rank = 2,
					.shape = { 5, 7 },
					.height = 5,
					.width = 7,
					.areas = sample_areas(),
					.area_count = 2 },
			"mask", "numbers/dog-cat-2/mask.png",
			"numbers/dog-cat-2/mask.npy");
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_NUMBERS],
					.picture = 1,
					.target = -1,
					.kind = RECORD_ARRAY,
					.rank = 8,
					.shape = { 1, 2, 3, 4, 5, 6, 7,
							(INT64_C(1) << 53) + 1 } },
			"array", "numbers/dog-cat-2/array.npy", NULL);
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_NUMBERS],
					.picture = RECORD_NO_PICTURE,
					.target = 0,
					.kind = RECORD_SCALAR,
					.value = -0.0 },
			"figure " SAMPLE_TEXT, NULL, NULL);
	sample_artifact(record,
			(struct record_artifact){ .job = &sample_jobs[SAMPLE_NUMBERS],
					.picture = RECORD_NO_PICTURE,
					.target = 0,
					.kind = RECORD_SCALAR,
					.value = 0.1 + 0.2 },
			"sum", NULL, NULL);
}

/** A copy of classes; malloc'ed */
static inline struct classification *sample_top(const struct classification *classes,
		size_t count)
{
	struct classification *copy = memory_new(count, sizeof(*copy));

	memcpy(copy, classes, count * sizeof(*copy));
	return copy;
}

/** Pictures: seen, failed while they were seen, failed before, and not yet */
static inline void sample_record_pictures(struct record *record)
{
	const struct classification seen[] = {
		{ 1, 6.123456789012345678, 1, 0.25, { 0 } },
		{ 0, -INFINITY, 0, 0, { 0 } },
		{ 2, -NAN, NAN, NAN, { 0 } },
	};
	const struct classification failed = { 0, DBL_MAX, 1.0 / 3, 1, { 0 } };

	record->pictures[0] = (struct record_picture){
		.digest = SAMPLE_DIGEST,
		.done = true,
		.input = memory_text("input/dog-cat.png"),
		.width = 16,
		.height = 24,
		.target = 1,
		.target_logit = 6.123456789012345678,
		.target_probability = 1,
		.top_count = 3,
		.top = sample_top(seen, 3),
	};
	record->pictures[1] = (struct record_picture){
		.done = true,
		.failure = memory_text("the disk is full: " SAMPLE_TEXT),
		.width = 1,
		.height = 1,
		.target = 2,
		.target_logit = -0.0,
		.target_probability = DBL_TRUE_MIN,
		.top_count = 1,
		.top = sample_top(&failed, 1),
	};
	record->pictures[2].failure = memory_text("cannot read caf\xE9.png");
}

/** What cannot be written where the plan stands, and what readers may have changed */
static inline void sample_plan_complete(void)
{
	sample_plugins[SAMPLE_DREAMS].parameters = sample_parameters;
	strcpy(sample_model.digest, SAMPLE_DIGEST);
}

static inline void sample_rules(struct record *record)
{
	const struct record_rule rules[] = {
		{ &sample_jobs[SAMPLE_MAPS], CNNVIZ_RULE_GUIDED, operation_find("relu"),
				48 },
		{ &sample_jobs[SAMPLE_NUMBERS], CNNVIZ_RULE_DECONVNET, NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		record_add_rule(record, &rules[i]);
	}
}

/** What results rest on, as far as it is known */
static inline void sample_digests(struct record *record)
{
	strcpy(record->digest, SAMPLE_DIGEST);
	strcpy(record->jobs[SAMPLE_MAPS].digest, SAMPLE_JOB_DIGEST);
	record_draws(record, &record->jobs[SAMPLE_DREAMS]);
}

/** What a run has made when it is over; free with record_free() */
static inline struct record *sample_record(void)
{
	struct record *record = record_create(&sample_plan);

	sample_plan_complete();
	record->interrupted = true;
	record->engine_name = memory_text("reference");
	record->engine_description = memory_text("plain loops, " SAMPLE_TEXT);
	sample_record_pictures(record);
	record->jobs[SAMPLE_MAPS].status = RECORD_OK;
	for (size_t i = 0; i < 3; i++) {
		record_done(record, &record->jobs[SAMPLE_MAPS], i);
	}
	sample_digests(record);
	record->jobs[SAMPLE_DREAMS].status = RECORD_FAILED;
	record_done(record, &record->jobs[SAMPLE_DREAMS], 1);
	record->jobs[SAMPLE_DREAMS].reason = memory_text("because " SAMPLE_TEXT);
	record->jobs[SAMPLE_NUMBERS].status = RECORD_INTERRUPTED;
	sample_artifacts(record);
	record_warn(record, &sample_jobs[SAMPLE_MAPS], 2, 1,
			"the map is zero everywhere");
	record_warn(record, &sample_jobs[SAMPLE_DREAMS], RECORD_NO_PICTURE, -1,
			SAMPLE_TEXT);
	record_fail_picture(record, &sample_jobs[SAMPLE_DREAMS], 3, SAMPLE_TEXT);
	record_fail_picture(record, &sample_jobs[SAMPLE_DREAMS], 0, "too dark");
	sample_rules(record);
	record->earlier = memory_new(2, sizeof(*record->earlier));
	record->earlier[0] = memory_text("maps/caf\xE9/color.png");
	record->earlier[1] = memory_text("old/film.gif");
	record->earlier_count = 2;
	return record;
}

/** Take out a member that is 0, which says no more than its absence. */
static inline void sample_drop_zero(json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_number(value) && !(fabs(json_number_value(value)) > 0)) {
		json_object_del(object, name);
	}
}

/** Take out a member with a value that says no more than its absence; releases that. */
static inline void sample_drop_none(json_t *object, const char *name, json_t *none)
{
	if (json_equal(json_object_get(object, name), none)) {
		json_object_del(object, name);
	}
	json_decref(none);
}

/** A record's JSON as text, without what a reader need not have in common with the plan */
static inline char *sample_what_counts(json_t *json)
{
	size_t i, k;
	json_t *item, *top;

	json_object_del(json, "threads");
	json_object_del(json, "batch");
	json_object_del(json, "device");
	json_object_del(json_object_get(json, "model"), "weights");
	json_array_foreach(json_object_get(json, "jobs"), i, item)
	{
		json_object_del(item, "wanted");
		sample_drop_none(item, "digest", json_null());
		sample_drop_none(item, "random", json_false());
	}
	sample_drop_none(json, "digest", json_null());
	sample_drop_none(json, "done", json_array());
	json_array_foreach(json_object_get(json, "pictures"), i, item)
	{
		json_object_del(item, "path");
		json_object_del(item, "index");
		sample_drop_none(item, "sha256", json_null());
		json_array_foreach(json_object_get(item, "top"), k, top)
		{
			sample_drop_zero(top, "area");
		}
	}
	return json_dumps(json, JSON_EXACT | JSON_SORT_KEYS);
}

#endif
