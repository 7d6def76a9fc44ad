/**
 * \file    evaluate/annotation.c
 * \brief   Reads annotations strictly, and reports where each error is
 */
#include "evaluate/annotation.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "image/fit.h"
#include "image/read.h"
#include "plan/pictures.h"

/* Only this many errors are reported: more are probably repetitions. */
#define PROBLEMS_MAX 20

struct reader {
	const struct plan *plan;
	const char *path; /* of the annotations file */
	char *folder;
	struct problems *problems;
	size_t before;
	struct annotations *annotations;
};

/* ---- Errors -------------------------------------------------------------------- */

/* Report an error at a location such as "pictures[3].objects[1].box" */
static void report_error(struct reader *reader, const char *location, const char *format,
		...) CNNVIZ_PRINTF(3, 4);

static void report_error(struct reader *reader, const char *location, const char *format,
		...)
{
	va_list arguments;

	if (reader->problems->count - reader->before >= PROBLEMS_MAX) {
		return;
	}
	va_start(arguments, format);
	problems_vadd(reader->problems, reader->path, 0, NULL, location, format,
			arguments);
	va_end(arguments);
	if (reader->problems->count - reader->before == PROBLEMS_MAX) {
		problems_add(reader->problems, reader->path, 0, NULL, NULL,
				"fix these first; more may follow");
	}
}

static bool is_full(const struct reader *reader)
{
	return reader->problems->count - reader->before >= PROBLEMS_MAX;
}

/* Check that every key of an object is one of names. */
static void check_keys(struct reader *reader, const char *location, json_t *object,
		const char *const *names)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		const char *const *name = names;
		while (*name != NULL && strcmp(*name, key) != 0) {
			name++;
		}
		if (*name == NULL) {
			const char *nearest = text_nearest(key, text_from_array, names);
			report_error(reader, location, "unknown key \"%s\"%s%s%s", key,
					nearest != NULL ? "; did you mean \"" : "",
					nearest != NULL ? nearest : "",
					nearest != NULL ? "\"?" : "");
		}
	}
}

/* ---- Values -------------------------------------------------------------------- */

/** The path of a mask, or of a picture for the network; the rest of found is filled in */
static char *read_path(struct reader *reader, const char *location, json_t *value,
		bool mask, struct plan_picture *found)
{
	const struct plan *plan = reader->plan;
	const char *text = json_string_value(value);
	struct error error;

	if (text == NULL || *text == '\0') {
		report_error(reader, location,
				"give the path of a file, such as \"scene.png\"");
		return NULL;
	}
	char *path = path_join(reader->folder, text);
	found->path = path;
	cnnviz_status status = mask
			? image_probe(path, &found->width, &found->height, &error)
			: plan_check_picture(plan, plan->model->graph, false, found,
					&error);

	if (status != CNNVIZ_OK) {
		report_error(reader, location, "%s", error.text);
		free(path);
		return NULL;
	}
	return path;
}

static bool read_extent(struct reader *reader, const char *location, json_t *value,
		int64_t *extent)
{
	*extent = json_integer_value(value);
	if (!json_is_integer(value) || *extent < 1 || *extent > IMAGE_MAX_EXTENT) {
		report_error(reader, location,
				"give a whole number of pixels from 1 to %d",
				IMAGE_MAX_EXTENT);
		return false;
	}
	return true;
}

static void read_class(struct reader *reader, const char *location, json_t *value,
		int64_t *index)
{
	char *text = json_is_integer(value)
			? memory_format("%lld", (long long)json_integer_value(value))
			: json_is_string(value) ? memory_text(json_string_value(value))
						: NULL;
	struct error error;

	if (text == NULL) {
		report_error(reader, location, "give a class by name or by number");
	} else if (model_find_class(reader->plan->model, text, index, &error)
			!= CNNVIZ_OK) {
		report_error(reader, location, "%s", error.text);
	}
	free(text);
}

static void read_box(struct reader *reader, const char *location, json_t *value,
		const struct annotation_picture *picture, double box[4])
{
	if (!json_is_array(value) || json_array_size(value) != 4) {
		report_error(reader, location,
				"give [x0, y0, x1, y1], in pixels of the picture");
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		json_t *number = json_array_get(value, i);
		if (!json_is_number(number)) {
			report_error(reader, location,
					"give four numbers: [x0, y0, x1, y1]");
			return;
		}
		box[i] = json_number_value(number);
	}
	if (!(box[0] < box[2] && box[1] < box[3])) {
		report_error(reader, location,
				"the box [%g, %g, %g, %g] is empty: x0 must be less than "
				"x1, and y0 less than y1",
				box[0], box[1], box[2], box[3]);
	} else if (box[0] < 0 || box[1] < 0 || box[2] > (double)picture->width
			|| box[3] > (double)picture->height) {
		report_error(reader, location,
				"the box [%g, %g, %g, %g] is not within the picture of "
				"%lldx%lld pixels",
				box[0], box[1], box[2], box[3], (long long)picture->width,
				(long long)picture->height);
	}
}

