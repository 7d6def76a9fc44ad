/**
 * \file    output/artifact_from_json.c
 * \brief   Reads an artifact of a record from JSON, and checks every member
 */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "image/image.h"
#include "image/plot.h"
#include "output/record_members.h"

static enum record_kind member_kind(struct json_members *in)
{
	char *name = json_member_text(in, "kind");
	int kind = RECORD_IMAGE;

	while (name != NULL && kind <= RECORD_LABELS
			&& strcmp(record_kind_name((enum record_kind)kind), name) != 0) {
		kind++;
	}
	if (kind > RECORD_LABELS) {
		json_members_fail(in, "\"%s\" is not a \"kind\"", name);
	}
	free(name);
	return in->failed ? RECORD_SCALAR : (enum record_kind)kind;
}

static void read_shape(struct json_members *in, struct record_artifact *artifact)
{
	static const struct {
		size_t least, most;
	} ranks[] = {
		[RECORD_IMAGE] = { 3, 3 },
		[RECORD_MAP] = { 3, 3 },
		[RECORD_ARRAY] = { 1, CNNVIZ_MAX_RANK },
		[RECORD_ANIMATION] = { 4, 4 },
		[RECORD_CURVE] = { 1, 2 },
		[RECORD_LABELS] = { 2, 2 },
	};
	const json_t *list = json_member_list(in, "shape", ranks[artifact->kind].least,
			ranks[artifact->kind].most);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *extent = json_array_get(list, i);

		if (json_integer_value(extent) < 1) {
			json_members_fail(in, "\"shape\" has an extent below 1");
			return;
		}
		artifact->shape[artifact->rank++] = json_integer_value(extent);
	}
}

static void read_scalars(struct json_members *in, struct record_artifact *artifact)
{
	const json_t *json = json_member(in, "figures");
	struct json_members inner = json_members_inside(in, json);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		const char *name = record_scalar_name(key);

		if (name != NULL && artifact->scalar_count < RECORD_SCALARS) {
			artifact->scalars[artifact->scalar_count++] =
					(struct record_scalar){ name,
						json_member_number(&inner, name) };
		}
	}
	json_members_leave(&inner, in, "figures");
}

/** Read the names of a curve's lines, once its shape is known */
static void read_curve(struct json_members *in, struct record_artifact *artifact)
{
	struct record_curve *curve = memory_new(1, sizeof(*curve));
	size_t lines = artifact->rank == 2 ? (size_t)artifact->shape[1] : 1;
	const json_t *list = json_member_list(in, "lines", lines, lines);

	artifact->curve = curve;
	curve->axis = json_member_text(in, "axis");
	curve->lines = memory_new(json_array_size(list), sizeof(*curve->lines));
	for (size_t i = 0; i < json_array_size(list); i++) {
		char *line = json_text_value(json_array_get(list, i));

		if (line == NULL) {
			json_members_fail(in, "\"lines\" has an item that is not a text");
			return;
		}
		curve->lines[curve->line_count++] = line;
	}
}

/** "#rrggbb" */
static uint32_t member_color(struct json_members *in, const char *key)
{
	char *text = json_member_text(in, key);
	uint32_t color = 0;

	if (text != NULL
			&& (strlen(text) != 7 || text[0] != '#'
					|| strspn(text + 1, "0123456789abcdef") != 6)) {
		json_members_fail(in, "\"%s\" is \"%s\", not of the form #rrggbb", key,
				text);
	}
	if (!in->failed) {
		color = (uint32_t)strtoul(text + 1, NULL, 16);
	}
	free(text);
	return color;
}

static void read_areas(struct json_members *in, const struct plan *plan,
		struct record_artifact *artifact)
{
	const json_t *list = json_member_list(in, "classes", 1,
			(size_t)plan->model->class_count);

	artifact->areas = memory_new(json_array_size(list), sizeof(*artifact->areas));
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct json_members inner = json_members_inside(in,
				json_array_get(list, i));
		struct record_area *area = &artifact->areas[artifact->area_count++];

		area->index = record_class_members(&inner, plan);
		area->color = member_color(&inner, "color");
		area->pixels = json_member_integer(&inner, "pixels", 1, INT64_MAX);
		area->fraction = json_member_real(&inner, "fraction", 0, 1);
		json_members_leave(&inner, in, "classes");
	}
}

/** Compute the size of the drawing from the values that it shows. */
static void set_size(struct record_artifact *artifact)
{
	const int64_t *shape = artifact->shape;

	if (artifact->kind == RECORD_CURVE) {
		const struct plot_panel panel = { .count = artifact->curve->line_count };
		const struct plot plot = plot_of_steps(NULL, &panel);

		plot_size(&plot, &artifact->width, &artifact->height);
	} else if (artifact->kind != RECORD_MAP && artifact->kind != RECORD_ARRAY) {
		artifact->height = shape[artifact->rank - 2];
		artifact->width = shape[artifact->rank - 1];
	}
}

