/**
 * \file    evaluate/portion_file.c
 * \brief   evaluation-I-of-N.json: what one of several processes has measured
 */
#include "config.h"

#include "evaluate/portion_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "evaluate/portion_json.h"
#include "evaluate/report_json.h"
#include "output/command.h"
#include "output/digest.h"
#include "output/manifest_read.h"
#include "output/shard_files.h"
#include "plan/shard.h"

/* ---- What all shards share ----------------------------------------------------- */

static json_t *digests_json(const struct plan *plan)
{
	struct digests digests = digests_compute(plan);
	json_t *json = json_object();

	json_object_set_new(json, "network and input", json_text(digests.pictures));
	for (size_t i = 0; i < plan->job_count; i++) {
		json_object_set_new(json, plan->jobs[i].name, json_text(digests.jobs[i]));
	}
	digests_free(&digests);
	return json;
}

static json_t *sanity_json(const struct evaluation *evaluation)
{
	json_t *stages = json_array();

	for (size_t i = 0; i < evaluation->stage_count; i++) {
		json_array_append_new(stages, json_text(evaluation->stages[i]));
	}
	return json_pack("{s:I,s:o}", "pictures", (json_int_t)evaluation->sanity_pictures,
			"stages", stages);
}

json_t *portion_shared(const struct evaluation *evaluation)
{
	json_t *json = report_about_json(evaluation);

	/* The processes of one evaluation may have threads of different numbers. */
	json_object_del(json, "engine");
	json_object_set_new(json, "sanity", sanity_json(evaluation));
	json_object_set_new(json, "digests", digests_json(evaluation->plan));
	return json;
}

/* ---- Writing ------------------------------------------------------------------- */

static json_t *sources_json(const struct evaluation *evaluation)
{
	json_t *sources = json_array();

	for (size_t i = 0; i < evaluation->source_count; i++) {
		json_array_append_new(sources,
				portion_source_to_json(evaluation,
						&evaluation->sources[i]));
	}
	return sources;
}

static json_t *head_json(const struct evaluation *evaluation)
{
	const struct plan *plan = evaluation->plan;
	json_t *json = json_object();

	json_object_set_new(json, "cnnviz", json_text(PACKAGE_VERSION));
	json_object_set_new(json, "shard",
			json_pack("[I,I]", (json_int_t)plan->shard.index,
					(json_int_t)plan->shard.count));
	json_object_set_new(json, "command", command_to_json(plan));
	json_object_set_new(json, "engine", json_text(evaluation->engine));
	json_object_set_new(json, "shared", portion_shared(evaluation));
	json_object_set_new(json, "sources", sources_json(evaluation));
	return json;
}

/** Write JSON but for so many bytes at its end; takes it. False when out of memory */
static bool put(FILE *out, json_t *json, size_t end)
{
	char *text = json_dumps(json, JSON_EXACT);
	bool done = text != NULL;

	if (done) {
		fwrite(text, 1, strlen(text) - end, out);
	}
	free(text);
	json_decref(json);
	return done;
}

/** Write all, with no more than an object in memory; false when out of memory. */
static bool put_file(FILE *out, const struct evaluation *evaluation)
{
	bool done = put(out, head_json(evaluation), 1);
	const char *between = "\n";

	fputs(",\"objects\":[", out);
	for (size_t i = 0; i < evaluation->target_count && done; i++) {
		if (!evaluation->plan->pictures[i].elsewhere) {
			fputs(between, out);
			done = put(out, portion_object_to_json(evaluation, i), 0);
			between = ",\n";
		}
	}
	fputs("\n]}\n", out);
	return done;
}

cnnviz_status portion_write(const struct evaluation *evaluation, const char *folder,
		struct error *error)
{
	char *name = run_file_name(RUN_FILE_EVALUATION, evaluation->plan->shard);
	char *path = path_join(folder, name);
	struct writer *writer = NULL;
	cnnviz_status status = writer_open(path, &writer, error);