static void read_mask(struct reader *reader, const char *location, json_t *json,
		const struct annotation_picture *picture,
		struct annotation_object *object)
{
	json_t *mask = json_object_get(json, "mask");
	json_t *value = json_object_get(json, "mask_value");
	struct plan_picture found = { .path = NULL };

	if (mask == NULL && value == NULL) {
		return;
	}
	if (mask == NULL) {
		report_error(reader, location, "mask_value requires a mask");
		return;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0
			|| json_integer_value(value) > 255) {
		report_error(reader, location,
				"mask requires mask_value, the gray value 0 to 255 of "
				"the object's pixels");
		return;
	}
	object->mask_value = (int)json_integer_value(value);
	object->mask = read_path(reader, location, mask, true, &found);
	if (object->mask != NULL
			&& (found.width != picture->width
					|| found.height != picture->height)) {
		report_error(reader, location,
				"the mask %s has %lldx%lld pixels, but its picture has "
				"%lldx%lld",
				object->mask, (long long)found.width,
				(long long)found.height, (long long)picture->width,
				(long long)picture->height);
	}
}

/* ---- Objects and pictures ------------------------------------------------------ */

static char *member_location(const char *location, const char *key)
{
	return memory_format("%s.%s", location, key);
}

static void read_object(struct reader *reader, const char *location, json_t *json,
		const struct annotation_picture *picture,
		struct annotation_object *object)
{
	static const char *const keys[] = {
		"class",
		"box",
		"main",
		"mask",
		"mask_value",
		NULL,
	};
	json_t *is_main = json_object_get(json, "main");
	char *class_place = member_location(location, "class");
	char *box_place = member_location(location, "box");
	char *main_place = member_location(location, "main");

	if (!json_is_object(json)) {
		report_error(reader, location,
				"an object must have the form {\"class\": ..., \"box\": "
				"[...], ...}");
		goto done;
	}
	check_keys(reader, location, json, keys);
	read_class(reader, class_place, json_object_get(json, "class"),
			&object->class_index);
	read_box(reader, box_place, json_object_get(json, "box"), picture, object->box);
	object->main = json_is_true(is_main);
	if (is_main != NULL && !json_is_boolean(is_main)) {
		report_error(reader, main_place, "give true or false");
	}
	read_mask(reader, location, json, picture, object);
done:
	free(main_place);
	free(box_place);
	free(class_place);
}

static void read_objects(struct reader *reader, const char *location, json_t *array,
		struct annotation_picture *picture)
{
	size_t count = json_array_size(array);

	if (!json_is_array(array) || count == 0) {
		report_error(reader, location,
				"give at least one object: [{\"class\": ..., \"box\": "
				"[...]}]");
		return;
	}
	picture->objects = memory_new(count, sizeof(*picture->objects));
	picture->count = count;
	for (size_t i = 0; i < count && !is_full(reader); i++) {
		char *inner = memory_format("%s[%zu]", location, i);
		read_object(reader, inner, json_array_get(array, i), picture,
				&picture->objects[i]);
		free(inner);
	}
}

static bool read_size(struct reader *reader, const char *location, json_t *json,
		struct annotation_picture *picture)
{
	static const char *const keys[] = { "width", "height" };
	int64_t *const extents[] = { &picture->width, &picture->height };
	bool good = true;

	for (size_t i = 0; i < 2; i++) {
		char *inner = member_location(location, keys[i]);
		good = read_extent(reader, inner, json_object_get(json, keys[i]),
				       extents[i])
				&& good;
		free(inner);
	}
	return good;
}

static void read_picture(struct reader *reader, const char *location, json_t *json,
		struct annotation_picture *picture)
{
	static const char *const keys[] = { "path", "width", "height", "objects", NULL };
	struct plan_picture found = { .path = NULL };
	char *path_place = member_location(location, "path");
	char *objects_place = member_location(location, "objects");

	if (!json_is_object(json)) {
		report_error(reader, location,
				"a picture must have the form {\"path\": ..., \"width\": "
				"..., \"height\": ..., \"objects\": [...]}");
		goto done;
	}
	check_keys(reader, location, json, keys);
	picture->path = read_path(reader, path_place, json_object_get(json, "path"),
			false, &found);
	picture->array = found.array;
	if (!read_size(reader, location, json, picture)) {
		goto done;
	}
	if (picture->path != NULL
			&& (found.width != picture->width
					|| found.height != picture->height)) {
		report_error(reader, location, "%s has %lldx%lld pixels, not %lldx%lld",
				picture->path, (long long)found.width,
				(long long)found.height, (long long)picture->width,
				(long long)picture->height);
	}
	read_objects(reader, objects_place, json_object_get(json, "objects"), picture);
done:
	free(objects_place);
	free(path_place);
}