/** Read a path or null, which must be one that the job writes to for this picture. */
static char *member_file(struct json_members *in, const char *key,
		const struct plan *plan, const struct record_artifact *artifact,
		bool packed)
{
	char *path = record_member_path(in, key, true);
	const char *job = artifact->job != NULL ? artifact->job->name : "";
	char *folder = artifact->picture == RECORD_NO_PICTURE || packed
			? memory_format("%s/", job)
			: memory_format("%s/%s/", job,
					plan->pictures[artifact->picture].name);
	size_t length = strlen(folder);

	if (path != NULL
			&& (strncmp(path, folder, length) != 0
					|| strchr(path + length, '/') != NULL)) {
		json_members_fail(in, "\"%s\" is \"%s\", not a file in %s", key, path,
				folder);
	}
	free(folder);
	return path;
}

/** Whether so many values can be counted, and drawn as far as they are */
static bool has_size(const struct record_artifact *artifact)
{
	int64_t count = 1;

	for (uint32_t i = 0; i < artifact->rank; i++) {
		if (artifact->kind != RECORD_ARRAY && artifact->kind != RECORD_ANIMATION
				&& __builtin_mul_overflow(count, artifact->shape[i],
						&count)) {
			return false;
		}
	}
	return artifact->width <= IMAGE_MAX_EXTENT
			&& artifact->height <= IMAGE_MAX_EXTENT;
}

/** Check that an artifact has the files of its kind; those that are drawn may lack. */
static void check_files(struct json_members *in, const struct record_artifact *artifact)
{
	bool drawn = artifact->kind != RECORD_MAP && artifact->kind != RECORD_ARRAY;
	bool numbered = artifact->kind == RECORD_CURVE || artifact->kind == RECORD_LABELS;

	if (artifact->path == NULL && (!drawn || artifact->array == NULL)) {
		json_members_fail(in, "\"path\" is not a text");
	} else if (artifact->array == NULL && (numbered || (drawn && artifact->packed))) {
		json_members_fail(in, "\"array\" is missing");
	}
}

/** Read the members of an artifact with a file */
static void read_file(struct json_members *in, const struct plan *plan,
		struct record_artifact *artifact)
{
	bool array = artifact->kind == RECORD_MAP || artifact->kind == RECORD_ARRAY;

	artifact->packed = artifact->picture != RECORD_NO_PICTURE
			&& json_members_have(in, "row");
	if (artifact->packed) {
		artifact->row = json_member_integer(in, "row", 0, INT64_MAX - 1);
	}
	artifact->path = member_file(in, "path", plan, artifact,
			artifact->packed && array);
	read_shape(in, artifact);
	read_scalars(in, artifact);
	if (!array && json_members_have(in, "array")) {
		artifact->array = member_file(in, "array", plan, artifact,
				artifact->packed);
	}
	check_files(in, artifact);
	if (artifact->kind == RECORD_CURVE) {
		read_curve(in, artifact);
	} else if (artifact->kind == RECORD_LABELS) {
		read_areas(in, plan, artifact);
	}
	if (!in->failed) {
		set_size(artifact);
	}
	if (!has_size(artifact)) {
		json_members_fail(in, "\"shape\" is larger than anything can be");
	}
}

cnnviz_status record_read_artifact(struct record *record, const json_t *json,
		size_t *place, struct error *error)
{
	const struct plan *plan = record->plan;
	struct json_members in = json_members_begin(json, error);
	struct record_artifact artifact = { .job = record_member_job(&in, "job", plan) };

	(void)place;
	if (!in.failed) {
		json_member_equals(&in, "technique",
				json_text(artifact.job->plugin->technique.name));
	}
	artifact.picture = record_member_picture_or_none(&in, "picture", record);
	if (in.failed) {
		artifact.picture = RECORD_NO_PICTURE;
	}
	artifact.target = record_member_class(&in, "target", plan);
	artifact.name = json_member_text(&in, "name");
	artifact.kind = member_kind(&in);
	if (artifact.kind == RECORD_SCALAR) {
		artifact.value = json_member_real(&in, "value", -DBL_MAX, DBL_MAX);
	} else {
		read_file(&in, plan, &artifact);
	}
	cnnviz_status status = json_members_end(&in);
	if (status == CNNVIZ_OK) {
		record_add(record, &artifact);
	} else {
		record_curve_free(artifact.curve);
		free(artifact.areas);
	}
	free(artifact.name);
	free(artifact.path);
	free(artifact.array);
	return status;
}