	if (status == CNNVIZ_OK && put_file(writer->stream, evaluation)) {
		status = writer_commit_durably(writer, error);
	} else if (status == CNNVIZ_OK) {
		status = writer_lack_memory(writer, error);
	}
	free(path);
	free(name);
	return status;
}

/* ---- Reading ------------------------------------------------------------------- */

static const char *const lists[] = { "objects", NULL };

/** Read a file as its visitor does, with the file's name before an error. */
static cnnviz_status visit(const char *path, const struct manifest_visitor *visitor,
		struct error *error)
{
	FILE *stream = fopen(path, "rbe");

	if (stream == NULL) {
		return error_set(error, CNNVIZ_ERROR_INPUT, "cannot open %s: %s", path,
				strerror(errno));
	}
	cnnviz_status status = manifest_read(stream, visitor, error);

	fclose(stream);
	return status == CNNVIZ_OK ? status : error_prefix(error, "%s", path);
}

static cnnviz_status keep_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	json_t *head = context;

	(void)error;
	json_object_set_new(head, name, json_deep_copy(value));
	return CNNVIZ_OK;
}

/** The head is read whole when the first object comes. */
static cnnviz_status stop_reading(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	(void)context;
	(void)list;
	(void)index;
	(void)item;
	return error_set(error, CNNVIZ_ERROR_CANCELED, "the head ends here");
}

static void read_shard(struct json_members *in, struct plan_shard *shard)
{
	const json_t *list = json_member_list(in, "shard", 2, 2);
	json_int_t index = json_integer_value(json_array_get(list, 0));
	json_int_t count = json_integer_value(json_array_get(list, 1));

	if (index < 1 || index > count || count > SHARDS_MAX) {
		json_members_fail(in,
				"\"shard\" is not the number of a shard and that of all");
	}
	*shard = (struct plan_shard){ (size_t)index, (size_t)count };
}

static cnnviz_status read_head(struct portion *file, struct error *error)
{
	struct json_members in = json_members_begin(file->head, error);

	json_member_equals(&in, "cnnviz", json_text(PACKAGE_VERSION));
	read_shard(&in, &file->shard);
	json_member(&in, "command");
	file->engine = json_member_text(&in, "engine");
	json_member(&in, "shared");
	json_member(&in, "sources");
	return json_members_end(&in);
}

cnnviz_status portion_open(const char *path, struct portion *file, struct error *error)
{
	*file = (struct portion){ .path = memory_text(path), .head = json_object() };
	const struct manifest_visitor visitor = { lists, keep_member, stop_reading,
		file->head };
	struct error end;
	cnnviz_status status = visit(path, &visitor, &end);

	if (status != CNNVIZ_OK && status != CNNVIZ_ERROR_CANCELED) {
		*error = end;
		return status;
	}
	return read_head(file, error) == CNNVIZ_OK ? CNNVIZ_OK
						   : error_prefix(error, "%s", path);
}

void portion_close(struct portion *file)
{
	json_decref(file->head);
	free(file->engine);
	free(file->path);
	*file = (struct portion){ 0 };
}

/* ---- Stages -------------------------------------------------------------------- */

static cnnviz_status take_stages(const struct json_members *outer,
		struct evaluation *evaluation)
{
	const struct plan_evaluation *plan = &evaluation->plan->evaluation;
	struct json_members in = json_members_inside(outer,
			json_object_get(json_object_get(outer->object, "shared"),
					"sanity"));
	size_t most = plan->sanity ? (size_t)plan->sanity_stages : 0;
	size_t pictures = plan->sanity ? evaluation->target_count : 0;

	evaluation->sanity_pictures = (size_t)json_member_integer(&in, "pictures", 0,
			(int64_t)pictures);
	const json_t *stages = json_member_list(&in, "stages", 0, most);

	evaluation_start_stages(evaluation, json_array_size(stages));
	for (size_t i = 0; i < evaluation->stage_count; i++) {
		evaluation->stages[i] = json_text_value(json_array_get(stages, i));
		if (evaluation->stages[i] == NULL) {
			json_members_fail(&in, "\"stages\" are not texts");
		}
	}
	return json_members_end(&in);
}

