/**
 * \file    output/record_from_json.c
 * \brief   Reads a record from JSON, and checks every part of it
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/operation.h"
#include "output/record_json.h"
#include "output/record_members.h"

/** A SHA-256; "" where it is null or missing */
static void member_digest(struct json_members *in, const char *key, char digest[65])
{
	char *text = json_members_have(in, key) ? json_member_text_or_null(in, key)
						: NULL;

	digest[0] = '\0';
	if (text != NULL && strlen(text) == 64
			&& strspn(text, "0123456789abcdef") == 64) {
		memcpy(digest, text, 65);
	} else if (text != NULL) {
		json_members_fail(in, "\"%s\" is not 64 hexadecimal digits", key);
	}
	free(text);
}

/* ---- Pictures ------------------------------------------------------------------ */

static void read_top(struct json_members *in, const struct plan *plan,
		struct record_picture *picture)
{
	const json_t *list = json_member_list(in, "top", 1, RECORD_TOP);

	picture->top = memory_new(RECORD_TOP, sizeof(*picture->top));
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct json_members inner = json_members_inside(in,
				json_array_get(list, i));
		struct classification *top = &picture->top[picture->top_count++];

		top->index = record_class_members(&inner, plan);
		top->logit = json_member_number(&inner, "logit");
		top->probability = record_member_probability(&inner, "probability");
		if (json_members_have(&inner, "area")) {
			top->area = record_member_probability(&inner, "area");
		}
		json_members_leave(&inner, in, "top");
	}
}

/** Read the path of a picture that is made of another one, or null. */
static char *member_view(struct json_members *in, const char *key, const char *folder,
		const char *name)
{
	char *path = record_member_path(in, key, true);
	char *stem = memory_format("%s/%s", folder, name);
	size_t length = strlen(stem);

	if (path != NULL
			&& (strncmp(path, stem, length) != 0
					|| (strcmp(path + length, ".png") != 0
							&& strcmp(path + length, ".jpg")
									!= 0))) {
		json_members_fail(in, "\"%s\" is \"%s\", not %s.png or .jpg", key, path,
				stem);
	}
	free(stem);
	return path;
}

/** Read the members of a picture that the network has seen */
static void read_seen(struct json_members *in, const struct plan *plan, const char *name,
		struct record_picture *picture)
{
	struct json_members target;

	picture->done = true;
	picture->input = member_view(in, "input", "input", name);
	if (json_members_have(in, "contact_sheet")) {
		picture->sheet = member_view(in, "contact_sheet", "input/sheets", name);
	}
	picture->width = json_member_integer(in, "width", 1, IMAGE_MAX_EXTENT);
	picture->height = json_member_integer(in, "height", 1, IMAGE_MAX_EXTENT);
	target = json_members_inside(in, json_member(in, "target"));
	picture->target = record_class_members(&target, plan);
	picture->target_logit = json_member_number(&target, "logit");
	picture->target_probability = record_member_probability(&target, "probability");
	json_members_leave(&target, in, "target");
	read_top(in, plan, picture);
	if (record_member_class(in, "predicted", plan) != picture->top[0].index) {
		json_members_fail(in, "\"predicted\" is not the first of \"top\"");
	}
}

/**
 * Check that items are in the plan's order; place is the smallest index of the next
 * one.
 */
static void check_order(struct json_members *in, size_t index, size_t *place)
{
	if (!in->failed && index < *place) {
		json_members_fail(in, "this is listed twice, or not in the plan's order");
	}
	*place = index + 1;
}

/** Read the size of a picture, for plans that are made without looking at pictures. */
static void read_photograph(struct json_members *in, struct plan_picture *picture)
{
	struct json_members inner = json_members_inside(in,
			json_member(in, "photograph"));
	int64_t width = json_member_integer(&inner, "width", 1, INT32_MAX);
	int64_t height = json_member_integer(&inner, "height", 1, INT32_MAX);

	json_members_leave(&inner, in, "photograph");
	if (!in->failed && picture != NULL && picture->width == 0) {
		picture->width = width;
		picture->height = height;
	}
}