static void read_pictures(struct reader *reader, json_t *root)
{
	static const char *const keys[] = { "pictures", NULL };
	struct annotations *annotations = reader->annotations;
	json_t *array = json_object_get(root, "pictures");
	size_t count = json_array_size(array);

	if (!json_is_object(root) || !json_is_array(array) || count == 0) {
		report_error(reader, NULL,
				"annotations must have the form {\"pictures\": [...]}, "
				"with at least one picture");
		return;
	}
	check_keys(reader, NULL, root, keys);
	annotations->pictures = memory_new(count, sizeof(*annotations->pictures));
	annotations->count = count;
	for (size_t i = 0; i < count && !is_full(reader); i++) {
		char *location = memory_format("pictures[%zu]", i);
		read_picture(reader, location, json_array_get(array, i),
				&annotations->pictures[i]);
		free(location);
	}
}

/* ---- The file ------------------------------------------------------------------ */

static void read_file(struct reader *reader)
{
	struct mapping *mapping = NULL;
	struct error error;
	json_error_t where;

	if (mapping_open(reader->path, &mapping, &error) != CNNVIZ_OK) {
		problems_add(reader->problems, reader->plan->ini->path, 0, "evaluation",
				"annotations", "%s", error.text);
		return;
	}
	json_t *root = json_parse(mapping->data, mapping->size, JSON_REJECT_DUPLICATES,
			&where);
	if (root == NULL) {
		problems_add(reader->problems, reader->path, where.line, NULL, NULL,
				"this is not valid JSON: %s (column %d)", where.text,
				where.column);
	} else {
		read_pictures(reader, root);
	}
	json_decref(root);
	mapping_unref(mapping);
}

struct annotations *annotations_read(const struct plan *plan, struct problems *problems)
{
	struct reader reader = {
		.plan = plan,
		.path = plan->evaluation.annotations,
		.folder = path_folder(plan->evaluation.annotations),
		.problems = problems,
		.before = problems->count,
		.annotations = memory_new(1, sizeof(struct annotations)),
	};

	if (plan->fit != IMAGE_FIT_STRETCH) {
		problems_add(problems, plan->ini->path, 0, "input", "resize",
				"boxes cannot be mapped through resize = %s; evaluate "
				"with -s input.resize=stretch",
				image_fit_names[plan->fit]);
	}
	read_file(&reader);
	free(reader.folder);
	if (problems->count > reader.before) {
		annotations_free(reader.annotations);
		return NULL;
	}
	return reader.annotations;
}

void annotations_free(struct annotations *annotations)
{
	if (annotations == NULL) {
		return;
	}
	for (size_t i = 0; i < annotations->count; i++) {
		struct annotation_picture *picture = &annotations->pictures[i];
		for (size_t k = 0; k < picture->count; k++) {
			free(picture->objects[k].mask);
		}
		free(picture->objects);
		free(picture->path);
	}
	free(annotations->pictures);
	free(annotations);
}

/* ---- Masks --------------------------------------------------------------------- */

cnnviz_status annotation_mask(const struct annotation_picture *picture,
		const struct annotation_object *object, unsigned char **mask,
		struct error *error)
{
	struct image *image = NULL;
	size_t area = (size_t)(picture->width * picture->height);
	cnnviz_status status = image_read(object->mask, &image, error);
	bool any = false;

	if (status != CNNVIZ_OK) {
		return status;
	}
	unsigned char *inside = malloc(area);
	if (inside == NULL) {
		status = error_set(error, CNNVIZ_ERROR_MEMORY, "out of memory");
		goto done;
	}
	if (image->width != picture->width || image->height != picture->height) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the size of the mask %s has changed", object->mask);
		goto done;
	}
	for (size_t i = 0; i < area; i++) {
		const unsigned char *pixel = image->pixels + i * (size_t)image->channels;
		inside[i] = pixel[0] == object->mask_value && pixel[1] == pixel[0]
				&& pixel[2] == pixel[0];
		any = any || inside[i];
	}
	if (!any) {
		status = error_set(error, CNNVIZ_ERROR_INPUT,
				"the mask %s has no pixel with the gray value %d",
				object->mask, object->mask_value);
		goto done;
	}
	*mask = inside;
	inside = NULL;
done:
	free(inside);
	image_free(image);
	return status;
}