cnnviz_status portion_begin(const struct portion *file, struct evaluation *evaluation,
		struct error *error)
{
	struct json_members in = json_members_begin(file->head, error);

	return take_stages(&in, evaluation) == CNNVIZ_OK
			? CNNVIZ_OK
			: error_prefix(error, "%s", file->path);
}

/* ---- Adding -------------------------------------------------------------------- */

/** Where the first difference of two objects is, as "settings: seed"; malloc'ed, or NULL */
static char *find_difference(const json_t *found, const json_t *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
	{
		const json_t *other = json_object_get(found, key);

		if (json_equal(other, value)) {
			continue;
		}
		char *inner = json_is_object(value) && json_is_object(other)
				? find_difference(other, value)
				: NULL;
		char *place = inner != NULL ? memory_format("%s: %s", key, inner)
					    : memory_text(key);

		free(inner);
		return place;
	}
	return NULL;
}

static cnnviz_status check_shared(const struct portion *file,
		const struct evaluation *evaluation, const json_t *expected,
		struct error *error)
{
	const json_t *shared = json_object_get(file->head, "shared");

	if (json_equal(shared, expected)) {
		return CNNVIZ_OK;
	}
	char *difference = find_difference(shared, expected);

	error_set(error, CNNVIZ_ERROR_INPUT,
			"it is of another evaluation than %s with what it names now (%s "
			"differs); run that shard again",
			evaluation->plan->ini->path,
			difference != NULL ? difference : "a member too many");
	free(difference);
	return error->status;
}

static cnnviz_status add_sources(const struct portion *file,
		struct evaluation *evaluation, struct error *error)
{
	const json_t *sources = json_object_get(file->head, "sources");
	cnnviz_status status = CNNVIZ_OK;

	if (json_array_size(sources) != evaluation->source_count) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"\"sources\" are not the %zu jobs and baselines of %s",
				evaluation->source_count, evaluation->plan->ini->path);
	}
	for (size_t i = 0; i < evaluation->source_count && status == CNNVIZ_OK; i++) {
		status = portion_source_add(evaluation, &evaluation->sources[i],
				json_array_get(sources, i), error);
	}
	return status;
}

/** What an object is added to */
struct addition {
	const struct portion *file;
	struct evaluation *evaluation;
	bool *seen;
};

static cnnviz_status pass_member(void *context, const char *name, const json_t *value,
		struct error *error)
{
	(void)context;
	(void)name;
	(void)value;
	(void)error;
	return CNNVIZ_OK;
}

static cnnviz_status add_object(void *context, const char *list, size_t index,
		const json_t *item, struct error *error)
{
	const struct addition *addition = context;
	struct evaluation *evaluation = addition->evaluation;
	size_t target = 0;
	cnnviz_status status = portion_object_add(evaluation, item, &target, error);

	if (status != CNNVIZ_OK) {
		return error_prefix(error, "%s[%zu]", list, index);
	}
	if (addition->seen[target]
			|| target_shard(evaluation, target, addition->file->shard.count)
					!= addition->file->shard.index) {
		return error_set(error, CNNVIZ_ERROR_INPUT,
				"%s[%zu]: object %zu is not this shard's, or is there "
				"twice",
				list, index, target);
	}
	addition->seen[target] = true;
	return CNNVIZ_OK;
}

cnnviz_status portion_add(const struct portion *file, struct evaluation *evaluation,
		const json_t *shared, bool *seen, struct error *error)
{
	struct addition addition = { file, evaluation, seen };
	const struct manifest_visitor visitor = { lists, pass_member, add_object,
		&addition };
	cnnviz_status status = check_shared(file, evaluation, shared, error);

	if (status == CNNVIZ_OK) {
		status = add_sources(file, evaluation, error);
	}
	return status == CNNVIZ_OK ? visit(file->path, &visitor, error)
				   : error_prefix(error, "%s", file->path);
}