static cnnviz_status read_picture(struct record *record, const json_t *json,
		size_t *place, struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	size_t index = record_member_picture(&in, "name", record->plan, *place);
	struct record_picture picture = { 0 };

	free(json_member_text(&in, "path"));
	member_digest(&in, "sha256", picture.digest);
	if (json_members_have(&in, "photograph")) {
		read_photograph(&in, in.failed ? NULL : &record->plan->pictures[index]);
	}
	picture.failure = json_member_text_or_null(&in, "failure");
	if (json_members_have(&in, "input")) {
		read_seen(&in, record->plan,
				in.failed ? "" : record->plan->pictures[index].name,
				&picture);
	}
	check_order(&in, index, place);
	if (json_members_have(&in, "index")) {
		json_member_equals(&in, "index", json_integer((json_int_t)index));
	}
	if (json_members_end(&in) != CNNVIZ_OK) {
		record_picture_clear(&picture);
		return CNNVIZ_ERROR_INPUT;
	}
	if (!picture.done) {
		picture.target = record->plan->pictures[index].target;
	}
	record_picture_clear(&record->pictures[index]);
	record->pictures[index] = picture;
	return CNNVIZ_OK;
}

/* ---- Jobs ---------------------------------------------------------------------- */

static enum record_status member_status(struct json_members *in)
{
	char *name = json_member_text(in, "status");
	int status = RECORD_NOT_RUN;

	while (name != NULL && status <= RECORD_INTERRUPTED
			&& strcmp(record_status_name((enum record_status)status), name)
					!= 0) {
		status++;
	}
	if (status > RECORD_INTERRUPTED) {
		json_members_fail(in, "\"%s\" is not a \"status\"", name);
	}
	free(name);
	return in->failed ? RECORD_NOT_RUN : (enum record_status)status;
}

static void check_technique(struct json_members *in, const struct plan *plan,
		const struct plan_job *job)
{
	const cnnviz_technique *technique = &job->plugin->technique;

	json_member_equals(in, "technique", json_text(technique->name));
	json_member_equals(in, "version", json_text(technique->version));
	json_member_equals(in, "reference", json_text(technique->reference));
	json_member_equals(in, "plugin", record_plugin_to_json(job));
	json_member_equals(in, "parameters", record_parameters_to_json(plan, job));
	json_member_boolean(in, "wanted");
}

static void set_job(struct record *record, struct record_job *job,
		const struct record_job *state)
{
	job->draws = job->draws || state->draws;
	if (state->digest[0] != '\0') {
		memcpy(job->digest, state->digest, sizeof(job->digest));
	}
	if (state->status == RECORD_FAILED) {
		record_fail(record, job, state->reason);
	} else if (job->status != RECORD_FAILED) {
		job->status = state->status;
	}
}

static cnnviz_status read_job(struct record *record, const json_t *json, size_t *place,
		struct error *error)
{
	const struct plan *plan = record->plan;
	struct json_members in = json_members_begin(json, error);
	const struct plan_job *job = record_member_job(&in, "name", plan);
	struct record_job state = { .status = member_status(&in) };

	state.reason = json_member_text_or_null(&in, "reason");
	if ((state.status == RECORD_FAILED) != (state.reason != NULL)) {
		json_members_fail(&in,
				"a job must have a \"reason\" if it failed, and only "
				"then");
	}
	member_digest(&in, "digest", state.digest);
	state.draws = json_members_have(&in, "random")
			&& json_member_boolean(&in, "random");
	if (!in.failed) {
		check_order(&in, (size_t)(job - plan->jobs), place);
		check_technique(&in, plan, job);
	}
	if (json_members_end(&in) == CNNVIZ_OK) {
		set_job(record, &record->jobs[job - plan->jobs], &state);
	}
	free(state.reason);
	return in.failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

/* ---- Warnings and failures ----------------------------------------------------- */

static cnnviz_status read_warning(struct record *record, const json_t *json,
		size_t *place, struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	const struct plan_job *job = record_member_job(&in, "job", record->plan);
	size_t picture = record_member_picture_or_none(&in, "picture", record);
	int64_t target = record_member_class(&in, "target", record->plan);
	char *text = json_member_text(&in, "text");
	size_t before = record->warning_count;

	(void)place;
	if (json_members_end(&in) == CNNVIZ_OK) {
		record_warn(record, job, picture, target, text);
		if (record->warning_count == before) {
			json_members_fail(&in, "the record already has this warning");
		}
	}
	free(text);
	return in.failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

static cnnviz_status read_failure(struct record *record, const json_t *json,
		size_t *place, struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	const struct plan_job *job = record_member_job(&in, "job", record->plan);
	size_t picture = record_member_picture(&in, "picture", record->plan, *place);
	char *reason = json_member_text(&in, "reason");

	*place = picture + 1; /* the probable next one */
	if (!in.failed && record_failure(record, job, picture) != NULL) {
		json_members_fail(&in, "the job has failed on this picture already");
	}
	if (json_members_end(&in) == CNNVIZ_OK) {
		record_fail_picture(record, job, picture, reason);
	}
	free(reason);
	return in.failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

/* ---- What is done --------------------------------------------------------------- */

static cnnviz_status read_done(struct record *record, const json_t *json, size_t *place,
		struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	const struct plan_job *job = record_member_job(&in, "job", record->plan);
	bool once = job != NULL && job_is_once(job);
	size_t picture = RECORD_NO_PICTURE;

	if (once) {
		json_member_equals(&in, "picture", json_null());
	} else {
		picture = record_member_picture(&in, "picture", record->plan, *place);
		*place = picture + 1;
	}
	if (!in.failed && record_is_finished(record, job, picture)) {
		json_members_fail(&in, "the job has done this already");
	}
	if (json_members_end(&in) == CNNVIZ_OK) {
		record_done(record, &record->jobs[job - record->plan->jobs], picture);
	}
	return in.failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

/* ---- Rules --------------------------------------------------------------------- */

static uint32_t member_rule(struct json_members *in)
{
	char *name = json_member_text(in, "rule");
	uint32_t rule = 0;

	while (name != NULL && record_rule_name(rule) != NULL
			&& strcmp(record_rule_name(rule), name) != 0) {
		rule++;
	}
	if (record_rule_name(rule) == NULL) {
		json_members_fail(in, "\"%s\" is not a \"rule\"", name);
	}
	free(name);
	return in->failed ? 0 : rule;
}

static const struct operation *member_operation(struct json_members *in)
{
	char *name = json_member_text_or_null(in, "operation");
	const struct operation *operation = name != NULL ? operation_find(name) : NULL;

	if (name != NULL && operation == NULL) {
		json_members_fail(in, "\"%s\" is not an \"operation\"", name);
	}
	free(name);
	return operation;
}

static cnnviz_status read_rule(struct record *record, const json_t *json, size_t *place,
		struct error *error)
{
	struct json_members in = json_members_begin(json, error);
	struct record_rule rule = {
		.job = record_member_job(&in, "job", record->plan),
		.rule = member_rule(&in),
		.operation = member_operation(&in),
	};
	bool acted = rule.operation != NULL;

	(void)place;
	rule.nodes = json_member_integer(&in, "nodes", acted, acted ? INT_MAX : 0);
	if (json_members_end(&in) == CNNVIZ_OK && !record_add_rule(record, &rule)) {
		json_members_fail(&in, "the record already has this rule");
	}
	return in.failed ? CNNVIZ_ERROR_INPUT : CNNVIZ_OK;
}

/* ---- Files of earlier runs ----------------------------------------------------- */

static cnnviz_status read_earlier(struct record *record, const json_t *json,
		size_t *place, struct error *error)
{
	char *path = json_text_value(json);

	(void)place;
	if (path == NULL || !path_stays_below(path)) {
		free(path);
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"this is not a path that stays below the output folder");
	}
	record->earlier = memory_resize(record->earlier, record->earlier_count + 1,
			sizeof(*record->earlier));
	record->earlier[record->earlier_count++] = path;
	return CNNVIZ_OK;
}

/* ---- The record ---------------------------------------------------------------- */

static void read_version(struct json_members *in, struct record *record)
{
	(void)record;
	json_member_equals(in, "cnnviz", json_text(PACKAGE_VERSION));
}

/** Which part of a run it is: that of the plan, or any where the plan is to join them */
static void read_shard(struct json_members *in, struct record *record)
{
	struct plan_shard shard = record->plan->shard;

	if (shard.count > 0) {
		json_member_equals(in, "shard",
				json_pack("[I,I]", (json_int_t)shard.index,
						(json_int_t)shard.count));
	} else {
		json_member_list(in, "shard", 2, 2);
	}
}

/** How its plan was made: whether it is the same, its other members tell */
static void read_command(struct json_members *in, struct record *record)
{
	(void)record;
	json_member(in, "command");
}

static void read_under_way(struct json_members *in, struct record *record)
{
	record->under_way = json_member_boolean(in, "under_way");
}

static void read_interrupted(struct json_members *in, struct record *record)
{
	record->interrupted = json_member_boolean(in, "interrupted");
}

/** How many there are follows from what the record has. */
static void read_gallery_pages(struct json_members *in, struct record *record)
{
	(void)record;
	json_member_integer(in, "gallery_pages", 2, INT_MAX);
}

static void read_seed(struct json_members *in, struct record *record)
{
	json_member_equals(in, "seed", json_integer((json_int_t)record->plan->seed));
}

static void read_threads(struct json_members *in, struct record *record)
{
	(void)record;
	json_member_integer(in, "threads", 0, INT_MAX);
}

static void read_batch(struct json_members *in, struct record *record)
{
	(void)record;
	json_member_integer(in, "batch", 0, INT_MAX);
}

static void read_device(struct json_members *in, struct record *record)
{
	char *device = json_member_text(in, "device");

	if (in->failed) {
		free(device);
		return;
	}
	free(record->device);
	record->device = device;
}

static void read_input(struct json_members *in, struct record *record)
{
	json_member_equals(in, "input", record_input_to_json(record->plan));
}

static void read_engine(struct json_members *in, struct record *record)
{
	struct json_members engine = json_members_inside(in, json_member(in, "engine"));
	char *name = json_member_text(&engine, "name");
	char *description = json_member_text(&engine, "description");

	json_members_leave(&engine, in, "engine");
	if (in->failed) {
		free(name);
		free(description);
		return;
	}
	free(record->engine_name);
	free(record->engine_description);
	record->engine_name = name;
	record->engine_description = description;
}

static void read_model(struct json_members *in, struct record *record)
{
	const struct plan *plan = record->plan;
	struct json_members inner = json_members_inside(in, json_member(in, "model"));
	char digest[65];

	json_member_equals(&inner, "architecture", json_text(plan->architecture));
	json_member_equals(&inner, "classes", json_integer(plan->model->class_count));
	free(json_member_text_or_null(&inner, "weights"));
	member_digest(&inner, "sha256", digest);
	if (plan->model->digest[0] != '\0') {
		json_member_equals(&inner, "sha256", json_text(plan->model->digest));
	}
	json_members_leave(&inner, in, "model");
	if (!in->failed && digest[0] != '\0') {
		memcpy(plan->model->digest, digest, sizeof(digest));
	}
}

static void read_digest(struct json_members *in, struct record *record)
{
	char digest[65];

	member_digest(in, "digest", digest);
	if (!in->failed && digest[0] != '\0') {
		memcpy(record->digest, digest, sizeof(digest));
	}
}

/** A member of the record: a value, or a list whose items are read one by one */
static const struct part {
	const char *name;
	void (*read)(struct json_members *in, struct record *record);
	cnnviz_status (*read_item)(struct record *record, const json_t *json,
			size_t *place, struct error *error);
} parts[] = {
	{ "cnnviz", read_version, NULL },
	{ "shard", read_shard, NULL },
	{ "command", read_command, NULL },
	{ "under_way", read_under_way, NULL },
	{ "interrupted", read_interrupted, NULL },
	{ "gallery_pages", read_gallery_pages, NULL },
	{ "seed", read_seed, NULL },
	{ "threads", read_threads, NULL },
	{ "batch", read_batch, NULL },
	{ "device", read_device, NULL },
	{ "engine", read_engine, NULL },
	{ "model", read_model, NULL },
	{ "input", read_input, NULL },
	{ "digest", read_digest, NULL },
	{ "jobs", NULL, read_job },
	{ "pictures", NULL, read_picture },
	{ "artifacts", NULL, record_read_artifact },
	{ "warnings", NULL, read_warning },
	{ "failures", NULL, read_failure },
	{ "rules", NULL, read_rule },
	{ "earlier", NULL, read_earlier },
	{ "done", NULL, read_done },
};
#define PART_COUNT (sizeof(parts) / sizeof(*parts))

static void read_list(struct json_members *in, struct record *record,
		const struct part *part)
{
	const json_t *list = json_member_list(in, part->name, 0, SIZE_MAX);
	size_t place = 0;

	for (size_t i = 0; i < json_array_size(list) && !in->failed; i++) {
		if (part->read_item(record, json_array_get(list, i), &place, in->error)
				!= CNNVIZ_OK) {
			in->failed = true;
			error_prefix(in->error, "%s[%zu]", part->name, i);
		}
	}
}

cnnviz_status record_item_from_json(struct record *record, const char *list,
		const json_t *item, size_t *place, struct error *error)
{
	size_t i = 0;

	while (i < PART_COUNT
			&& (parts[i].read_item == NULL
					|| strcmp(parts[i].name, list) != 0)) {
		i++;
	}
	return i < PART_COUNT ? parts[i].read_item(record, item, place, error)
			      : error_set(error, CNNVIZ_ERROR_INPUT,
					      "a record has no list \"%s\"", list);
}

cnnviz_status record_update_from_json(struct record *record, const json_t *json,
		struct error *error)
{
	struct json_members in = json_members_begin(json, error);

	for (size_t i = 0; i < PART_COUNT; i++) {
		if (!json_members_have(&in, parts[i].name)) {
			continue;
		}
		if (parts[i].read != NULL) {
			parts[i].read(&in, record);
		} else {
			read_list(&in, record, &parts[i]);
		}
	}
	return json_members_end(&in);
}

/** Whether only some records have it: of a run under way, or of a shard; or complete ones */
static bool is_optional(const struct part *part)
{
	return part->read == read_under_way || part->read == read_gallery_pages
			|| part->read == read_shard || part->read == read_command
			|| part->read == read_digest || part->read_item == read_done;
}

cnnviz_status record_from_json(const struct plan *plan, const json_t *json,
		struct record **record, struct error *error)
{
	for (size_t i = 0; json_is_object(json) && i < PART_COUNT; i++) {
		if (!is_optional(&parts[i])
				&& json_object_get(json, parts[i].name) == NULL) {
			return error_set(error, CNNVIZ_ERROR_INPUT, "\"%s\" is missing",
					parts[i].name);
		}
	}
	struct record *made = record_create(plan);
	cnnviz_status status = record_update_from_json(made, json, error);

	if (status == CNNVIZ_OK) {
		*record = made;
	} else {
		record_free(made);
	}
	return status;
}
